package expr

import (
	"strings"
	"testing"
)

func TestBoundsAreTheComparisonsThatMustHold(t *testing.T) {
	t.Parallel()
	env := ObjectOf(map[string]Type{
		"login": String, "count": Int, "inputs": ObjectOf(map[string]Type{"login": String, "logins": ListOf(String), "n": Int}, false),
	}, false)
	for condition, want := range map[string]string{
		`login == "ada"`:                             `== "ada"`,
		`"ada" == login`:                             `== "ada"`,
		`login == inputs.login and count > 3`:        `== inputs.login`,
		`count > 3 and (login == inputs.login)`:      `== inputs.login`,
		`login >= "a" && login < "b"`:                `>= "a", < "b"`,
		`"a" <= login and "b" > login`:               `>= "a", < "b"`,
		`login in inputs.logins`:                     `in inputs.logins`,
		`login in ["a", lower(inputs.login)]`:        `in ["a", lower(inputs.login)]`,
		`login == "ada" or count > 3`:                ``,
		`not (login == "ada")`:                       ``,
		`login != "ada"`:                             ``,
		`lower(login) == "ada"`:                      ``,
		`login == string(count)`:                     ``,
		`login not in inputs.logins`:                 ``,
		`count == inputs.n`:                          ``,
		`login ==`:                                   ``,
		`(login == "ada" ? true : false) and true`:   ``,
		`login == "ada" and (count == 1 or count>2)`: `== "ada"`,
	} {
		var got []string
		for _, b := range Bounds(condition, env, "login", []string{"login", "count"}) {
			got = append(got, b.Op+" ")
			v, err := b.Value.Eval(t.Context(), Scope{Roots: map[string]any{"inputs": map[string]any{"login": "ADA", "logins": []any{"x"}, "n": 1}}})
			if v == nil || err != nil {
				t.Errorf("%s: the value of the bound %s is %v (%v)", condition, b.Op, v, err)
			}
		}
		var ops []string
		for part := range strings.SplitSeq(want, ", ") {
			if op, _, ok := strings.Cut(part, " "); ok && mirrored[op]+op != "" && (op == "in" || mirrored[op] != "") {
				ops = append(ops, op+" ")
			}
		}
		if strings.Join(got, "") != strings.Join(ops, "") {
			t.Errorf("%s: got %v, want %s", condition, got, want)
		}
	}
}
