package simhost

import "testing"

func TestBodyIsStoredUnchangedExceptForSecrets(t *testing.T) {
	t.Parallel()
	secrets := [][]string{{"password"}, {"credentials", "password"}, {"oldPassword"}, {"recovery_question", "answer"}}
	for body, want := range map[string]string{
		`{"profile":{"b":1e999},"profile":{"a":"\ud800"}}`:                           `{"profile":{"b":1e999},"profile":{"a":"\ud800"}}`,
		`{"password" : { "hash":{"salt":["a\u00e4\n","😀"]} }, "x":["open"]}`:         `{"password" : { "hash":{"salt":["xxx"      ,"x"   ]} }, "x":["open"]}`,
		`{"oldPassword":{"value":""},"oldpassword":"paſs"}`:                          `{"oldPassword":{"value":""},"oldpassword":"xxxx" }`,
		`[[{"recovery_question":{"answer":"no","question":"open"}}]]`:                `[[{"recovery_question":{"answer":"xx","question":"open"}}]]`,
		`{"Credentials":{"PASSWORD":{"Value":"abc"}},"profile":{"password":"open"}}`: `{"Credentials":{"PASSWORD":{"Value":"xxx"}},"profile":{"password":"open"}}`,
		`"open"`:         `"open"`,
		`{} "more"`:      ``,
		`{"password":"a`: ``,
	} {
		if got := string(masked([]byte(body), secrets)); got != want {
			t.Errorf("%s is kept as\n%s, want\n%s", body, got, want)
		}
	}
}
