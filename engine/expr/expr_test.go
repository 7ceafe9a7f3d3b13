package expr

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// testEnv is the environment of a flow over users.
var testEnv = ObjectOf(map[string]Type{
	"inputs": ObjectOf(map[string]Type{
		"record": user,
		"days":   Int,
		"n":      Number,
		"group":  String,
		"since":  String.OrNil(),
		"tags":   ListOf(String),
		"users":  ListOf(user),
		"active": Bool,
		"maybe":  Bool.OrNil(),
	}, false),
	"steps": ObjectOf(map[string]Type{
		"group": ObjectOf(map[string]Type{"id": String, "profile": ObjectOf(map[string]Type{"name": String}, true)}, false).OrNil(),
		"found": ListOf(user),
	}, false),
	"vars": ObjectOf(nil, true),
}, false)

var user = ObjectOf(map[string]Type{
	"id":        String,
	"status":    String,
	"created":   String,
	"lastLogin": String.OrNil(),
	"profile":   ObjectOf(map[string]Type{"login": String, "department": String.OrNil()}, true),
}, false)

func testRoots() map[string]any {
	ann := map[string]any{
		"id": "00u1", "status": "ACTIVE", "created": "2025-01-01T00:00:00.000Z", "lastLogin": "2026-05-31T08:00:00.000Z",
		"profile": map[string]any{"login": "ann@acme.com", "department": "it", "costCenter": 7},
	}
	bob := map[string]any{
		"id": "00u2", "status": "SUSPENDED", "created": "2025-02-01T00:00:00.000Z", "lastLogin": nil,
		"profile": map[string]any{"login": "bob@acme.com"},
	}
	return map[string]any{
		"inputs": map[string]any{
			"record": ann, "days": 90, "n": 3.0, "group": "Contractors", "since": nil, "tags": []any{"a", "b"},
			"users": []any{ann, bob}, "active": true, "maybe": nil,
		},
		"steps": map[string]any{"group": nil, "found": []any{ann, bob}},
		"vars":  map[string]any{"limit": 5, "big": json.Number("123456789012345678901234567890"), "text": "5", "none": nil},
	}
}

func eval(t *testing.T, source string) any {
	t.Helper()
	v, err := tryEval(t, source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return v
}

func tryEval(t *testing.T, source string) (any, error) {
	t.Helper()
	p, err := Compile(source, testEnv)
	if err != nil {
		t.Fatalf("compile %s: %v", source, err)
	}
	return p.Eval(context.Background(), testScope(testRoots()))
}

// marked removes the «marks» around the position of an expected error from a source.
func marked(t *testing.T, s string) (source string, at span) {
	t.Helper()
	before, rest, ok := strings.Cut(s, "«")
	inside, after, ok2 := strings.Cut(rest, "»")
	if !ok || !ok2 {
		t.Fatalf("no «marks» in %s", s)
	}
	return before + inside + after, span{len(before), len(before) + len(inside)}
}

// wantError checks that an error has this position, message and hint.
func wantError(t *testing.T, source string, err error, at span, message, hint string) *Error {
	t.Helper()
	wrong := (*Error)(nil)
	if !errors.As(err, &wrong) {
		t.Fatalf("%s: got %v, want an *Error", source, err)
	}
	got := span{wrong.Offset, wrong.Offset + wrong.Width}
	if got != at {
		t.Errorf("%s: the error %q is at %q, want %q", source, wrong.Message, cut(source, got), cut(source, at))
	}
	if wrong.Message != message {
		t.Errorf("%s:\n got %s\nwant %s", source, wrong.Message, message)
	}
	if !strings.Contains(wrong.Hint, hint) || hint == "" && wrong.Hint != "" {
		t.Errorf("%s: the hint is %q, want %q", source, wrong.Hint, hint)
	}
	return wrong
}

func cut(s string, at span) string {
	if at.from < 0 || at.to > len(s) || at.from > at.to {
		return "(outside)"
	}
	return s[at.from:at.to]
}

func TestExpressionsGiveValuesOfTheValueModel(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		source string
		want   any
		typ    string
	}{
		{`inputs.record.status`, "ACTIVE", "string"},
		{`inputs.record["status"]`, "ACTIVE", "string"},
		{`inputs.record.profile["login"]`, "ann@acme.com", "string"},
		{`inputs.record.profile.costCenter`, 7, "any"},
		{`inputs.tags[0] + inputs.tags[-1]`, "ab", "string"},
		{`inputs.tags[1:]`, []any{"b"}, "list of string"},
		{`"Zoë"[1:]`, "oë", "string"},
		{`len("Zoë")`, 3, "integer"},
		{`inputs.days + 1`, 91, "integer"},
		{`inputs.days / 2`, 45.0, "decimal"},
		{`inputs.days * 0.5`, 45.0, "decimal"},
		{`7 % 3 + 2 ** 3`, 9.0, "decimal"},
		{`-inputs.days`, -90, "integer"},
		{`1 < inputs.n < 4`, true, "boolean"},
		{`"a" in inputs.tags`, true, "boolean"},
		{`"login" in inputs.record.profile`, true, "boolean"},
		{`inputs.record.status in ["ACTIVE", "STAGED"]`, true, "boolean"},
		{`inputs.record.status not in ["ACTIVE"]`, false, "boolean"},
		{`inputs.group startsWith "Con" and inputs.group matches "^C.*s$"`, true, "boolean"},
		{`not (inputs.group contains "x")`, true, "boolean"},
		{`inputs.active ? "yes" : 1`, "yes", "integer or string"},
		{`if inputs.active { 1 } else { 2 }`, 1, "integer"},
		{`let d = inputs.days; d * d`, 8100, "integer"},
		{`[1, 2.5, "x", nil]`, []any{1, 2.5, "x", nil}, "list of (number, string or nil)"},
		{`{a: 1, "b c": {d: [true]}}`, map[string]any{"a": 1, "b c": map[string]any{"d": []any{true}}}, "object"},
		{`{(inputs.group): 1}`, map[string]any{"Contractors": 1}, "object"},
		{`1..3`, []any{1, 2, 3}, "list of integer"},
		{`3..1`, []any{}, "list of integer"},
		{`inputs.users | filter(.status == "ACTIVE") | map(.id)`, []any{"00u1"}, "list of string"},
		{`count(map(inputs.users, .status == "ACTIVE"))`, 1, "integer"},
		{`{(inputs.group): 1, Contractors: "later"}`, map[string]any{"Contractors": "later"}, "object"},
		{`{Contractors: "first", (inputs.group): 1}.Contractors`, 1, "integer or string"},
		{`1 + (findLast([1, 2, 3], # > 1) ?? 0) + (findLastIndex([1, 2, 3], # > 0) ?? 0)`, 6, "integer"},
		{`map([1, 2], reduce([10, 20], #acc + #, #))`, []any{31, 32}, "list of integer"},
		{`map([1, 2], findLast([10, 20], # > 10) == 20 and findLastIndex([10, 20], # > 10) == 1)`, []any{true, true}, "list of boolean"},
		{`map(uncsv("a\n1"), merge(#, {b: "c"}))`, []any{map[string]any{"a": "1", "b": "c"}}, "list of object"},
		{`map(inputs.users, ({id: #.id, n: #index}))`, []any{map[string]any{"id": "00u1", "n": 0}, map[string]any{"id": "00u2", "n": 1}}, "list of object"},
		{`find(inputs.users, .status == "SUSPENDED")?.id`, "00u2", "string or nil"},
		{`find(inputs.users, .status == "NONE")?.id`, nil, "string or nil"},
		{`map(sortBy(inputs.users, .created, "desc"), .id)`, []any{"00u2", "00u1"}, "list of string"},
		{`reduce(inputs.tags, #acc + #, "")`, "ab", "string"},
		{`reduce(inputs.users, merge(#acc, {(#.id): #.status}), {})`, map[string]any{"00u1": "ACTIVE", "00u2": "SUSPENDED"}, "object"},
		{`any(inputs.users, {let s = .status; s == "ACTIVE"})`, true, "boolean"},
		{`inputs.users | map(.profile.login) | join(", ")`, "ann@acme.com, bob@acme.com", "string"},
		{`pluck(inputs.users, "profile.department")`, []any{"it", nil}, "list of (string or nil)"},
		{`pluck(inputs.users, "profile.costCenter")`, []any{7, nil}, "list"},
		{`pluck(inputs.users, inputs.group)`, []any{nil, nil}, "list"},
		{`pluck([{a: 1}, {a: 2}], "a")`, []any{1, 2}, "list of integer"},
		{`pluck([1, nil, {a: 2}], "a")`, []any{nil, nil, 2}, "list of (integer or nil)"},
		{`pluck([{a: {b: 1}}, {a: 2}], "a.b")`, []any{1, nil}, "list of (integer or nil)"},
		{`pluck([[{a: 1}], [{a: 2}]], "0.a")`, []any{1, 2}, "list of (integer or nil)"},
		{`pluck([["x"], {"0": 3}], "0")`, []any{"x", 3}, "list"},
		{`pluck([], "a")`, []any{}, "list"},
		{`pick(inputs.record, "id", "lastLogin")`, map[string]any{"id": "00u1", "lastLogin": "2026-05-31T08:00:00.000Z"}, "object"},
		{`pick(inputs.record, "id").id`, "00u1", "string"},
		{`pick(inputs.record, "lastLogin").lastLogin`, "2026-05-31T08:00:00.000Z", "string or nil"},
		{`pick(inputs.record.profile, "costCenter", "none")`, map[string]any{"costCenter": 7}, "object"},
		{`pick(inputs.record.profile, "costCenter").costCenter`, 7, "any"},
		{`pick(inputs.record, inputs.group)`, map[string]any{}, "object"},
		{`pick({"a.b": 1, a: {b: 2}}, "a.b")`, map[string]any{"a.b": 1}, "object"},
		{`omit(pick(inputs.record, "id", "status"), "id")`, map[string]any{"status": "ACTIVE"}, "object"},
		{`omit(inputs.record, "id").status`, "ACTIVE", "string"},
		{`omit(inputs.record.profile, "login", "department").login`, nil, "any"},
		{`omit({"a.b": 1, a: nil}, "a.b")`, map[string]any{"a": nil}, "object"},
		{`omit({a: 1, b: 2}, inputs.group)`, map[string]any{"a": 1, "b": 2}, "object"},
		{`group_by(pluck(inputs.users, "profile"), "login")`, map[string]any{
			"ann@acme.com": []any{map[string]any{"login": "ann@acme.com", "department": "it", "costCenter": 7}},
			"bob@acme.com": []any{map[string]any{"login": "bob@acme.com"}},
		}, "object"},
		{`group_by([{d: "it", n: 1}, {d: "hr", n: 2}, {d: "it", n: 3}], "d").it`, []any{map[string]any{"d": "it", "n": 1}, map[string]any{"d": "it", "n": 3}}, "list of object or nil"},
		{`group_by(inputs.users, "status").ACTIVE[0].id`, "00u1", "string"},
		{`group_by(inputs.users, "status").none`, nil, "list of object or nil"},
		{`group_by(inputs.users, "status")[inputs.group]`, nil, "list of object or nil"},
		{`group_by([{d: 1}, {d: 1.0}, {d: true}], "d")`, map[string]any{"1": []any{map[string]any{"d": 1}, map[string]any{"d": 1.0}}, "true": []any{map[string]any{"d": true}}}, "object"},
		{`index_by(inputs.users, "profile.login")["ann@acme.com"].id`, "00u1", "string"},
		{`index_by([{id: "a", n: 1}, {id: "a", n: 2}], "id")`, map[string]any{"a": map[string]any{"id": "a", "n": 2}}, "object"},
		{`index_by(inputs.users, "id").none?.status`, nil, "string or nil"},
		{`index_by([], "id")`, map[string]any{}, "object"},
		{`date("2026-02-27") + days(1)`, "2026-02-28T00:00:00Z", "string"},
		{`{at: now(), "in": [duration("1d")]}`, map[string]any{"at": "2026-06-01T12:00:00Z", "in": []any{"24h0m0s"}}, "object"},
		{`now() - date(inputs.record.created) > days(90)`, true, "boolean"},
		{`(date("2026-01-31") - date("2026-01-01")) / days(1)`, 30.0, "decimal"},
		{`vars.big`, json.Number("123456789012345678901234567890"), "any"},
		{`path(inputs.record, "profile.costCenter")`, 7, "any"},
		{`path(inputs.record, "nothing.here")`, nil, "any"},
		{"`a\\b`", `a\b`, "string"},
		{`/* a comment */ 1 // and another`, 1, "integer"},
	} {
		t.Run(row.source, func(t *testing.T) {
			t.Parallel()
			p, err := Compile(row.source, testEnv)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Eval(context.Background(), testScope(testRoots()))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if p.Type().String() != row.typ {
				t.Errorf("the type is %s, want %s", p.Type(), row.typ)
			}
		})
	}
}
