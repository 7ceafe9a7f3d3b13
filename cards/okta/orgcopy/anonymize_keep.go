package orgcopy

import (
	"fmt"
	"slices"
	"strings"
)

// always are the attributes that Anonymize replaces always: they are what people are known by.
var always = []string{"login", "email", "firstName", "lastName"}

// ofOkta are the other attributes that each user can have.
var ofOkta = append([]string{
	"secondEmail", "middleName", "honorificPrefix", "honorificSuffix", "title", "displayName", "nickName", "profileUrl", "primaryPhone", "mobilePhone",
	"streetAddress", "city", "state", "zipCode", "postalAddress", "employeeNumber", "manager", "managerId",
}, decisive...)

// A KeepError is the error of a name in Options.Keep that cannot be kept.
type KeepError struct{ Name, Why string }

func (e *KeepError) Error() string { return fmt.Sprintf("%s: %s", e.Name, e.Why) }

// CanKeep returns a *KeepError if Anonymize always replaces one of the attributes with these names.
func CanKeep(names []string) error {
	for _, name := range names {
		if slices.Contains(always, name) {
			return &KeepError{name, strings.Join(always, ", ") + " are always replaced"}
		}
	}
	return nil
}

// keeps returns a *KeepError if the org has no attribute with a name that is to be kept.
func (w *writer) keeps() error {
	known := map[string]bool{}
	for of := range w.seen {
		known[of[1]] = true
	}
	for _, list := range sortedKeys(w.spools["schemas"].lists) {
		if err := each(w.spools["schemas"], list, func(s record) error {
			known[textIn(s, "name")] = true
			return nil
		}); err != nil {
			return err
		}
	}
	for _, name := range w.options.Keep {
		if !known[name] && !slices.Contains(ofOkta, name) {
			return &KeepError{name, "the org has no attribute with this name"}
		}
	}
	return nil
}
