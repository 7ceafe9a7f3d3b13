package wire

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/veil"
)

// A body is cut in the middle of a secret of the connection, and of one that only the body shows to be secret.
func TestTheBodyOfARefusalIsCutWithoutAPartOfASecret(t *testing.T) {
	t.Parallel()
	const known, found = "known+secret/4711", "found+secret/4712"
	v, names := veil.New(), Names{"token": true}
	v.Learn(known)
	for name, form := range map[string]func(string) string{
		"plain":   func(s string) string { return s },
		"base64":  func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"account": func(s string) string { return base64.StdEncoding.EncodeToString([]byte("ada:" + s)) },
		"hex":     func(s string) string { return hex.EncodeToString([]byte(s)) },
		"URL":     url.QueryEscape,
	} {
		for _, secret := range []string{known, found} {
			written := form(secret)
			start, end := `{"token": "`+found+`", "message": "`, strings.Repeat(".", 99)+`"}`
			for kept := range len(written) + 1 { // the bytes of the secret before the cut
				text := start + strings.Repeat(".", longestRefusal-len(start)-kept+len(found)-len("[secret]")) + written + end
				got := fmt.Sprint(names.Refusal([]byte(text), v.Excerpt))
				if at := strings.LastIndex(got, "..."); at < 0 || strings.Trim(got[at:], ".[secrt]…}\"=YWRhO") != "" || len(got) > longestRefusal+len("…") {
					t.Fatalf("%s, %d bytes before the cut: …%s", name, kept, got[max(0, len(got)-60):])
				}
			}
		}
	}
}
