package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/flowdeck/flowdeck/cards/mail/smtptest"
)

type smtpKey struct{}

// mailServer is the mail server of a script, once it has one.
type mailServer struct{ *smtptest.Server }

// scriptTest is a script as a test of package smtptest.
type scriptTest struct{ *testscript.TestScript }

func (scriptTest) Helper()              {}
func (s scriptTest) Fatal(args ...any)  { s.Fatalf("%s", fmt.Sprint(args...)) }
func (s scriptTest) Cleanup(end func()) { s.Defer(end) }

// mailPort matches the port of the mail server in a flowdeck.yaml.
var mailPort = regexp.MustCompile(`port: [0-9]+`)

// bootSMTP starts a mail server with STARTTLS, whose account is it with a password, and writes its port into the file flowdeck.yaml:
//
//	smtp FILE PASSWORD [lost]
//
// flowdeck trusts its certificate. lost: no mail is answered.
func bootSMTP(ts *testscript.TestScript, _ bool, args []string) {
	server := smtptest.Start(scriptTest{ts}, smtptest.Options{StartTLS: true, Users: map[string]string{"it": args[1]}, On: func(command string) string {
		if command == "." && len(args) > 2 {
			return smtptest.Lose
		}
		return ""
	}})
	ca := ts.MkAbs("ca.pem")
	ts.Check(os.WriteFile(ca, server.CA, 0o600))
	ts.Setenv("SSL_CERT_FILE", ca)
	config := mailPort.ReplaceAllString(ts.ReadFile(args[0]), fmt.Sprint("port: ", server.Port))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(config), 0o600))
	ts.Value(smtpKey{}).(*mailServer).Server = server
}

// writeMails writes the mails that the server has, one after the other, to a file.
func writeMails(ts *testscript.TestScript, _ bool, args []string) {
	var all strings.Builder
	for _, m := range ts.Value(smtpKey{}).(*mailServer).Mails() {
		fmt.Fprintf(&all, "to %s\n%s\n", strings.Join(m.To, " "), m.Text)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(all.String()), 0o600))
}
