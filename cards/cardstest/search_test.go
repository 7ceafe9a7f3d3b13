package cardstest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/cards/catalogue"
)

// first checks that a search has a card as its first result, in lower and upper case, and backwards unless another card has a
// name of the same words.
func first(t *testing.T, all []catalogue.Entry, query, want string) {
	t.Helper()
	words := strings.Fields(query)
	backwards := make([]string, len(words))
	for i, word := range words {
		backwards[len(words)-1-i] = word
	}
	queries := []string{query, strings.ToUpper(query), strings.ToLower(query)}
	if !shared(all, query, want) {
		queries = append(queries, strings.Join(backwards, " "))
	}
	for _, written := range queries {
		found := catalogue.Search(all, written)
		if len(found) == 0 {
			t.Errorf("%q finds nothing, want %s", written, want)
		} else if found[0].Name != want {
			t.Errorf("%q finds %s first, want %s", written, found[0].Name, want)
		}
	}
}

// shared reports whether another card has a name of the same words, in singular or plural.
func shared(all []catalogue.Entry, query, card string) bool {
	sorted := func(name string) []string {
		words := strings.Fields(strings.ToLower(name))
		for i, word := range words {
			words[i] = strings.TrimSuffix(word, "s")
		}
		slices.Sort(words)
		return words
	}
	return slices.ContainsFunc(all, func(e catalogue.Entry) bool {
		return e.Name != card && slices.ContainsFunc(append([]string{e.Title}, e.Also...), func(name string) bool {
			return slices.Equal(sorted(name), sorted(query))
		})
	})
}

func TestEveryCardIsFoundByEachOfItsNames(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it searches for every name of every card")
	}
	set := cards.All()
	all := catalogue.Of(set)
	for _, c := range set {
		for _, name := range append([]string{c.Name, c.Title}, c.Also...) {
			first(t, all, name, c.Name)
		}
	}
}

// These are the names of actions in other connectors for Okta, as in their documentation.
func TestACardIsFoundByItsNameInAnotherConnector(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it searches for every name of the connectors")
	}
	all := catalogue.Of(cards.All())
	for name, want := range map[string]string{
		"Create User":                        "okta.user.create",
		"Create a user":                      "okta.user.create",
		"Create a user with password":        "okta.user.create",
		"Get User":                           "okta.user.get",
		"Get a user":                         "okta.user.get",
		"Read User":                          "okta.user.get",
		"Update User":                        "okta.user.update",
		"List Users":                         "okta.user.list",
		"List Users with Filter":             "okta.user.list",
		"List Users with Search":             "okta.user.list",
		"Find Users":                         "okta.user.list",
		"Activate User":                      "okta.user.activate",
		"Deactivate User":                    "okta.user.deactivate",
		"Suspend User":                       "okta.user.suspend",
		"Unsuspend User":                     "okta.user.unsuspend",
		"Unlock User":                        "okta.user.unlock",
		"Delete User":                        "okta.user.delete",
		"Reactivate User":                    "okta.user.reactivate",
		"Reset User Password":                "okta.user.reset_password",
		"Reset Password":                     "okta.user.reset_password",
		"Set User Password":                  "okta.user.set_password",
		"Clear User Sessions":                "okta.user.session.clear",
		"List User Factors":                  "okta.user.factor.list",
		"Unenroll User Factor":               "okta.user.factor.unenroll",
		"List User Types":                    "okta.user_type.list",
		"List User Groups":                   "okta.user.group.list",
		"Get Users Groups":                   "okta.user.group.list",
		"Get User's Groups":                  "okta.user.group.list",
		"Create Group":                       "okta.group.create",
		"Create a group":                     "okta.group.create",
		"Get Group":                          "okta.group.get",
		"Read Group":                         "okta.group.get",
		"Update Group":                       "okta.group.update",
		"Delete Group":                       "okta.group.delete",
		"List Groups":                        "okta.group.list",
		"Search groups":                      "okta.group.list",
		"List Group Members":                 "okta.group.member.list",
		"Add User to Group":                  "okta.group.member.add",
		"Add a user to a group":              "okta.group.member.add",
		"Remove User from Group":             "okta.group.member.remove",
		"Get System Logs":                    "okta.log.list",
		"Search System Logs":                 "okta.log.list",
		"Search System Log":                  "okta.log.list",
		"Raw Request":                        "okta.request",
		"Custom API Action":                  "okta.request",
		"Get Application":                    "okta.app.get",
		"Read Application":                   "okta.app.get",
		"List Applications":                  "okta.app.list",
		"Search Applications":                "okta.app.list",
		"List User Applications":             "okta.user.app.list",
		"List Users Assigned to Application": "okta.app.user.list",
		"Assign Application to User":         "okta.app.user.assign",
		"Assign User to Application for SSO": "okta.app.user.assign",
		"Get Application User Assignment":    "okta.app.user.get",
		"Update Application User Assignment": "okta.app.user.update",
		"Remove Application User Assignment": "okta.app.user.remove",
		"Remove User from Application":       "okta.app.user.remove",
	} {
		first(t, all, name, want)
	}
}

func TestACardIsFoundByEverydayWords(t *testing.T) {
	t.Parallel()
	all := catalogue.Of(cards.All())
	for query, want := range map[string]string{
		"suspend":                   "okta.user.suspend",
		"list user":                 "okta.user.list",
		"suspending users":          "okta.user.suspend",
		"system log":                "okta.log.list",
		"members of a group":        "okta.group.member.list",
		"add member":                "okta.group.member.add",
		"add users to groups":       "okta.group.member.add",
		"the groups of a user":      "okta.user.group.list",
		"locked out":                "okta.user.unlock",
		"sign in again":             "okta.user.unsuspend",
		"I want to activate a user": "okta.user.activate",
		"activation email":          "okta.user.create",
		"semantics":                 "okta.user.update", // an input
		"unsus":                     "okta.user.unsuspend",
	} {
		first(t, all, query, want)
	}
}
