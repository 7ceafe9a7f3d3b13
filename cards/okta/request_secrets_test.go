package okta

import (
	"encoding/base64"
	"slices"
	"testing"
)

func TestSecretsOfARawAnswerAreFoundWhateverItsForm(t *testing.T) {
	t.Parallel()
	const text = `{"activationUrl": "https://acme.okta.com/welcome/abc", "href": "https://acme.okta.com/", "_embedded": [{"activation": {"sharedSecret": "JBSWY3DP"}}]}`
	want := []string{"JBSWY3DP", "https://acme.okta.com/welcome/abc"}
	for name, body := range map[string]any{
		"json": map[string]any{
			"activationUrl": "https://acme.okta.com/welcome/abc", "href": "https://acme.okta.com/",
			"_embedded": []any{map[string]any{"activation": map[string]any{"sharedSecret": "JBSWY3DP"}}},
		},
		"text":   text,
		"binary": base64.StdEncoding.EncodeToString([]byte(text)),
	} {
		got := secretNames.In(map[string]any{"status": 200, "body": body})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("response: %s: got %q, want %q", name, got, want)
		}
	}
	for text, want := range map[string][]string{
		`{"id": 1}
{"client_secret": "in lines"}
`: {"in lines"},
		"access_token=in%20a+form&expires_in=3600":                                                                                                                    {"in a form"},
		`{"passCode": 918273, "recoveryCodes": ["rc-1", 4711, true], "tempPassword": null}`:                                                                           {"4711", "918273", "rc-1"},
		`{"credentials": {"password": {"value": "p1"}, "recovery_question": {"question": "q", "answer": "a1"}}}`:                                                      {"a1", "p1"},
		`{"qrcode": {"href": "https://acme.okta.com/qr/00QR", "type": "image/png"}, "stateHandle": "sh"}`:                                                             {"https://acme.okta.com/qr/00QR", "sh"},
		`{"device_code": "d", "user_code": "u", "interaction_handle": "i", "cookieToken": "c", "token": "t", "jwt": "j", "accessToken": "at", "refreshToken": "rt"}`:  {"at", "c", "d", "i", "j", "rt", "t", "u"},
		`{"set-cookie": "sid=SIDsecret123; Path=/; Expires=Wed, 09 Jun 2027 10:18:14 GMT, t=default; Secure, DT=DI1abcdefgh"}`:                                        {"DI1abcdefgh", "SIDsecret123"},
		`{"keys": [{"kty": "RSA", "n": "public", "e": "AQAB", "d": "D", "p": "P", "oth": [{"r": "R", "d": "D2", "t": "T"}]}, {"kty": "oct", "k": "K"}], "d": "day"}`:  {"D", "D2", "K", "P", "R", "T"},
		`{"channel": {"config": {"authScheme": {"type": "HEADER", "key": "Authorization", "value": "Basic abc"}}}}`:                                                   {"Basic abc"},
		`[{"channel": {"config": {"uri": "https://a.example", "headers": [{"key": "X-Key", "value": "k1"}, {"key": "X-Other", "value": "k2"}, {"key": "X-None"}]}}}]`: {"k1", "k2"},
		`{"location": "https://acme.okta.com/cb?state=s&token=tok1#access_token=at1&token_type=Bearer"}`:                                                              {"at1", "tok1"},
	} {
		got := secretNames.In(map[string]any{"body": text})
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	for _, body := range []any{nil, "", "welcome", "{", "[1, 2]", 7, map[string]any{"password": map[string]any{"href": "x"}, "client_secret": nil}} {
		if got := secretNames.In(map[string]any{"body": body}); len(got) > 0 {
			t.Errorf("%v: got %q", body, got)
		}
	}
}
