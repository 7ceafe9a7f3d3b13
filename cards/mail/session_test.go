package mail_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/mail"
	"github.com/flowdeck/flowdeck/cards/mail/smtptest"
	"github.com/flowdeck/flowdeck/engine/card"
)

var signIn = map[string]any{"username": "it", "password": map[string]any{"env": "MAIL_PASSWORD"}}

func with(more map[string]any, name string, v any) map[string]any {
	all := map[string]any{name: v}
	for name, v := range more {
		all[name] = v
	}
	return all
}

func TestAMailIsEncryptedAndSignedInFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options smtptest.Options
		tls     string
	}{
		"starttls": {smtptest.Options{StartTLS: true}, "starttls"}, "implicit": {smtptest.Options{TLS: true}, "implicit"}, "login": {smtptest.Options{TLS: true, Auth: "LOGIN"}, "implicit"},
		"none": {smtptest.Options{}, "none"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.options.Users = map[string]string{"it": password}
			server := smtptest.Start(t, test.options)
			a := connect(t, server, with(signIn, "tls", test.tls))
			id, err := a.conn.Test(t.Context())
			if err != nil || id != (card.Identity{Org: "127.0.0.1", What: "mail server", As: "it"}) {
				t.Errorf("got %+v, %v", id, err)
			}
			if _, err := a.send(t.Context(), nil); err != nil || len(server.Mails()) != 1 {
				t.Errorf("got %v, and %d mails", err, len(server.Mails()))
			}
		})
	}
}

// A server whose certificate nobody vouches for must not see the password.
func TestNothingIsSentToAServerThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options smtptest.Options
		tls     string
		says    string
	}{
		"starttls":         {smtptest.Options{StartTLS: true}, "starttls", "certificate of 127.0.0.1 is not trusted"},
		"implicit":         {smtptest.Options{TLS: true}, "implicit", "certificate of 127.0.0.1 is not trusted"},
		"without starttls": {smtptest.Options{}, "starttls", "does not offer STARTTLS"},
		"without tls":      {smtptest.Options{}, "implicit", "does not answer in TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.options.Users = map[string]string{"it": password}
			server := smtptest.Start(t, test.options)
			conn, err := mail.Service().Open(settings(server, with(signIn, "tls", test.tls)))
			if err != nil {
				t.Fatal(err)
			}
			a := &account{T: t, conn: conn, dir: t.TempDir()}
			_, err = a.send(t.Context(), nil)
			if e := card.AsError(err); e == nil || !strings.Contains(e.Message, test.says) || e.MayBeDone() || e.Hint == "" {
				t.Errorf("got %+v", e)
			}
			for _, command := range server.Commands() {
				if strings.HasPrefix(command, "AUTH") || strings.HasPrefix(command, "MAIL") {
					t.Errorf("sent %q", command)
				}
			}
		})
	}
}

func TestARefusedPasswordIsReportedWithoutIt(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Options{Users: map[string]string{"it": "another"}})
	a := connect(t, server, signIn)
	_, err := a.send(t.Context(), nil)
	_, tested := a.conn.Test(t.Context())
	for _, err := range []error{err, tested} {
		e := card.AsError(err)
		if e == nil || e.Kind != card.Unauthorized || e.MayBeDone() || !strings.Contains(e.Message, "535 5.7.8 refused: AGl0A[secret]==") {
			t.Errorf("got %+v", e)
		}
		for _, secret := range []string{password, base64.StdEncoding.EncodeToString([]byte("\x00it\x00" + password))} {
			if strings.Contains(fmt.Sprintf("%+v %v", *e, e.Details), secret) {
				t.Errorf("the error shows the password: %+v", e)
			}
		}
	}
}

func TestALongAnswerIsCutWithoutAPartOfThePassword(t *testing.T) {
	t.Parallel()
	for _, sent := range []string{password, base64.StdEncoding.EncodeToString([]byte("\x00it\x00" + password)), fmt.Sprintf("%x", password)} {
		for _, kept := range []int{1, 10, 20} { // the bytes before the cut
			server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
				if strings.HasPrefix(command, "MAIL") {
					return "550 " + strings.Repeat(".", 500-kept) + sent
				}
				return ""
			}})
			_, err := connect(t, server, nil).send(t.Context(), nil)
			if e := card.AsError(err); e == nil || strings.Trim(e.Details.(map[string]any)["text"].(string), ".AGl0[secrt]=…") != "" {
				t.Errorf("got %+v", e)
			}
		}
	}
}

func TestAnswersOfTheServerBecomeKindsOfErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		at, answer string
		kind       card.Kind
		code, says string
	}{
		{"CONNECT", "554 5.3.2 no service", card.Invalid, "554", "127.0.0.1: connect: 554 5.3.2 no service"},
		{"CONNECT", "421 4.3.2 too busy", card.Unavailable, "421", "too busy"},
		{"EHLO", "550 who are you", card.Invalid, "550", "who are you"},
		{"MAIL", "530 5.7.0 Authentication required", card.Unauthorized, "530", "MAIL FROM it@acme.example: 530"},
		{"MAIL", "550 5.7.60 not your address", card.Forbidden, "550", "not your address"},
		{"MAIL", "452 4.2.2 full", card.Unavailable, "452", "full"},
		{"RCPT", "550 5.1.1 no such user", card.Invalid, "550", "RCPT TO ada@acme.example: 550 5.1.1 no such user"},
		{"RCPT", "450 4.2.0 greylisted", card.Unavailable, "450", "greylisted"},
		{"RCPT", "554 5.7.1 relay denied", card.Forbidden, "554", "relay denied"},
		{"DATA", "503 5.5.1 no", card.Invalid, "503", "DATA: 503"},
		{".", "552 5.3.4 too big", card.Invalid, "552", "deliver the mail: 552 5.3.4 too big"},
		{".", "451 4.3.0 try later", card.Unavailable, "451", "try later"},
		{".", "550-5.7.1 spam\r\n550 5.7.1 \x1b[2J" + strings.Repeat("x", 2000), card.Forbidden, "550", "spam"},
	} {
		server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
			if strings.HasPrefix(command, test.at) || test.at == "EHLO" && strings.HasPrefix(command, "HELO") {
				return test.answer
			}
			return ""
		}})
		a := connect(t, server, nil)
		_, err := a.send(t.Context(), nil)
		e := card.AsError(err)
		if e == nil || e.Kind != test.kind || e.Code != test.code || !strings.Contains(e.Message, test.says) || e.MayBeDone() || e.Changed || len(e.Message) > 700 {
			t.Errorf("%s %q: got %+v", test.at, test.answer, e)
		}
		if got := server.Mails(); len(got) > 0 {
			t.Errorf("%s: the server has %d mails", test.at, len(got))
		}
	}
}

// A mail is to all recipients or to none.
func TestARefusedRecipientStopsTheMail(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
		if strings.Contains(command, "bo@") {
			return "550 5.1.1 unknown"
		}
		return ""
	}})
	a := connect(t, server, nil)
	_, err := a.send(t.Context(), map[string]any{"to": []any{"ada@acme.example", "bo@acme.example"}})
	if e := card.AsError(err); e == nil || e.Kind != card.Invalid || !strings.Contains(e.Message, "RCPT TO bo@acme.example") || len(server.Mails()) > 0 {
		t.Errorf("got %+v, and %d mails", e, len(server.Mails()))
	}
}

func TestOnlyALostAnswerToTheWholeMailLeavesADoubt(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."} {
		for _, how := range []string{smtptest.Drop, smtptest.Lose} {
			if at == "DATA" && how == smtptest.Lose { // it is done when the mail has come
				continue
			}
			server := smtptest.Start(t, smtptest.Options{Users: map[string]string{"it": password}, On: func(command string) string {
				if strings.HasPrefix(command, at) {
					return how
				}
				return ""
			}})
			a := connect(t, server, signIn)
			_, err := a.send(t.Context(), nil)
			e := card.AsError(err)
			if e == nil || e.Kind != card.Unavailable || e.MayBeDone() != (at == ".") || e.Changed {
				t.Errorf("%s at %s: got %+v", how, at, e)
			}
			if got := len(server.Mails()); got > 0 != (at == "." && how == smtptest.Lose) {
				t.Errorf("%s at %s: the server has %d mails", how, at, got)
			}
		}
	}
	server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
		if command == "QUIT" {
			return smtptest.Drop
		}
		return ""
	}})
	if _, err := connect(t, server, nil).send(t.Context(), nil); err != nil || len(server.Mails()) != 1 {
		t.Errorf("after the mail: got %v, and %d mails", err, len(server.Mails()))
	}
}

func TestAServerThatIsNotThereWasSentNothing(t *testing.T) {
	t.Parallel()
	a := connect(t, &smtptest.Server{Port: 1}, nil)
	_, err := a.send(t.Context(), nil)
	if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || e.Code != card.CodeRefused || e.MayBeDone() || !strings.Contains(e.Message, "cannot reach 127.0.0.1") {
		t.Errorf("got %+v", e)
	}
}

func TestACallThatIsCutOffEndsAtOnce(t *testing.T) {
	t.Parallel()
	stopped := errors.New("stopped")
	for _, at := range []string{"CONNECT", "RCPT", "."} {
		ctx, cancel := context.WithCancelCause(t.Context())
		wait := make(chan struct{})
		server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
			if strings.HasPrefix(command, at) {
				cancel(stopped)
				<-wait
				return smtptest.Lose
			}
			return ""
		}})
		_, err := connect(t, server, nil).send(ctx, nil)
		close(wait)
		if !errors.Is(err, stopped) || errors.Is(err, card.ErrNotSent) == (at == ".") {
			t.Errorf("at %s: got %v", at, err)
		}
	}
}

// shrinking are files of which less can be read than they have, or that fail.
type shrinking struct {
	card.Files
	err error
}

type shrunk struct {
	fs.File
	of   shrinking
	read int
}

func (s shrinking) Open(name string) (fs.File, error) {
	file, err := s.Files.Open(name)
	return &shrunk{File: file, of: s}, err
}

func (s *shrunk) Read(to []byte) (int, error) {
	if s.read > 0 {
		return 0, s.of.err
	}
	n, err := s.File.Read(to[:min(len(to), 10)])
	s.read += n
	return n, err
}

func (s *shrunk) Seek(int64, int) (int64, error) { return 0, nil }

func TestAMailWhoseAttachmentFailsIsNotDelivered(t *testing.T) {
	t.Parallel()
	for name, wrong := range map[string]error{"it shrinks": io.EOF, "it cannot be read": errors.New("disk failure")} {
		server := smtptest.Start(t, smtptest.Options{})
		a := connect(t, server, nil)
		a.put("a.txt", strings.Repeat("x", 100_000))
		call := a.call()
		call.Files = shrinking{call.Files, wrong}
		_, err := mail.Cards()[0].Run(t.Context(), call, map[string]any{"to": []any{"ada@acme.example"}, "subject": "x", "text": "x", "html": "y", "attachments": []any{"a.txt"}})
		if e := card.AsError(err); e == nil || e.MayBeDone() || !strings.Contains(e.Message, `attachment "a.txt"`) || len(server.Mails()) > 0 {
			t.Errorf("%s: got %+v, and %d mails", name, e, len(server.Mails()))
		}
	}
}
