package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wneessen/go-mail/smtp"

	"github.com/flowdeck/flowdeck/engine/card"
)

const (
	dialTimeout  = 30 * time.Second
	idleTimeout  = 60 * time.Second // for each answer, and each part that is sent
	greetTimeout = 20 * time.Second // as for an outage that is bridged when connections are opened
	openTimeout  = 60 * time.Second // from the greeting to the end of signing in
	quitTimeout  = time.Second      // for the answer to QUIT, which does not matter any more
	mostAnswers  = 1 << 20          // bytes of all answers of a session
)

// session is a connection to the server on which the account is signed in.
type session struct {
	of     *connection
	client *smtp.Client
	raw    *guarded
	stop   func() bool // stops watching the context
}

// guarded is a network connection that neither waits for ever nor reads without end.
type guarded struct {
	net.Conn
	until time.Time // when its part of the session must have ended; zero: each answer has its own time
	read  int
}

// within bounds the time of the next part of the session.
func (g *guarded) within(d time.Duration) { g.until = time.Now().Add(d) }

// deadline returns the end of the next read or write.
func (g *guarded) deadline() time.Time {
	if idle := time.Now().Add(idleTimeout); g.until.IsZero() || idle.Before(g.until) {
		return idle
	}
	return g.until
}

var errTooMuch = errors.New("the server does not stop to answer")

func (g *guarded) Read(to []byte) (int, error) {
	if g.read > mostAnswers {
		return 0, errTooMuch
	}
	if err := g.Conn.SetReadDeadline(g.deadline()); err != nil {
		return 0, err
	}
	n, err := g.Conn.Read(to)
	g.read += n
	return n, err
}

func (g *guarded) Write(text []byte) (int, error) {
	if err := g.Conn.SetWriteDeadline(g.deadline()); err != nil {
		return 0, err
	}
	return g.Conn.Write(text)
}

// dial connects, encrypts and signs in.
func (c *connection) dial(ctx context.Context) (*session, error) {
	dialer := net.Dialer{Timeout: dialTimeout}
	raw, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(c.Host, strconv.Itoa(c.port())))
	if err != nil {
		return nil, c.failed(ctx, "connect", err)
	}
	s := &session{of: c, raw: &guarded{Conn: raw}}
	s.stop = context.AfterFunc(ctx, func() { raw.Close() })
	if step, err := s.start(ctx); err != nil {
		s.close()
		return nil, c.failed(ctx, step, err)
	}
	s.raw.until = time.Time{}
	return s, nil
}

// start returns the step that failed, for messages.
func (s *session) start(ctx context.Context) (step string, err error) {
	c, conn := s.of, net.Conn(s.raw)
	trusted := &tls.Config{ServerName: c.Host, RootCAs: c.roots, MinVersion: tls.VersionTLS12}
	s.raw.within(c.patience)
	if c.TLS == implicit {
		encrypted := tls.Client(s.raw, trusted)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return "encrypt the connection", err
		}
		conn = encrypted
	}
	if s.client, err = smtp.NewClient(conn, c.Host); err != nil {
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			return "", c.silent()
		}
		return "connect", err
	}
	s.raw.within(openTimeout)
	if err := s.client.Hello("[127.0.0.1]"); err != nil { // as mail programs do: the name of this machine is nobody's business
		return "EHLO", err
	}
	if c.TLS != implicit && c.TLS != noTLS {
		if offered, _ := s.client.Extension("STARTTLS"); !offered {
			return "", misconfigured("write `tls: implicit` if the server encrypts from the start, as on port 465", "%s does not offer STARTTLS, so that the connection would not be encrypted", c.Host)
		}
		if err := s.client.StartTLS(trusted); err != nil {
			return "encrypt the connection", err
		}
	}
	return "sign in", s.signIn()
}

// silent returns the error of a server that sends no greeting. It was sent nothing, and is probably none that expects mails in this way.
func (c *connection) silent() *card.Error {
	e := &card.Error{
		Kind: card.Unavailable, Code: card.CodeRefused, Message: fmt.Sprintf("%s sends no greeting on port %d", c.Host, c.port()), Hint: "are `host` and `port` right?",
	}
	if c.TLS != implicit {
		e.Hint = "write `tls: implicit` if the server encrypts from the start, as on port 465"
	}
	return e
}

// signIn authenticates. The connection is encrypted, or to this machine, so that the password may be sent as it is.
func (s *session) signIn() error {
	c := s.of
	if c.Username == "" {
		return nil
	}
	offered, ways := s.client.Extension("AUTH")
	if !offered {
		return misconfigured("leave out `username` and `password`, if it needs none", "%s does not offer to sign in", c.Host)
	}
	password := c.password.Reveal()
	for _, way := range []struct {
		name string
		auth smtp.Auth
	}{
		{"PLAIN", smtp.PlainAuth("", c.Username, password, c.Host, true)},
		{"LOGIN", smtp.LoginAuth(c.Username, password, c.Host, true)},
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(c.Username, password)},
		{"CRAM-MD5", smtp.CRAMMD5Auth(c.Username, password)},
	} {
		if slices.Contains(strings.Fields(strings.ToUpper(ways)), way.name) {
			return s.client.Auth(way.auth)
		}
	}
	return misconfigured("", "%s offers only ways to sign in that flowdeck does not have: %s", c.Host, c.shown(ways))
}

// deliver sends a mail to the server.
func (c *connection) deliver(ctx context.Context, m *message) error {
	card.Sending(ctx, "") // what comes before the end of the mail changes nothing
	select {
	case c.turns <- struct{}{}:
		defer func() { <-c.turns }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	s, err := c.dial(ctx)
	if err != nil {
		return err
	}
	if err := s.deliver(ctx, m); err != nil {
		return err
	}
	s.quit()
	return nil
}

// deliver sends a mail. After an error the session is closed without a farewell, which would end the text of a mail that is not complete.
func (s *session) deliver(ctx context.Context, m *message) (err error) {
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, address := range append([]string{m.from}, m.recipients...) {
		if offered, _ := s.client.Extension("SMTPUTF8"); !offered && strings.ContainsFunc(address, func(c rune) bool { return c >= utf8.RuneSelf }) {
			return invalid("write a domain in its ASCII form, such as xn--mnchen-3ya.example; a name before the @ needs another server", "%s accepts only addresses in ASCII, and not %q", s.of.Host, address)
		}
	}
	if err := s.client.Mail(bracketed(m.from)); err != nil {
		return s.of.failed(ctx, "MAIL FROM "+m.from, err)
	}
	for _, to := range m.recipients {
		if err := s.client.Rcpt(bracketed(to)); err != nil {
			return s.of.failed(ctx, "RCPT TO "+to, err)
		}
	}
	text, err := s.client.Data()
	if err != nil {
		return s.of.failed(ctx, "DATA", err)
	}
	if err := m.write(text); err != nil {
		return s.of.failed(ctx, "send the mail", err)
	}
	write := card.Sending(ctx, "mail to "+strings.Join(m.recipients, ", ")) // from here on the server may have it
	if err := text.Close(); err != nil {
		if answered := (*textproto.Error)(nil); errors.As(err, &answered) {
			switch answered.Code / 100 {
			case 2: // RFC 5321, section 4.2.1: each such code means that it was done
				write.Confirmed()
				return nil
			case 4, 5:
				write.Refused()
			}
		}
		return s.of.failed(ctx, "deliver the mail", err)
	}
	write.Confirmed()
	return nil
}

// bracketed returns an address as a command has it.
func bracketed(address string) string { return (&mail.Address{Address: address}).String() }

// quit ends a session. What the server answers does not matter any more.
func (s *session) quit() {
	s.raw.within(quitTimeout)
	_ = s.client.Quit()
	s.close()
}

func (s *session) close() {
	s.stop()
	_ = s.raw.Close()
}

// failed returns the error of a step. The context's cause comes first: it closes the connection.
func (c *connection) failed(ctx context.Context, step string, err error) error {
	known, refusal := (*card.Error)(nil), (*textproto.Error)(nil)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &known):
		return known
	case errors.As(err, &refusal):
		return c.refused(step, refusal)
	}
	return c.unreachable(fmt.Sprintf("%s: %s", c.Host, step), err)
}
