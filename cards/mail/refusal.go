package mail

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/textproto"
	"regexp"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// longestAnswer is the maximum length of the part of a message that comes from the server, in bytes.
const longestAnswer = 500

// enhanced matches the more exact code at the start of an answer.
//
// Source: RFC 3463
var enhanced = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// refused returns the error of a step to which the server answered that it does not do it.
//
// Source: RFC 5321, section 4.2; RFC 4954, section 6; RFC 3463
func (c *connection) refused(step string, answer *textproto.Error) *card.Error {
	text := c.shown(answer.Msg)
	exact := enhanced.FindString(answer.Msg)
	e := &card.Error{
		Kind: kind(answer.Code, exact), Code: fmt.Sprint(answer.Code), Message: strings.TrimSpace(fmt.Sprintf("%s: %s: %d %s", c.Host, step, answer.Code, text)),
		Details: map[string]any{"code": answer.Code, "enhanced_code": exact, "text": text}, Err: &textproto.Error{Code: answer.Code, Msg: text},
	}
	switch {
	case answer.Code == 530 && c.Username == "":
		e.Hint = "the server asks for an account: set `username` and `password` on the connection"
	case e.Kind == card.Unauthorized:
		e.Hint = "is the username and the password right? Many providers ask for an app password in place of that of the account"
	case strings.HasPrefix(step, "MAIL FROM") && e.Kind != card.Unavailable:
		e.Hint = "may the account send as `from` of the connection?"
	case strings.HasPrefix(step, "RCPT TO") && e.Kind != card.Unavailable:
		e.Hint = "nobody got the mail: a mail is sent to all of its recipients or to none"
	}
	return e
}

// shown returns an answer on one line, without secrets. A server may split a secret into lines that all have a code, which only the first one keeps.
func (c *connection) shown(answer string) string {
	lines := strings.Split(answer, "\n")
	for i, line := range lines[1:] {
		line = strings.TrimSpace(line)
		lines[i+1] = strings.TrimSpace(strings.TrimPrefix(line, enhanced.FindString(line)))
	}
	return strings.Join(strings.Fields(c.excerpt(strings.Join(lines, "\n"), longestAnswer)), " ")
}

// kind classifies an answer. One that starts with 4 may be different later.
func kind(code int, exact string) card.Kind {
	switch {
	case code/100 != 5: // 4yz, or a code that does not belong there
		return card.Unavailable
	case code == 530, code == 534, code == 535, code == 538:
		return card.Unauthorized
	case strings.HasPrefix(exact, "5.7."):
		return card.Forbidden
	}
	return card.Invalid
}

// unreachable returns the error of a server that did not answer.
func (c *connection) unreachable(step string, err error) *card.Error {
	e := wire.Site{Host: c.Host, Where: "host", Other: "are `host`, `port` and `tls` right? Port 465 needs `tls: implicit`, and port 587 `tls: starttls`"}.Unreachable(step, err)
	if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
		e.Hint = "is `host` the name in its certificate? The certificate of a private authority goes into the file that SSL_CERT_FILE names"
	}
	e.Message, e.Err = c.shown(e.Message), nil // the error may quote a line of the server
	return e
}
