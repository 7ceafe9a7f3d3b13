package card

import (
	"context"
	"errors"
	"time"
)

// Grant is what a connection is allowed to do, by a person or by a refresh token that its configuration has: a refresh token, and the access
// token that it got last.
type Grant struct {
	Seed string // the digest of the refresh token of the configuration; empty if a person signed in

	Issuer   string    // the authorization server, such as https://acme.okta.com; the tokens go to no other server
	ClientID string    // of the app that the person signed in to
	Scopes   []string  // that were granted
	Granted  time.Time // when the person signed in

	Refresh  Secret
	Previous Secret // the refresh token that Refresh replaced; zero if there is none

	Access  Secret    // shared by all processes
	Expires time.Time // of Access; zero if the server does not report it
	Renew   time.Time // when Access should be renewed
}

// ErrNoKey is wrapped by the error of a grant that cannot be kept because there is no key to encrypt it.
var ErrNoKey = errors.New("no key")

// Grants keeps the grant of each connection, so that it outlives the process and is known to other processes. It is safe for
// concurrent use. Its errors are *Error, or wrap ErrNotSent if ctx ended.
type Grants interface {
	// Load returns the grant of a connection; nil if there is none. It may be called without the lock.
	Load(ctx context.Context, connection string) (*Grant, error)
	// Lock waits until no other process or call has the lock of a connection. Whoever changes its grant must have it.
	Lock(ctx context.Context, connection string) (unlock func(), err error)
	// Ready returns an error if a grant of the connection could not be saved. The caller has the lock.
	Ready(ctx context.Context, connection string) error
	// Save replaces the grant. When it returns, the grant outlives a crash of the machine. If it fails, the old grant is still there.
	Save(ctx context.Context, connection string, g Grant) error
	// Delete removes the grant, even if it cannot be read. It is not an error if there is none.
	Delete(ctx context.Context, connection string) error
}

// Consent is a question to a person, which their browser asks.
type Consent struct {
	URL      string // where the person signs in, and allows what the connection asks for
	Redirect string // where the browser then goes: the service must know exactly this URL
}

// signsInPeople is the configuration of a connection that acts for a person who signed in.
type signsInPeople interface {
	Connect(context.Context, Settings, func(Consent) error) (granted []string, err error)
	Disconnect(context.Context, Settings, func(try func() error) error) (bool, error)
}

// Connect asks a person to sign in and to allow what a connection asks for, and keeps the grant. It calls show with the question, and waits
// for the answer. granted are the scopes that were granted. Its errors are *Error, or wrap ErrNotSent if ctx ended.
func (s Service) Connect(ctx context.Context, settings Settings, show func(Consent) error) (granted []string, err error) {
	people, err := s.people(settings)
	if err != nil {
		return nil, err
	}
	return people.Connect(ctx, settings, show)
}

// Disconnect revokes the grant of a connection at the service, and deletes it. again calls the function that revokes it, until it has success
// or further attempts make no sense. A grant that is not revoked is an error, and is kept, unless the service cannot be reached. A nil again
// only deletes the grant, even if it cannot be read. was is false if there was no grant.
func (s Service) Disconnect(ctx context.Context, settings Settings, again func(try func() error) error) (was bool, err error) {
	people, err := s.people(settings)
	if err != nil {
		return false, err
	}
	return people.Disconnect(ctx, settings, again)
}

func (s Service) people(settings Settings) (signsInPeople, error) {
	config, err := s.decode(settings)
	if err != nil {
		return nil, err
	}
	people, ok := config.(signsInPeople)
	if !ok {
		return nil, &Error{Kind: Invalid, Message: "a connection of type " + s.Name + " does not act for a person who signs in"}
	}
	return people, nil
}
