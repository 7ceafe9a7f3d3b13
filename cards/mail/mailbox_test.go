package mail_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards/mail"
	"github.com/flowdeck/flowdeck/engine/card"
)

func simulate(t *testing.T, state string) *account {
	t.Helper()
	conn, err := mail.Service().Open(card.Settings{Name: "post", State: state, Config: map[string]any{"from": "it@acme.example", "simulate": map[string]any{}}})
	if err != nil {
		t.Fatal(err)
	}
	return &account{T: t, conn: conn, dir: t.TempDir()}
}

func TestASimulatedMailboxKeepsMailsAsFiles(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), ".flowdeck")
	a := simulate(t, state)
	identity := func(note string) {
		t.Helper()
		if id, err := a.conn.Test(t.Context()); err != nil || !id.Simulated || id.As != "it@acme.example" || id.Note != note || id.Org != ".flowdeck/mail/post" {
			t.Errorf("got %+v, %v, want the note %q", id, err, note)
		}
	}
	identity("no mails yet")
	a.put("a.csv", "x\n1\n")
	if _, err := a.send(t.Context(), map[string]any{"bcc": []any{"bo@acme.example"}, "attachments": []any{"a.csv"}}); err != nil {
		t.Fatal(err)
	}
	identity("1 mail")
	text, err := os.ReadFile(filepath.Join(state, "mail", "post", "000001.eml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"X-Envelope-From: it@acme.example\r\nX-Envelope-To: ada@acme.example, bo@acme.example\r\n", "Subject: Hello\r\n", "\r\nHi", `filename="a.csv"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the mail has no %q:\n%s", want, text)
		}
	}
	if info, err := os.Stat(filepath.Join(state, "mail", "post", "000001.eml")); err != nil || info.Mode() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	var all sync.WaitGroup
	for range 2 {
		other := simulate(t, state) // as another process would
		for range 5 {
			all.Go(func() {
				if _, err := other.send(t.Context(), nil); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	identity("11 mails")
}

func TestASimulatedMailboxHasAnEnd(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	a := simulate(t, state)
	for i := range mail.MostMails {
		if err := os.WriteFile(filepath.Join(state, "mail", "post", fmt.Sprintf("%06d.eml", i+1)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := a.send(t.Context(), nil)
	if e := card.AsError(err); e == nil || !strings.Contains(e.Message, "is full") || !strings.Contains(e.Hint, "mail/post") || e.MayBeDone() {
		t.Errorf("got %+v", e)
	}
}

func TestASimulatedMailboxStaysInTheState(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	outside := t.TempDir()
	if err := os.Symlink(outside, filepath.Join(state, "mail")); err != nil {
		t.Fatal(err)
	}
	config := map[string]any{"from": "it@acme.example", "simulate": map[string]any{}}
	for _, name := range []string{"post", "../x", "a/b", "."} {
		if _, err := mail.Service().Open(card.Settings{Name: name, State: state, Config: config}); card.AsError(err) == nil {
			t.Errorf("%q: got no error", name)
		}
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) > 0 {
		t.Errorf("got %v, %v", entries, err)
	}
	nowhere, err := mail.Service().Open(card.Settings{Name: "post", Config: config})
	if err != nil {
		t.Fatal(err)
	}
	a := &account{T: t, conn: nowhere, dir: t.TempDir()}
	if _, err := a.send(t.Context(), nil); err != nil {
		t.Error(err)
	}
}
