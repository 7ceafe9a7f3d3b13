package mail_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"encoding/base64"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/cards/mail"
	"github.com/flowdeck/flowdeck/cards/mail/smtptest"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
	"github.com/flowdeck/flowdeck/engine/veil"
)

const password = "correct-horse-battery"

// account is a connection, and the files that its mails may have.
type account struct {
	*testing.T
	conn card.Connection
	dir  string // the workspace's folder
}

// settings returns the settings of a connection to a server, with more of them.
func settings(server *smtptest.Server, more map[string]any) card.Settings {
	config := map[string]any{"from": "Acme IT <it@acme.example>", "host": "127.0.0.1", "port": server.Port, "tls": "none"}
	for name, v := range more {
		config[name] = v
	}
	known := veil.New()
	known.Learn(password)
	return card.Settings{
		Name: "mail", Config: config, Secret: func(card.Value) (card.Secret, error) { return card.NewSecret(password), nil },
		Hide: known.Learn, Excerpt: known.Excerpt,
	}
}

func connect(t *testing.T, server *smtptest.Server, more map[string]any) *account {
	t.Helper()
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(server.CA)
	conn, err := mail.OpenTrusting(settings(server, more), roots)
	if err != nil {
		t.Fatal(err)
	}
	return &account{T: t, conn: conn, dir: t.TempDir()}
}

func (a *account) put(name, text string) {
	a.Helper()
	path := filepath.Join(a.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
		a.Fatal(err)
	}
}

func (a *account) call() card.Call {
	return card.Call{Run: "r1", Attempt: 1, ConnName: "mail", Conn: a.conn, Files: files.New(a.dir, filepath.Join(a.dir, ".flowdeck")).Run("runs/r1/files")}
}

func (a *account) send(ctx context.Context, in map[string]any) (map[string]any, error) {
	full := map[string]any{"to": []any{"ada@acme.example"}, "subject": "Hello", "text": "Hi"}
	for name, v := range in {
		full[name] = v
		if v == nil {
			delete(full, name)
		}
	}
	out, err := mail.Cards()[0].Run(ctx, a.call(), full)
	fields, _ := out.(map[string]any)
	return fields, err
}

// parts returns the bodies of a mail by media type, or by file name.
func parts(t *testing.T, media string, header func(string) string, body io.Reader) map[string]string {
	t.Helper()
	found := map[string]string{}
	kind, params, err := mime.ParseMediaType(media)
	if err != nil {
		t.Fatalf("%q: %v", media, err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		switch header("Content-Transfer-Encoding") {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		if _, disposition, err := mime.ParseMediaType(header("Content-Disposition")); err == nil {
			name, err := new(mime.WordDecoder).DecodeHeader(disposition["filename"])
			if err != nil {
				t.Fatal(err)
			}
			kind = name
		}
		found[kind] = string(text)
		return found
	}
	for r := multipart.NewReader(body, params["boundary"]); ; {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range parts(t, part.Header.Get("Content-Type"), part.Header.Get, part) {
			found[name] = text
		}
	}
}

func TestAMailArrivesWithAllOfItsParts(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Options{})
	a := connect(t, server, nil)
	big := strings.Repeat("0123456789\n", 200_000)
	a.put("reports/größe \"x\".csv", "a,b\n1,2\n")
	a.put("reports/big.bin", big)
	a.put(".flowdeck/runs/r1/files/own.txt", "own")
	out, err := a.send(t.Context(), map[string]any{
		"to": []any{"Ada Lovelace <ada@acme.example>", "zoë@acme.example"}, "cc": []any{"\"Kay, Alan\" <alan@acme.example>", "ada@acme.example"}, "bcc": []any{"hidden@acme.example"},
		"reply_to": "Help <help@acme.example>", "subject": "Grüße = ok?", "text": "line\r\n.\n..dots\nü\n", "html": "<p>ü</p>",
		"attachments": []any{"reports/größe \"x\".csv", "./reports/big.bin", "run:own.txt"},
	})
	if err != nil {
		t.Fatal(err)
	}
	recipients := []string{"ada@acme.example", "zoë@acme.example", "alan@acme.example", "hidden@acme.example"}
	mails := server.Mails()
	if len(mails) != 1 || mails[0].From != "it@acme.example" || !cmp.Equal(mails[0].To, recipients) {
		t.Fatalf("got %d mails, from %v to %v", len(mails), mails[0].From, mails[0].To)
	}
	if got := out["recipients"]; !cmp.Equal(got, []any{recipients[0], recipients[1], recipients[2], recipients[3]}) || out["changed"] != true {
		t.Errorf("answered %v", out)
	}
	got, err := netmail.ReadMessage(strings.NewReader(mails[0].Text))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(got.Header.Get("Subject"))
	if err != nil || subject != "Grüße = ok?" || got.Header.Get("Message-ID") != out["message_id"] || got.Header.Get("From") != `"Acme IT" <it@acme.example>` {
		t.Errorf("got subject %q, header %v, %v", subject, got.Header, err)
	}
	if to, err := got.Header.AddressList("Cc"); err != nil || len(to) != 2 || to[0].Name != "Kay, Alan" {
		t.Errorf("got cc %v, %v", to, err)
	}
	if reply := got.Header.Get("Reply-To"); reply != `"Help" <help@acme.example>` || strings.Contains(mails[0].Text, "hidden@acme.example") || strings.Contains(mails[0].Text, "go-mail") {
		t.Errorf("got reply-to %q; the mail shows what it must not: %.2000s", reply, mails[0].Text)
	}
	want := map[string]string{
		"text/plain": "line\r\n.\r\n..dots\r\nü\r\n", "text/html": "<p>ü</p>", "größe _x_.csv": "a,b\n1,2\n", "big.bin": big, "own.txt": "own",
	}
	if diff := cmp.Diff(want, parts(t, got.Header.Get("Content-Type"), got.Header.Get, got.Body)); diff != "" {
		t.Errorf("(-want +got):\n%.2000s", diff)
	}
}

func TestAllAttemptsOfACallHaveOneMessageID(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Options{})
	a := connect(t, server, nil)
	first, err := a.send(t.Context(), nil)
	second, again := a.send(t.Context(), nil)
	if err != nil || again != nil || first["message_id"] != second["message_id"] || !strings.HasSuffix(fmt.Sprint(first["message_id"]), "@acme.example>") {
		t.Errorf("got %v, %v and %v, %v", first, err, second, again)
	}
	other := a.call()
	other.Run = "r2"
	out, err := mail.Cards()[0].Run(t.Context(), other, map[string]any{"to": []any{"ada@acme.example"}, "subject": "x", "text": "x"})
	if err != nil || out.(map[string]any)["message_id"] == first["message_id"] {
		t.Errorf("another run: got %v, %v", out, err)
	}
}

func TestNoFieldOfAMailCanAddAHeader(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Options{})
	a := connect(t, server, nil)
	for _, evil := range []string{"\r\nBcc: evil@x.example", "\nBcc: evil@x.example", "\rBcc: evil@x.example", "\x00", "\u2028Bcc: evil@x.example", "\u0085x", "\x1b[2J"} {
		for name, v := range map[string]any{
			"to": []any{"ada@acme.example" + evil}, "cc": []any{"Ada" + evil + " <ada@acme.example>"}, "bcc": []any{evil + "ada@acme.example"}, "reply_to": "\"a" + evil + "\" <ada@acme.example>",
			"subject": "Hello" + evil, "attachments": []any{"a" + evil + ".txt"},
		} {
			if _, err := a.send(t.Context(), map[string]any{name: v}); card.AsError(err) == nil || card.AsError(err).Kind != card.Invalid {
				t.Errorf("%s %q: got %v", name, v, err)
			}
		}
		config := settings(server, map[string]any{"from": "it@acme.example" + evil})
		if err := mail.Service().Check(config); err == nil {
			t.Errorf("from with %q: got no error", evil)
		}
	}
	if got := server.Commands(); len(got) > 0 {
		t.Errorf("sent %v", got)
	}
	if _, err := a.send(t.Context(), map[string]any{"text": "x\r\n.\r\nMAIL FROM:<evil@x.example>\r\n\n.\n", "html": "\r.\r"}); err != nil || len(server.Mails()) != 1 {
		t.Errorf("a body that looks like commands: %v, %d mails", err, len(server.Mails()))
	}
}

func TestMistakesOfAMailAreFoundBeforeItIsSent(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Options{})
	a := connect(t, server, nil)
	a.put("big.bin", strings.Repeat("x", 25<<20+1))
	many := make([]any, mail.MostRecipients+1)
	for i := range many {
		many[i] = fmt.Sprintf("u%d@acme.example", i)
	}
	for message, in := range map[string]map[string]any{
		"`to` has no address":              {"to": []any{}},
		"to[0] is empty":                   {"to": []any{" "}},
		`to[1] is not a mail address`:      {"to": []any{"ada@acme.example", "ada"}},
		`to[0] is not one mail address`:    {"to": []any{"ada@acme.example, bo@acme.example"}},
		"to[0] is longer than 320 bytes":   {"to": []any{strings.Repeat("x", 320) + "@acme.example"}},
		"the mail has 101 recipients":      {"bcc": many[:100]},
		"the subject is empty":             {"subject": " "},
		"longer than 900 bytes":            {"subject": strings.Repeat("ü", 451)},
		"the mail needs `text` or `html`":  {"text": nil},
		`there is no file "none.csv"`:      {"attachments": []any{"none.csv"}},
		`leads out of its folder`:          {"attachments": []any{"../x"}},
		"hidden files":                     {"attachments": []any{".env"}},
		"attachments are larger than 25 M": {"attachments": []any{"big.bin"}},
		"has 51 attachments":               {"attachments": many[:51]},
	} {
		_, err := a.send(t.Context(), in)
		if e := card.AsError(err); e == nil || !strings.Contains(e.Message, message) || e.MayBeDone() {
			t.Errorf("%.100v: got %v, want %q", in, err, message)
		}
	}
	if got := server.Commands(); len(got) > 0 {
		t.Errorf("sent %v", got)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	server := &smtptest.Server{Port: 2525}
	for message, more := range map[string]map[string]any{
		"from is not a mail address":               {"from": "nobody"},
		"only allowed for a server on this":        {"host": "mail.acme.example"},
		"needs `host`":                             {"host": ""},
		`host "mail.acme.example:25" is not`:       {"host": "mail.acme.example:25"},
		`host "https://mail" is not`:               {"host": "https://mail"},
		"`username` and `password` need":           {"username": "it"},
		"the username has a control":               {"username": "it\n", "password": map[string]any{"env": "X"}},
		"`simulate` replaces the server":           {"simulate": map[string]any{}},
		"`simulated` is only for a server on this": {"host": "mail.acme.example", "tls": "implicit", "simulated": true},
	} {
		if err := mail.Service().Check(settings(server, more)); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%v: got %v, want %q", more, err, message)
		}
	}
	for _, more := range []map[string]any{{"host": "::1"}, {"host": "localhost", "simulated": true}, {"host": "mail.acme.example", "tls": "starttls"}, {"tls": "implicit", "username": "it", "password": map[string]any{"env": "X"}}} {
		if err := mail.Service().Check(settings(server, more)); err != nil {
			t.Errorf("%v: got %v", more, err)
		}
	}
}

func TestAtMostAFewSessionsAreOpenAtATime(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Options{})
	a := connect(t, server, nil)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := a.send(t.Context(), nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most := server.MostSessions(); len(server.Mails()) != 20 || most > 5 { // a session ends for the client before it does for the server
		t.Errorf("got %d mails in up to %d sessions", len(server.Mails()), most)
	}
}
