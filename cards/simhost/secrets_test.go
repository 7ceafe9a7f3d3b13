package simhost

import (
	"net/url"
	"testing"
)

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

func TestURIIsStoredWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	secrets := [][]string{{"credentials", "password"}, {"oldPassword"}}
	for uri, want := range map[string]string{
		"/api/v1/users/00u1?activate=true&password=s%20w0rd&Old%50assword=abc&b": "/api/v1/users/00u1?activate=true&password=xxxxxxxx&Old%50assword=xxx&b",
		"/api/v1/users": "/api/v1/users",
	} {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		if got := maskedURI(u, secrets); got != want {
			t.Errorf("%s is kept as %s, want %s", uri, got, want)
		}
	}
}
