package grant

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"github.com/flowdeck/flowdeck/cards/secret"
	"github.com/flowdeck/flowdeck/engine/card"
)

// key encrypts and decrypts grants.
type key struct {
	identity  age.Identity
	recipient age.Recipient
	from      string // for people
}

// variable has the key of machines without a keyring.
const variable = "FLOWDECK_KEY"

// shortestPassphrase is the length in bytes of a passphrase that protects anything.
const shortestPassphrase = 16

// workFactor is that of scrypt, as a power of two: about a tenth of a second and 32 MB. A hundred processes may open a grant at once, and
// the passphrase of a machine can be long.
const workFactor = 15

// key returns the key for the grant of a connection. If create is set and the keyring has none, it makes one.
func (s Store) key(ctx context.Context, connection string, create bool) (key, error) {
	if !s.Key.IsZero() {
		given := card.NewSecret(strings.TrimSpace(s.Key.Reveal()))
		s.hide(given)
		return parse(given)
	}
	text, err := secret.FromKeyring(ctx, s.account(connection))
	switch {
	case errors.Is(err, secret.ErrNotInKeyring) && create:
		return s.makeKey(ctx, connection)
	case errors.Is(err, secret.ErrNotInKeyring):
		return key{}, unread(fmt.Errorf("%w: the keyring does not have its key, and %s is not set", errUnreadable, variable))
	case err != nil && create:
		return key{}, s.keyless(err)
	case err != nil:
		return key{}, &card.Error{
			Kind: card.Invalid, Err: fmt.Errorf("%w: %w", card.ErrNoKey, err), Message: fmt.Sprintf("the grant is encrypted, and %s is not set: %v", variable, err),
			Hint: fmt.Sprintf("unlock the keyring, or set %s to the key under which the grant was saved", variable),
		}
	}
	s.hide(text)
	k, err := identity(text)
	if err != nil {
		return key{}, unread(fmt.Errorf("%w: its key in the keyring is not an age identity", errUnreadable))
	}
	k.from = "that in the keyring"
	return k, nil
}

// keyless returns the error of a machine without a keyring and without a key.
func (s Store) keyless(err error) error {
	return &card.Error{
		Kind: card.Invalid, Err: fmt.Errorf("%w: %w", card.ErrNoKey, err), Message: fmt.Sprintf("a grant can only be kept encrypted, and %s is not set: %v", variable, err),
		Hint: fmt.Sprintf("unlock the keyring, or set %s to an age identity (age-keygen) or a passphrase of at least %d characters, such as that of  openssl rand -base64 32",
			variable, shortestPassphrase),
	}
}

// makeKey makes a key for a connection, and stores it in the keyring.
func (s Store) makeKey(ctx context.Context, connection string) (key, error) {
	made, err := age.GenerateX25519Identity()
	if err != nil {
		return key{}, &card.Error{Kind: card.Internal, Message: err.Error(), Err: err}
	}
	text := card.NewSecret(made.String())
	s.hide(text)
	if err := secret.ToKeyring(ctx, s.account(connection), text); err != nil {
		return key{}, s.keyless(err)
	}
	return key{identity: made, recipient: made.Recipient(), from: "that in the keyring"}, nil
}

// forget removes the key of a connection from the keyring. Without its grant it protects nothing, so that a keyring that is
// missing or locked is not an error.
func (s Store) forget(ctx context.Context, connection string) {
	if s.Key.IsZero() {
		_ = secret.RemoveFromKeyring(ctx, s.account(connection))
	}
}

// account returns the name of the key of a connection in the keyring. Workspaces in other folders have their own.
func (s Store) account(connection string) string {
	state, err := filepath.Abs(s.State)
	if err != nil { // the current folder was removed
		state = s.State
	}
	return "grant " + connection + " " + digest(state)[:16]
}

func (s Store) hide(text card.Secret) {
	if s.Hide != nil {
		s.Hide(text.Reveal())
	}
}

// parse reads FLOWDECK_KEY.
func parse(given card.Secret) (key, error) {
	text := given.Reveal()
	if strings.HasPrefix(strings.ToUpper(text), "AGE-") {
		k, err := identity(given)
		if err != nil {
			return key{}, badKey("is not an age identity with which files can be encrypted and decrypted", "it must be the line that starts with AGE-SECRET-KEY-1 of the file that age-keygen writes")
		}
		return k, nil
	}
	if len(text) < shortestPassphrase {
		return key{}, badKey(fmt.Sprintf("is a passphrase of less than %d characters", shortestPassphrase), "openssl rand -base64 32  makes one")
	}
	recipient, err := age.NewScryptRecipient(text)
	if err != nil {
		return key{}, badKey("is not a passphrase", "")
	}
	recipient.SetWorkFactor(workFactor)
	identity, err := age.NewScryptIdentity(text)
	if err != nil {
		return key{}, badKey("is not a passphrase", "")
	}
	identity.SetMaxWorkFactor(workFactor)
	return key{identity: identity, recipient: recipient, from: variable}, nil
}

func identity(text card.Secret) (key, error) {
	identity, err := age.ParseX25519Identity(text.Reveal())
	if err != nil { // not shown: it may have the text
		return key{}, errors.New("not an age identity")
	}
	return key{identity: identity, recipient: identity.Recipient(), from: variable}, nil
}

func badKey(what, hint string) error {
	return &card.Error{Kind: card.Invalid, Message: variable + " " + what, Hint: hint}
}
