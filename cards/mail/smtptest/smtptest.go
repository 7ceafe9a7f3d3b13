// Package smtptest has an SMTP server for tests. It takes mails, and fails where a test wants it to.
//
// It must not know anything of the code that it tests.
package smtptest

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// What Options.On may return besides the text of an answer.
const (
	Drop = "drop" // close the connection, and do nothing
	Lose = "lose" // do it, and close the connection without an answer
)

// Options describe a server. The zero Options are those of a server without TLS and accounts.
type Options struct {
	TLS      bool              // encrypt from the start
	StartTLS bool              // offer STARTTLS, and accept mails only after it
	Users    map[string]string // passwords by name; nil: nobody signs in
	Auth     string            // the ways to sign in that are offered; empty: PLAIN LOGIN

	// On is called for each command, such as "MAIL FROM:<a@b>", for "CONNECT" before the greeting, and for "." at the end of a
	// mail. It returns "" for the usual answer, Drop, Lose, or the answer in place of doing it. nil: always the usual one.
	On func(command string) string
}

// Mail is a mail that the server accepted.
type Mail struct {
	From string
	To   []string
	Text string
}

// Server is a running server.
type Server struct {
	Port int
	CA   []byte // PEM of the certificate that signs that of the server

	options Options
	config  *tls.Config

	mu       sync.Mutex
	mails    []Mail
	commands []string
	sessions int
	most     int
}

// A Test is what a server needs of a test.
type Test interface {
	Helper()
	Fatal(args ...any)
	Cleanup(func())
}

// Start starts a server on 127.0.0.1. It stops when the test ends.
func Start(tb Test, o Options) *Server {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{Port: listener.Addr().(*net.TCPAddr).Port, options: o}
	if err := s.certify(); err != nil {
		tb.Fatal(err)
	}
	var all sync.WaitGroup
	open := sync.Map{}
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			open.Store(conn, true)
			all.Go(func() {
				defer open.Delete(conn)
				defer conn.Close()
				s.serve(conn)
			})
		}
	})
	tb.Cleanup(func() {
		listener.Close()
		open.Range(func(conn, _ any) bool { return conn.(net.Conn).Close() == nil || true })
		all.Wait()
	})
	return s
}

// certify makes the certificate of the server.
func (s *Server) certify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	s.CA = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.config = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return nil
}

// Mails returns the mails that were accepted so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// Commands returns the commands so far, with "." for the end of a mail, in the order in which they came.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.commands)
}

// MostSessions returns the maximum number of sessions that there were at a time.
func (s *Server) MostSessions() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// dialog is a session with a client.
type dialog struct {
	*Server
	conn      net.Conn
	in        *bufio.Reader
	encrypted bool
	signedIn  bool
	mail      Mail
}

func (s *Server) serve(conn net.Conn) {
	s.mu.Lock()
	s.sessions++
	s.most = max(s.most, s.sessions)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.sessions--
		s.mu.Unlock()
	}()
	if s.options.TLS {
		conn = tls.Server(conn, s.config)
	}
	d := &dialog{Server: s, conn: conn, in: bufio.NewReader(conn), encrypted: s.options.TLS}
	if !d.on("CONNECT", func() string { return "220 test" }) {
		return
	}
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		if !d.on(line, func() string { return d.do(line) }) {
			return
		}
	}
}

// on does a command, and answers. It returns false if the session is over.
func (d *dialog) on(command string, do func() string) bool {
	d.mu.Lock()
	d.commands = append(d.commands, command)
	d.mu.Unlock()
	how := ""
	if d.options.On != nil {
		how = d.options.On(command)
	}
	answer := how
	switch how {
	case Drop:
		return false
	case Lose:
		do()
		return false
	case "":
		answer = do()
	}
	if answer == "" { // the command has answered by itself
		return true
	}
	_, err := io.WriteString(d.conn, answer+"\r\n")
	return err == nil && !strings.HasPrefix(answer, "221") && !strings.HasPrefix(answer, "421")
}

func (d *dialog) do(line string) string {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		answer := "250-test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"
		if d.options.StartTLS && !d.encrypted {
			answer += "250-STARTTLS\r\n"
		}
		if d.options.Users != nil && (d.encrypted || !d.options.StartTLS) {
			answer += "250-AUTH " + d.ways() + "\r\n"
		}
		return answer + "250 SIZE 50000000"
	case "STARTTLS":
		if _, err := io.WriteString(d.conn, "220 go\r\n"); err != nil {
			return ""
		}
		d.conn = tls.Server(d.conn, d.config)
		d.in, d.encrypted = bufio.NewReader(d.conn), true
		return ""
	case "AUTH":
		return d.auth(rest)
	case "MAIL":
		if d.options.StartTLS && !d.encrypted || d.options.Users != nil && !d.signedIn {
			return "530 5.7.0 Authentication required"
		}
		d.mail = Mail{From: path(rest)}
		return "250 2.1.0 ok"
	case "RCPT":
		d.mail.To = append(d.mail.To, path(rest))
		return "250 2.1.5 ok"
	case "DATA":
		return d.data()
	case "QUIT":
		return "221 bye"
	}
	return "502 what?"
}

func (d *dialog) ways() string {
	if d.options.Auth != "" {
		return d.options.Auth
	}
	return "PLAIN LOGIN"
}

// path returns the address in the argument of MAIL and RCPT.
func path(text string) string {
	_, text, _ = strings.Cut(text, "<")
	text, _, _ = strings.Cut(text, ">")
	return text
}

func (d *dialog) auth(rest string) string {
	way, initial, _ := strings.Cut(rest, " ")
	ask := func(prompt string) string {
		if _, err := io.WriteString(d.conn, "334 "+base64.StdEncoding.EncodeToString([]byte(prompt))+"\r\n"); err != nil {
			return ""
		}
		line, _ := d.in.ReadString('\n')
		return strings.TrimSpace(line)
	}
	text := func(encoded string) string {
		plain, _ := base64.StdEncoding.DecodeString(encoded)
		return string(plain)
	}
	var user, password string
	if strings.EqualFold(way, "LOGIN") {
		user, password = text(ask("Username:")), text(ask("Password:"))
	} else if parts := strings.Split(text(initial), "\x00"); len(parts) == 3 {
		user, password = parts[1], parts[2]
	}
	if want, known := d.options.Users[user]; !known || want != password {
		return "535 5.7.8 refused: " + initial // a server may be so careless
	}
	d.signedIn = true
	return "235 2.7.0 welcome"
}

// data reads a mail up to its end, which counts as a command of its own.
func (d *dialog) data() string {
	if _, err := io.WriteString(d.conn, "354 go on\r\n"); err != nil {
		return ""
	}
	var text strings.Builder
	for {
		line, err := d.in.ReadString('\n')
		if err != nil {
			return "" // the connection is gone: the mail does not exist
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	mail := d.mail
	mail.Text = text.String()
	if !d.on(".", func() string {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.mails = append(d.mails, mail)
		return fmt.Sprintf("250 2.0.0 taken as %d", len(d.mails))
	}) {
		d.conn.Close()
	}
	return ""
}
