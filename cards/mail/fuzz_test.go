package mail_test

import (
	"bytes"
	"mime"
	netmail "net/mail"
	"os"
	"path/filepath"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// FuzzHeaders sends a mail with any text in its headers. It is refused, or has the headers that it should have and no other, and one header and
// recipient for each that was given.
func FuzzHeaders(f *testing.F) {
	for _, text := range []string{"Hello", "Grüße", "a\r\nBcc: evil@x.example", "=?utf-8?q?=0ABcc:_evil@x.example?=", "\"a\\\r\\\n\" <a@b.example>", "(comment\r\n) a@b.example", "a@[127.0.0.1]", "\u2028", "\xff", "\"@\"@b.example"} {
		f.Add(text, text, "ada@acme.example")
		f.Add("Hello", "Ada <ada@acme.example>", text)
	}
	known := map[string]bool{}
	for _, name := range []string{"X-Envelope-From", "X-Envelope-To", "Date", "Mime-Version", "Message-Id", "Subject", "From", "To", "Reply-To", "Content-Transfer-Encoding", "Content-Type"} {
		known[name] = true
	}
	f.Fuzz(func(t *testing.T, subject, to, reply string) {
		state := t.TempDir()
		a := simulate(t, state)
		if _, err := a.send(t.Context(), map[string]any{"to": []any{to}, "subject": subject, "reply_to": reply}); err != nil {
			if card.AsError(err).Kind != card.Invalid {
				t.Fatal(err)
			}
			return
		}
		text, err := os.ReadFile(filepath.Join(state, "mail", "post", "000001.eml"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := netmail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		for name, values := range m.Header {
			if !known[name] || len(values) != 1 {
				t.Errorf("the mail has %s: %q", name, values)
			}
		}
		if got, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil || bytes.ContainsAny([]byte(got), "\r\n") && !bytes.Contains([]byte(subject), []byte("=?")) {
			t.Errorf("the subject is %q, %v", got, err)
		}
		if all, err := m.Header.AddressList("To"); err != nil || len(all) != 1 {
			t.Errorf("%q became the recipients %v, %v", to, all, err)
		}
		if all, err := m.Header.AddressList("Reply-To"); reply != "" && (err != nil || len(all) != 1) {
			t.Errorf("%q became %v, %v", reply, all, err)
		}
	})
}
