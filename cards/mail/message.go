package mail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/flowdeck/flowdeck/engine/card"
)

// The limits of a mail.
const (
	mostRecipients   = 100
	longestAddress   = 320
	longestSubject   = 900 // bytes; a line of a mail has 998 at most
	mostAttachments  = 50
	largestAttached  = 25 << 20 // bytes of all attachments: servers rarely accept more
	attachedInWords  = "25 MiB"
	commaInRecipient = "write one address for each item of the list"
)

type sendInput struct {
	To          []string `json:"to" jsonschema:"the recipients, each as ada@acme.example or \"Ada <ada@acme.example>\"" null:"false"`
	Subject     string   `json:"subject" jsonschema:"the subject"`
	Text        string   `json:"text,omitempty" jsonschema:"the mail as plain text; it or html is needed, and with both each reader shows one of them"`
	HTML        string   `json:"html,omitempty" jsonschema:"the mail as HTML; escape inserted values"`
	CC          []string `json:"cc,omitempty" jsonschema:"recipients of a copy"`
	BCC         []string `json:"bcc,omitempty" jsonschema:"recipients of a copy whom the others do not see"`
	ReplyTo     string   `json:"reply_to,omitempty" jsonschema:"the address for answers; by default the sender"`
	Attachments []string `json:"attachments,omitempty" jsonschema:"the paths of files, as file.write answers them: below the workspace's folder, or run:report.csv in the run's own folder"`
}

type sentAnswer struct {
	Changed    bool     `json:"changed" jsonschema:"true"`
	MessageID  string   `json:"message_id" jsonschema:"the Message-ID of the mail, which all attempts of a call share"`
	Recipients []string `json:"recipients" jsonschema:"the addresses to which the server accepted it"`
}

// Cards returns every card of this package.
func Cards() []card.Card {
	return []card.Card{card.Checking(card.NewWrite(card.Spec{
		Name: "mail.send", Title: "Send Email", Also: []string{"Send Email with Attachment", "Send Mail"}, Summary: "send a mail, as text or HTML, with files",
		Effect: card.Creates, Undo: card.Undo{Extent: card.None}, NoScopes: true, Target: "{to}: {subject}",
		InDoubt: "nobody can ask a server whether it accepted a mail",
		Example: "card: mail.send\nwith: {to: [ada@acme.example], subject: Welcome, text: Your account is ready.}",
	}, card.Write[sendInput, sentAnswer]{Do: send}), checkMail)}
}

func send(ctx context.Context, call card.Call, in sendInput) (sentAnswer, error) {
	c, ok := call.Conn.(*connection)
	if !ok {
		return sentAnswer{}, &card.Error{Kind: card.Internal, Message: fmt.Sprintf("connection %q is not a mail connection", call.ConnName)}
	}
	m, err := newMessage(call, in, c.sender, c.clock.Now())
	if err != nil {
		return sentAnswer{}, err
	}
	defer m.close()
	if c.box != nil {
		err = c.box.deliver(ctx, m)
	} else {
		err = c.deliver(ctx, m)
	}
	if err != nil {
		return sentAnswer{}, err
	}
	return sentAnswer{Changed: true, MessageID: m.id, Recipients: m.recipients}, nil
}

// message is a mail that is ready to be sent.
type message struct {
	*gomail.Msg
	id          string
	from        string
	recipients  []string // of the envelope: to, cc and bcc, each once
	attachments []*attachment
	to          io.Writer // of the attachments; see attachment.part
}

// checkMail returns the error with which a mail is refused before a server sees it.
func checkMail(call card.Call, in sendInput) error {
	m, err := newMessage(call, in, &mail.Address{Address: "nobody@localhost"}, time.Time{})
	if err == nil {
		m.close()
	}
	return err
}

// newMessage makes the mail that an input describes, with its sender and its date.
func newMessage(call card.Call, in sendInput, sender *mail.Address, date time.Time) (_ *message, err error) {
	m := &message{Msg: gomail.NewMsg(gomail.WithNoDefaultUserAgent()), from: sender.Address}
	defer func() {
		if err != nil {
			m.close()
		}
	}()
	to, cc, bcc := []*mail.Address(nil), []*mail.Address(nil), []*mail.Address(nil)
	for _, list := range []struct {
		name  string
		texts []string
		all   *[]*mail.Address
	}{{"to", in.To, &to}, {"cc", in.CC, &cc}, {"bcc", in.BCC, &bcc}} {
		for i, text := range list.texts {
			a, err := address(fmt.Sprintf("%s[%d]", list.name, i), text)
			if err != nil {
				return nil, err
			}
			*list.all = append(*list.all, a)
			if !slices.Contains(m.recipients, a.Address) {
				m.recipients = append(m.recipients, a.Address)
			}
		}
	}
	switch {
	case len(to) == 0:
		return nil, invalid("", "`to` has no address")
	case len(to)+len(cc)+len(bcc) > mostRecipients:
		return nil, invalid("send several mails, for example one for each record of a stream", "the mail has %d recipients, and at most %d are possible", len(to)+len(cc)+len(bcc), mostRecipients)
	case strings.TrimSpace(in.Subject) == "":
		return nil, invalid("", "the subject is empty")
	case !utf8.ValidString(in.Subject) || strings.ContainsFunc(in.Subject, control):
		return nil, invalid("a subject is one line", "the subject has a line break or another control character")
	case len(in.Subject) > longestSubject:
		return nil, invalid("", "the subject is longer than %d bytes", longestSubject)
	case in.Text == "" && in.HTML == "":
		return nil, invalid("", "the mail needs `text` or `html`")
	}
	m.FromMailAddress(sender)
	m.ToMailAddress(to...)
	m.CcMailAddress(cc...)
	if in.ReplyTo != "" {
		reply, err := address("reply_to", in.ReplyTo)
		if err != nil {
			return nil, err
		}
		m.ReplyToMailAddress(reply)
	}
	m.Subject(in.Subject)
	m.SetDateWithValue(date)
	m.id = messageID(call, sender.Address)
	m.SetMessageIDWithValue(strings.Trim(m.id, "<>"))
	m.body(in)
	return m, m.attach(call, in.Attachments)
}

func (m *message) body(in sendInput) {
	switch {
	case in.Text == "":
		m.SetBodyString(gomail.TypeTextHTML, in.HTML)
	case in.HTML == "":
		m.SetBodyString(gomail.TypeTextPlain, in.Text)
	default:
		m.SetBodyString(gomail.TypeTextPlain, in.Text)
		m.AddAlternativeString(gomail.TypeTextHTML, in.HTML)
	}
}

// messageID returns the same id for all attempts of a call, so that mail programs show a mail once that was sent twice.
func messageID(call card.Call, from string) string {
	place := ""
	if call.Place != nil {
		place = call.Place.ID()
	}
	sum := sha256.Sum256([]byte(call.Run + "\x00" + place))
	return "<" + hex.EncodeToString(sum[:16]) + "@" + from[strings.LastIndexByte(from, '@')+1:] + ">"
}

// write writes the mail. Without an error it is complete.
func (m *message) write(to io.Writer) error {
	m.to = to
	_, err := m.WriteTo(to)
	for _, a := range m.attachments {
		if a.err != nil {
			return &card.Error{Kind: card.Storage, Message: fmt.Sprintf("attachment %q cannot be read: %v", a.name, a.err), Err: a.err}
		}
		if err == nil && a.read != a.size {
			return invalid("", "attachment %q was changed while it was sent", a.name)
		}
	}
	return err
}

func (m *message) close() {
	for _, a := range m.attachments {
		a.File.Close()
	}
}

// address reads a mail address. name is that of the input, for messages.
func address(name, text string) (*mail.Address, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return nil, invalid("", "%s is empty", name)
	case len(text) > longestAddress:
		return nil, invalid("", "%s is longer than %d bytes", name, longestAddress)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, control):
		return nil, invalid("", "%s has a line break or another control character: %q", name, text)
	}
	a, err := mail.ParseAddress(text)
	switch {
	case err != nil && strings.ContainsAny(text, ",;"):
		return nil, invalid(commaInRecipient, "%s is not one mail address: %q", name, text)
	case err != nil || strings.ContainsFunc(a.Name+a.Address, control):
		return nil, invalid(`write ada@acme.example, or "Ada <ada@acme.example>"`, "%s is not a mail address: %q", name, text)
	}
	return a, nil
}

// control reports whether a character could end a line, or is not seen.
func control(c rune) bool { return unicode.IsControl(c) || c == '\u2028' || c == '\u2029' }

func invalid(hint, format string, args ...any) *card.Error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
