package mail

import (
	"crypto/x509"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// OpenTrusting opens a connection that trusts the certificates of a test server.
func OpenTrusting(s card.Settings, roots *x509.CertPool) (card.Connection, error) {
	if s.Clock == nil {
		s.Clock = clock.System{}
	}
	return card.NewService("mail", func(s card.Settings, c config) (card.Connection, error) { return open(s, c, roots) }).Open(s)
}

// The limits of a mailbox and a mail.
const (
	MostMails      = mostMails
	MostRecipients = mostRecipients
)

// Impatient makes a connection wait hardly for the greeting of the server.
func Impatient(conn card.Connection) { conn.(*connection).patience = 50 * time.Millisecond }
