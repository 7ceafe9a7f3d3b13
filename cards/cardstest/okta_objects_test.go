package cardstest_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/engine/card"
)

// oktaObjects are the inputs with the id of an object, and the key of its resource in the dump. A card without the input
// creates an object.
var oktaObjects = []struct{ cards, input, key string }{
	{"okta.zone.", "zone_id", "zones"},
	{"okta.device.", "device_id", "devices"},
	{"okta.event_hook.", "event_hook_id", "event_hooks"},
	{"okta.user.factor.unenroll", "factor_id", "factors"},
	{"okta.user.role.unassign", "role_id", "roles"},
	{"okta.group.role.unassign", "role_id", "roles"},
	{"okta.group.rule.", "rule_id", "group_rules"},
	{"okta.realm.", "realm_id", "realms"},
}

// orgDump is a parsed dump of a simulated org.
type orgDump struct {
	Users, Groups []map[string]any
	Objects       map[string][]map[string]any `yaml:",inline"` // by the key of their resource
}

func dumpOf(tb testing.TB, org http.Handler) (d orgDump) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, "http://localhost/-/dump", nil)
	if err != nil {
		tb.Fatal(err)
	}
	answer := httptest.NewRecorder()
	org.ServeHTTP(answer, request)
	text, err := io.ReadAll(answer.Body)
	if err == nil {
		err = yaml.Unmarshal(text, &d)
	}
	if err != nil || answer.Code != http.StatusOK {
		tb.Fatalf("dump: %d %v", answer.Code, err)
	}
	return d
}

// facts returns every field of every user and group, by login and name.
func (d orgDump) facts() cardstest.Facts {
	facts := cardstest.Facts{}
	add := func(thing string, fields map[string]any) {
		for name, value := range fields {
			switch value := value.(type) {
			case map[string]any:
				for attribute, value := range value {
					facts[thing+" "+name+"."+attribute] = value
				}
			case time.Time:
				facts[thing+" "+name] = value.Format(time.RFC3339)
			default:
				facts[thing+" "+name] = value
			}
		}
	}
	for _, user := range d.Users {
		add("user "+user["login"].(string), user)
	}
	for _, group := range d.Groups {
		add("group "+group["name"].(string), group)
	}
	for key, objects := range d.Objects {
		named := map[string]int{}
		for _, object := range objects {
			name := key + " " + objectName(object)
			if named[name]++; named[name] > 1 { // Okta allows it for event hooks
				name = fmt.Sprintf("%s (%d)", name, named[name])
			}
			add(name, object)
		}
	}
	return facts
}

// objectName returns what people call an object: the value of the first of its fields that names things.
func objectName(object map[string]any) string {
	if app, ok := object["app"].(string); ok { // an assignment
		for _, field := range []string{"user", "group", "scopeId"} {
			if name, ok := object[field].(string); ok {
				return app + "/" + name
			}
		}
	}
	for _, field := range []string{"displayName", "name"} {
		if name := objectText(objectFields(object, "profile"), field); name != "" {
			return name
		}
	}
	for _, field := range []string{"label", "name", "title", "factorType", "type", "relationship", "device", "id"} {
		if name, ok := object[field].(string); ok {
			return name
		}
	}
	return fmt.Sprint(object)
}

// objectState returns the state of the object that a call is about.
func (d orgDump) objectState(key, input string, in map[string]any) card.State {
	id, ok := in[input]
	if !ok {
		for _, object := range d.Objects[key] {
			if objectName(object) == in["name"] {
				withoutSecrets(object)
				return card.State{Fields: object}
			}
		}
		return card.State{Missing: true}
	}
	object := find(d.Objects[key], "id", id)
	if object == nil {
		return card.State{Missing: true}
	}
	delete(object, "user") // it is in the path
	delete(object, "group")
	withoutSecrets(object)
	return card.State{Fields: object, Names: map[string]string{input: objectName(object)}}
}

// state returns the state that Before must find before a call.
func (d orgDump) state(c card.Card, in map[string]any) card.State {
	if strings.HasPrefix(c.Name, "okta.app.") {
		return d.appState(c.Name, in)
	}
	if strings.HasPrefix(c.Name, "okta.import.") {
		return d.importState(in)
	}
	if c.Name == "okta.event_hook.delete_all" {
		return d.allHooksState()
	}
	for _, o := range oktaObjects {
		if strings.HasPrefix(c.Name, o.cards) {
			return d.withIDs(d.objectState(o.key, o.input, in))
		}
	}
	if state, ok := d.partState(c, in); ok {
		return state
	}
	switch {
	case strings.HasPrefix(c.Name, "okta.group.member."):
		user, group := find(d.Users, "id", in["user_id"]), find(d.Groups, "id", in["group_id"])
		if slices.Contains(group["members"].([]any), user["login"]) {
			return card.State{Fields: map[string]any{"member": true}, Names: map[string]string{"group_id": group["name"].(string)}}
		}
		return card.State{Fields: map[string]any{"member": false}}
	case c.Name == "okta.user.create", c.Name == "okta.user.ensure":
		return unnamed(userState(find(d.Users, "login", in["login"])))
	case c.Name == "okta.group.create", c.Name == "okta.group.ensure":
		return unnamed(groupState(find(d.Groups, "name", in["name"])))
	case c.Name == "okta.group.delete":
		group := find(d.Groups, "id", in["group_id"])
		state := groupState(group)
		if members, _ := group["members"].([]any); len(members) > 0 {
			state.Fields["members"] = d.identified(members)
		}
		var apps []any
		for _, app := range d.Objects["apps"] {
			if d.assigned("app_groups", app, "group", group["name"]) != nil {
				apps = append(apps, app["id"])
			}
		}
		if len(apps) > 0 {
			state.Fields["applications"] = apps
		}
		return state
	case c.Service() == "okta" && in["group_id"] != nil:
		return groupState(find(d.Groups, "id", in["group_id"]))
	}
	user := find(d.Users, "id", in["user_id"])
	if user == nil {
		user = find(d.Users, "login", in["user_id"])
	}
	return userState(user)
}

// find returns the user or group whose field has a value; nil if there is none.
func find(things []map[string]any, field string, value any) map[string]any {
	for _, thing := range things {
		if thing[field] == value {
			return thing
		}
	}
	return nil
}

func unnamed(state card.State) card.State {
	state.Names = nil
	return state
}

func userState(user map[string]any) card.State {
	if user == nil {
		return card.State{Missing: true}
	}
	profile := map[string]any{}
	for _, attribute := range []string{"login", "email", "firstName", "lastName"} {
		profile[attribute] = user[attribute]
	}
	return stateOf(user, "user_id", user["login"].(string), map[string]any{"status": user["status"]}, profile)
}

func groupState(group map[string]any) card.State {
	if group == nil {
		return card.State{Missing: true}
	}
	profile := map[string]any{"name": group["name"]}
	if group["description"] != nil {
		profile["description"] = group["description"]
	}
	return stateOf(group, "group_id", group["name"].(string), map[string]any{}, profile)
}

func stateOf(thing map[string]any, input, name string, fields, profile map[string]any) card.State {
	more, _ := thing["profile"].(map[string]any)
	for attribute, value := range more {
		profile[attribute] = value
	}
	fields["profile"] = profile
	if thing["id"] != nil {
		fields["id"] = thing["id"]
	}
	return card.State{Names: map[string]string{input: name}, Fields: fields}
}
