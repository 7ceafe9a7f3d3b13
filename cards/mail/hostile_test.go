package mail_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/cards/mail"
	"github.com/flowdeck/flowdeck/cards/mail/smtptest"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestNoAnswerHasThePasswordInParts(t *testing.T) {
	t.Parallel()
	for _, sent := range []string{password, base64.StdEncoding.EncodeToString([]byte(password)), base64.StdEncoding.EncodeToString([]byte("\x00it\x00" + password))} {
		a, b, c := sent[:7], sent[7:14], sent[14:]
		for _, answer := range []string{
			"535-bad " + a + "\r\n535 " + b + c, "535-" + a + "\r\n535-" + b + "\r\n535 " + c, "535 bad " + a + " " + b + c, "535 bad " + a + "\t" + b + "\r" + c,
			"535-   " + a + "\r\n535    " + b + c, "535-5.7.8 " + a + "\r\n535-5.7.8 " + b + "\r\n535 5.7.8 " + c, "535-5.7.8  " + a + "\r\n535  5.7.8 " + b + c,
		} {
			server := smtptest.Start(t, smtptest.Options{Users: map[string]string{"it": password}, On: func(command string) string {
				if strings.HasPrefix(command, "AUTH") {
					return answer
				}
				return ""
			}})
			_, err := connect(t, server, signIn).send(t.Context(), nil)
			e := card.AsError(err)
			if e == nil || e.Kind != card.Unauthorized || !strings.Contains(e.Message, "[secret]") {
				t.Errorf("%q: got %+v", answer, e)
				continue
			}
			for _, text := range []string{e.Message, fmt.Sprint(e.Details), e.Err.Error()} {
				if strings.Contains(strings.Join(strings.Fields(text), ""), b) {
					t.Errorf("%q: the error shows a part of the password: %s", answer, text)
				}
			}
		}
	}
}

// Source: RFC 5321, section 4.2.1
func TestTheFirstDigitOfTheLastAnswerDecides(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"200 ok": "sent", "252 cannot verify": "sent", "299 ok": "sent", "250-a\r\n250 b": "sent", "451 later": "refused", "550 no": "refused", "599 no": "refused",
		"150 wait": "in doubt", "354 go on": "in doubt", "334 x": "in doubt", "999 what": "in doubt", "600 what": "in doubt", "what": "in doubt", "25": "in doubt",
	} {
		server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
			if command == "." {
				return answer
			}
			return ""
		}})
		_, err := connect(t, server, nil).send(t.Context(), nil)
		e, got := card.AsError(err), "refused"
		switch {
		case e == nil:
			got = "sent"
		case e.MayBeDone():
			got = "in doubt"
		}
		if got != want {
			t.Errorf("%q: %s, want %s: %+v", answer, got, want, e)
		}
	}
}

func TestAServerThatSendsNoGreetingIsNotWaitedForLong(t *testing.T) {
	t.Parallel()
	for tls, hint := range map[string]string{"none": "tls: implicit", "starttls": "tls: implicit"} {
		wait := make(chan struct{})
		server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
			if command == "CONNECT" {
				<-wait
				return smtptest.Drop
			}
			return ""
		}})
		a := connect(t, server, map[string]any{"tls": tls})
		mail.Impatient(a.conn)
		_, err := a.conn.Test(t.Context())
		close(wait)
		if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || e.Code != card.CodeRefused || !strings.Contains(e.Message, "sends no greeting") || !strings.Contains(e.Hint, hint) {
			t.Errorf("%s: got %+v", tls, e)
		}
	}
	server := smtptest.Start(t, smtptest.Options{TLS: true}) // which waits for the client
	a := connect(t, server, map[string]any{"tls": "starttls"})
	mail.Impatient(a.conn)
	if _, err := a.send(t.Context(), nil); card.AsError(err) == nil || !strings.Contains(card.AsError(err).Hint, "tls: implicit") {
		t.Errorf("got %+v", card.AsError(err))
	}
}

// A server that never answers QUIT would cost a minute for each mail.
func TestTheAnswerToQuitIsNotWaitedForLong(t *testing.T) {
	t.Parallel()
	wait := make(chan struct{})
	server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
		if command == "QUIT" {
			<-wait
			return smtptest.Drop
		}
		return ""
	}})
	a := connect(t, server, nil)
	started := time.Now()
	_, sent := a.send(t.Context(), nil)
	_, tested := a.conn.Test(t.Context())
	close(wait)
	if took := time.Since(started); sent != nil || tested != nil || took > 30*time.Second {
		t.Errorf("%v, %v after %v", sent, tested, took)
	}
}

func TestAServerThatNeverStopsToAnswerIsLeft(t *testing.T) {
	t.Parallel()
	server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
		if strings.HasPrefix(command, "EHLO") {
			return strings.Repeat("250-"+strings.Repeat("x", 1000)+"\r\n", 3000) + "250 ok"
		}
		return ""
	}})
	_, err := connect(t, server, nil).send(t.Context(), nil)
	if e := card.AsError(err); e == nil || e.Kind != card.Unavailable || e.MayBeDone() || !strings.Contains(e.Message, "does not stop") {
		t.Errorf("got %+v", e)
	}
}

func TestAnAddressThatIsNotASCIIGoesOnlyToAServerThatTakesIt(t *testing.T) {
	t.Parallel()
	for _, to := range []string{"müller@acme.example", "ada@münchen.example"} {
		server := smtptest.Start(t, smtptest.Options{On: func(command string) string {
			if strings.HasPrefix(command, "EHLO") {
				return "250 test"
			}
			return ""
		}})
		_, err := connect(t, server, nil).send(t.Context(), map[string]any{"to": []any{"bo@acme.example", to}})
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || e.MayBeDone() || !strings.Contains(e.Message, to) || !strings.Contains(e.Hint, "xn--") || strings.Contains(fmt.Sprint(server.Commands()), "MAIL") {
			t.Errorf("%s: got %+v, %q", to, e, server.Commands())
		}
		able := smtptest.Start(t, smtptest.Options{})
		if _, err := connect(t, able, nil).send(t.Context(), map[string]any{"to": []any{to}}); err != nil || len(able.Mails()) != 1 {
			t.Errorf("%s: got %v", to, err)
		}
	}
}
