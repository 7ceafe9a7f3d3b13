package store

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// secrets are texts that must not be found in the files.
var secrets = []string{"hunter2-correct/horse+battery", "Grüße&Küsse=geheim", "83920174655", "https://acme.okta.com/welcome/ZX81tokenQ"}

// forms returns the ways to write a secret that the files are searched for.
func forms(secret string) (all [][]byte) {
	for _, text := range []string{
		secret, strings.ToLower(secret), base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), url.QueryEscape(secret), url.PathEscape(secret),
	} {
		all = append(all, []byte(text))
	}
	return all
}

// search returns the forms of secrets that are in the files of the database.
func (s *Store) search(t *testing.T, texts ...string) (found []string) {
	t.Helper()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		data, err := os.ReadFile(s.file + suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for _, text := range texts {
			for _, form := range forms(text) {
				if bytes.Contains(data, form) {
					found = append(found, s.file+suffix+": "+string(form))
				}
			}
		}
	}
	return found
}

// secretive keeps all secrets in every field of a journal.
func secretive(t *testing.T, l *Log) (scope engine.Record, past engine.Past) {
	t.Helper()
	hidden := map[string]any{
		"plain": secrets[0], "inside": "Dear Ada, your password is " + secrets[0] + ".", "number": 83920174655, "list": []any{secrets[1], "open"},
		"base64": base64.StdEncoding.EncodeToString([]byte("x" + secrets[0])), "hex": hex.EncodeToString([]byte(secrets[0])), "query": "a=" + url.QueryEscape(secrets[1]),
		"named": map[string]any{secrets[3]: 1}, "open": "open", "$sealed": map[string]any{"$sealed": secrets[0]}, "mark": map[string]any{"$dropped": true}, "f": 1.0,
	}
	r := engine.Record{Place: engine.Place{}.Step("sweep").Record(0, secrets[0], 0), Value: hidden}
	at := r.Place.Step("set")
	w := engine.Intent{Place: at, Card: "fake.set", Target: "ada ← " + secrets[3], In: map[string]any{"user": secrets[3], "value": hidden}}
	failed := w
	failed.Attempt = 1
	broken := &card.Error{Kind: card.Invalid, Message: "wrong password " + secrets[0], Details: map[string]any{"of": secrets[3]}}
	effects := []engine.Effect{
		{Kind: engine.CallEffect, Place: r.Place.Step("read"), Value: hidden},
		{Kind: engine.CallEffect, Place: at, Value: map[string]any{"changed": true, "link": secrets[3], "login": secrets[0]}},
		{Kind: engine.CallEffect, Place: at, Nth: 1, Err: broken},
	}
	other := engine.Record{Place: engine.Place{}.Step("sweep").Record(0, secrets[1], 0)}
	for _, err := range []error{
		l.Open(r), l.Add(r.Place, effects[0]), l.Begin(w), l.End(w, effects[1]), l.Begin(failed), l.End(failed, effects[2]),
		l.Close(other, engine.Outcome{Status: engine.Skipped, Reason: secrets[0], Value: hidden}, nil),
		l.Advance(engine.Place{}.Step("list"), engine.Position{Cursor: card.Cursor("https://x?token=" + secrets[0]), Page: 1}, engine.Tally{First: &engine.Failure{Err: broken}}),
		l.Flush(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return r, engine.Past{Effects: effects}
}

func knowing() *veil.Veil {
	v := veil.New()
	v.Learn(secrets...)
	return v
}

func key(text string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(text), nil }
}

func started(t *testing.T, s *Store) *Log {
	t.Helper()
	l, err := s.Create(t.Context(), Run{ID: "r1", Flow: "sweep", Start: engine.Start{Run: "r1", By: "ada", Inputs: map[string]engine.Value{"password": secrets[0], "n": 1}}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestSecretsAreEncryptedAndComeBack(t *testing.T) {
	t.Parallel()
	c := Config{State: t.TempDir(), Veil: knowing(), Key: key("a passphrase of a machine")}
	s := open(t, c)
	l := started(t, s)
	r, want := secretive(t, l)
	if found := s.search(t, secrets...); len(found) > 0 {
		t.Fatalf("found in the files:\n%s", strings.Join(found, "\n"))
	}
	s.kill()

	c.Veil = veil.New() // the next process does not know them
	next := open(t, c)
	again, run, err := next.Take(t.Context(), "r1", Resumption{})
	if err != nil || run.Start.Inputs["password"] != secrets[0] {
		t.Fatalf("got %+v, %v", run.Start, err)
	}
	got, err := again.Past(r.Place)
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.Options{cmp.Comparer(engine.Place.Equal), cmp.Comparer(func(a, b error) bool { return a == nil && b == nil || a != nil && b != nil && a.Error() == b.Error() })}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("the past differs (- wanted, + got):\n%s", diff)
	}
	past, err := again.Stream(engine.Place{}.Step("sweep"))
	if err != nil || len(past.Open) != 1 || !past.Open[0].Place.Equal(r.Place) || len(past.Ended) != 1 || past.Ended[0].Outcome.Reason != secrets[0] {
		t.Errorf("got %+v, %v", past, err)
	}
	if diff := cmp.Diff(r.Value, past.Open[0].Value); diff != "" {
		t.Error(diff)
	}
	list, err := again.Stream(engine.Place{}.Step("list"))
	if err != nil || list.At.Cursor != card.Cursor("https://x?token="+secrets[0]) {
		t.Errorf("got %+v, %v", list, err)
	}
	for _, text := range secrets[:2] {
		if c.Veil.String("x "+text) != "x "+card.Hidden {
			t.Errorf("%s was read, and is not hidden", text)
		}
	}
	if found := next.search(t, secrets...); len(found) > 0 {
		t.Errorf("found in the files:\n%s", strings.Join(found, "\n"))
	}
}

func TestSecretsAreHiddenFromPeople(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir(), Veil: knowing(), Key: key("a passphrase of a machine")})
	secretive(t, started(t, s))
	all, err := s.Writes(t.Context(), "r1", Page{})
	if err != nil || len(all) != 2 {
		t.Fatalf("got %+v, %v", all, err)
	}
	value, _ := all[0].In.(map[string]any)["value"].(map[string]any)
	if all[0].Target != "ada ← "+card.Hidden || all[0].Place.String() != "sweep["+card.Hidden+"].set" || all[1].Err == nil || value["open"] != "open" || value["plain"] != card.Hidden ||
		value["named"] != card.Hidden || value["number"] != card.Hidden || value["f"] != 1.0 {
		t.Errorf("got %+v", all)
	}
	r, err := s.Run(t.Context(), "r1")
	if err != nil || r.Start.Inputs["password"] != card.Hidden || r.Start.Inputs["n"] != 1 {
		t.Errorf("got %+v, %v", r.Start, err)
	}
	if found, err := s.History(t.Context(), secrets[3], Page{}); err != nil || len(found) > 0 {
		t.Errorf("found by a secret: %+v, %v", found, err)
	}
}

func TestWithoutTheKeySecretsAreNotRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ write, read func() ([]byte, error) }{
		"no key":        {nil, nil},
		"a key later":   {nil, key("a passphrase of a machine")},
		"another key":   {key("a passphrase of a machine"), key("another passphrase")},
		"the key later": {key("a passphrase of a machine"), nil},
	} {
		c := Config{State: t.TempDir(), Veil: knowing(), Key: test.write}
		s := open(t, c)
		secretive(t, started(t, s))
		if found := s.search(t, secrets...); len(found) > 0 {
			t.Errorf("%s: found in the files:\n%s", name, strings.Join(found, "\n"))
		}
		s.kill()
		c.Key = test.read
		l, r, err := open(t, c).Take(t.Context(), "r1", Resumption{})
		if err != nil || !slices.Equal(r.Missing, []string{"password"}) || r.Start.Inputs["n"] != 1 {
			t.Fatalf("%s: got %+v, %v", name, r, err)
		}
		_, err = l.Stream(engine.Place{}.Step("sweep")) // the keys of its records have secrets
		if e := (*card.Error)(nil); !errors.As(err, &e) || e.Kind != card.Storage || e.Code != "secret_not_kept" || !strings.Contains(e.Hint, "FLOWDECK_KEY") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAnEncryptedTextIsNotAcceptedInAnotherRow(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir(), Veil: knowing(), Key: key("a passphrase of a machine")})
	l := started(t, s)
	for _, name := range []string{"a", "b"} {
		at := engine.Place{}.Step(name)
		if err := errors.Join(l.Add(engine.Place{}, engine.Effect{Kind: engine.CallEffect, Place: at, Value: secrets[0] + name}), l.Flush()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.db.Exec("UPDATE effects SET payload = (SELECT payload FROM effects WHERE place = 'b') WHERE place = 'a'"); err != nil {
		t.Fatal(err)
	}
	s.kill()
	again := take(t, open(t, s.config), "r1")
	past, err := again.Past(engine.Place{})
	if err != nil || len(past.Effects) != 2 || past.Effects[0].Value != engine.LostSecret || past.Effects[1].Value == engine.LostSecret {
		t.Errorf("got %+v, %v", past, err)
	}
}
