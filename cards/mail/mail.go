// Package mail has the card that sends mail, and the service `mail` that connects to an SMTP server, or to a simulated mailbox: files below
// the workspace's state.
//
// It is the only package that knows how a mail is written (go-mail). The engine is responsible for retries and dry runs. A mail
// cannot be taken back, so the package knows exactly up to which point the server cannot have accepted one.
package mail

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// Service returns the service for `type: mail`.
func Service() card.Service {
	return card.NewService("mail", func(s card.Settings, c config) (card.Connection, error) { return open(s, c, nil) })
}

// config has the settings of a connection of type mail: a server, or a simulated mailbox instead.
type config struct {
	From      string    `json:"from" jsonschema:"the sender of all mails, such as it@acme.example or \"Acme IT <it@acme.example>\""`
	Host      string    `json:"host,omitempty" jsonschema:"the SMTP server, such as smtp.acme.example"`
	Port      int       `json:"port,omitempty" jsonschema:"its port; by default 587, with tls implicit 465, with tls none 25" minimum:"1" maximum:"65535"`
	TLS       string    `json:"tls,omitempty" jsonschema:"how the connection is encrypted; starttls: after the server has confirmed it, implicit: from the start, none: not at all, which only a server on this machine may do" enum:"starttls,implicit,none" default:"starttls"`
	Username  string    `json:"username,omitempty" jsonschema:"the account to sign in with; without it, nobody signs in"`
	Password  any       `json:"password,omitempty" jsonschema:"its password, as a reference such as {env: MAIL_PASSWORD}" secret:"true"`
	Simulate  *struct{} `json:"simulate,omitempty" jsonschema:"a simulated mailbox instead of a server: mails are kept as files in .flowdeck/mail"`
	Simulated bool      `json:"simulated,omitempty" jsonschema:"the server is on this machine and delivers nothing: nobody is asked before a mail is sent"`
}

const (
	starttls = "starttls"
	implicit = "implicit"
	noTLS    = "none"
)

// Describe returns what the settings say about a connection.
func (c config) Describe() card.Description {
	if c.Simulate != nil {
		return card.Description{To: "a simulated mailbox", Simulated: true}
	}
	d := card.Description{To: net.JoinHostPort(c.Host, strconv.Itoa(c.port())), Simulated: c.Simulated && wire.Loopback(c.Host)}
	if c.Password != nil {
		d.SignsIn = "password"
	}
	return d
}

// Check finds the mistakes of a configuration.
func (c config) Check(card.Settings) error {
	_, err := c.check()
	return err
}

// check finds the mistakes of a configuration, and returns its sender.
func (c config) check() (*mail.Address, error) {
	from, err := address("from", c.From)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Simulate != nil && (c.Host != "" || c.Port != 0 || c.TLS != "" || c.Username != "" || c.Password != nil || c.Simulated):
		return nil, misconfigured("leave out `host` and the settings of the server", "`simulate` replaces the server, and is combined with `from` only")
	case c.Simulate != nil:
		return from, nil
	case c.Host == "":
		return nil, misconfigured("or `simulate: {}` for a simulated mailbox", "a mail connection needs `host`")
	case strings.ContainsFunc(c.Host, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("/@[]?#%", r) }) || strings.Count(c.Host, ":") == 1:
		return nil, misconfigured("write the name alone, such as smtp.acme.example; `port` has the port", "host %q is not the name of a server", c.Host)
	case c.TLS == noTLS && !wire.Loopback(c.Host):
		return nil, misconfigured("write `tls: starttls`, or `tls: implicit` for port 465", "`tls: none` sends passwords and mails in plain text, which is only allowed for a server on this machine")
	case (c.Username == "") != (c.Password == nil):
		return nil, misconfigured("", "`username` and `password` need each other")
	case strings.ContainsFunc(c.Username, control):
		return nil, misconfigured("", "the username has a control character")
	case c.Simulated && !wire.Loopback(c.Host):
		return nil, misconfigured("remove `simulated`", "`simulated` is only for a server on this machine, and %s is not on this machine", c.Host)
	}
	return from, nil
}

// port returns the port of the server.
func (c config) port() int {
	switch {
	case c.Port != 0:
		return c.Port
	case c.TLS == implicit:
		return 465
	case c.TLS == noTLS:
		return 25
	}
	return 587
}

func misconfigured(hint, format string, args ...any) *card.Error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}

// connection sends mails through a server or to a simulated mailbox.
type connection struct {
	config
	sender   *mail.Address
	password card.Secret
	roots    *x509.CertPool // of the certificates that are trusted; nil: those of the system
	clock    clock.Clock
	excerpt  card.Excerpt
	patience time.Duration // for the greeting of the server
	box      *mailbox      // nil: there is a server
	turns    chan struct{} // one for each session with the server
}

// mostSessions is the maximum number of sessions with the server at a time. Servers refuse many.
const mostSessions = 4

func open(s card.Settings, c config, roots *x509.CertPool) (*connection, error) {
	from, err := c.check()
	if err != nil {
		return nil, err
	}
	conn := &connection{config: c, sender: from, roots: roots, clock: s.Clock, excerpt: s.Excerpt, patience: greetTimeout, turns: make(chan struct{}, mostSessions)}
	if c.Simulate != nil {
		conn.box, err = openMailbox(s)
		return conn, err
	}
	if c.Password != nil {
		if conn.password, err = s.Secret(c.Password); err != nil {
			return nil, err
		}
		if conn.password.IsZero() {
			return nil, &card.Error{Kind: card.Unauthorized, Message: "the password is empty"}
		}
	}
	return conn, nil
}

// Test signs in to the server, and out again.
func (c *connection) Test(ctx context.Context) (card.Identity, error) {
	if c.box != nil {
		return card.Identity{Org: c.box.folder(), What: "mailbox", As: c.sender.Address, Simulated: true, Note: c.box.note()}, nil
	}
	s, err := c.dial(ctx)
	if err != nil {
		return card.Identity{}, err
	}
	s.quit()
	id := card.Identity{Org: c.Host, What: "mail server", As: c.Username, Simulated: c.Simulated}
	if id.As == "" {
		id.As = c.sender.Address
	}
	return id, nil
}

// Close does nothing: each mail has its own session.
func (*connection) Close() error { return nil }
