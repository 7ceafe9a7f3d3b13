package grant

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"

	"github.com/flowdeck/flowdeck/engine/card"
)

// sealed is the content of a file, before it is encrypted.
type sealed struct {
	Connection string   `json:"connection"` // a file cannot be used for another connection
	Issuer     string   `json:"issuer"`
	Seed       string   `json:"seed,omitempty"`
	ClientID   string   `json:"client_id"`
	Scopes     []string `json:"scopes"`
	Granted    int64    `json:"granted"` // times are seconds since 1970; 0 is none
	Refresh    string   `json:"refresh_token"`
	Previous   string   `json:"previous_refresh_token,omitempty"`
	Access     string   `json:"access_token,omitempty"`
	Expires    int64    `json:"expires,omitempty"`
	Renew      int64    `json:"renew,omitempty"`
}

// errUnreadable is wrapped by the errors of a file that is there and cannot be decrypted.
var errUnreadable = errors.New("it cannot be read")

// seal encrypts a grant.
func seal(g card.Grant, k key, connection string) ([]byte, error) {
	plain, err := json.Marshal(sealed{
		Connection: connection, Issuer: g.Issuer, Seed: g.Seed, ClientID: g.ClientID, Scopes: g.Scopes, Granted: seconds(g.Granted),
		Refresh: g.Refresh.Reveal(), Previous: g.Previous.Reveal(), Access: g.Access.Reveal(), Expires: seconds(g.Expires), Renew: seconds(g.Renew),
	})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, k.recipient)
	if err != nil {
		return nil, err
	}
	_, err = w.Write(plain)
	if err := errors.Join(err, w.Close()); err != nil { // Close writes the rest
		return nil, err
	}
	return out.Bytes(), nil
}

// open decrypts the grant of a connection.
func open(file []byte, k key, connection string) (*card.Grant, error) {
	r, err := age.Decrypt(bytes.NewReader(file), k.identity)
	if wrong := (*age.NoIdentityMatchError)(nil); errors.As(err, &wrong) {
		return nil, unread(fmt.Errorf("%w: it was encrypted under another key than %s", errUnreadable, k.from))
	}
	var plain []byte
	if err == nil {
		plain, err = io.ReadAll(r)
	}
	var s sealed
	if err == nil {
		err = json.Unmarshal(plain, &s)
	}
	switch {
	case err != nil:
		return nil, unread(fmt.Errorf("%w: the file is damaged: %w", errUnreadable, err))
	case s.Connection != connection:
		return nil, unread(fmt.Errorf("%w: the file has the grant of connection %q", errUnreadable, s.Connection))
	}
	return &card.Grant{
		Issuer: s.Issuer, Seed: s.Seed, ClientID: s.ClientID, Scopes: s.Scopes, Granted: at(s.Granted),
		Refresh: card.NewSecret(s.Refresh), Previous: card.NewSecret(s.Previous), Access: card.NewSecret(s.Access), Expires: at(s.Expires), Renew: at(s.Renew),
	}, nil
}

func unread(err error) error {
	return &card.Error{Kind: card.Unauthorized, Message: err.Error(), Err: err}
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func at(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
