package secret

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/zalando/go-keyring"

	"github.com/flowdeck/flowdeck/engine/card"
)

// KeyringService is the service under which the keyring of the system has the secrets of flowdeck.
const KeyringService = "flowdeck"

// ErrNotInKeyring is wrapped by the error for an account that the keyring does not have.
var ErrNotInKeyring = errors.New("not in the keyring")

// FromKeyring returns the secret of an account in the keyring of the system: the Secret Service, the keychain, or the Credential Manager. The
// keyring may ask the person to unlock it. The error is a *card.Error.
func FromKeyring(ctx context.Context, account string) (card.Secret, error) {
	text, err := within(ctx, "the keyring", func() ([]byte, error) {
		text, err := keyring.Get(KeyringService, account)
		return []byte(text), err
	})
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return card.Secret{}, &card.Error{
			Kind: card.Invalid, Message: fmt.Sprintf("the keyring has no secret %q of the service %s", account, KeyringService), Hint: storing(account), Err: ErrNotInKeyring,
		}
	case err != nil:
		return card.Secret{}, noKeyring(err)
	case len(text) > longest:
		return card.Secret{}, wrong("", "the secret %q of the keyring is %v", account, errTooLong)
	}
	return trimmed(text, fmt.Sprintf("the secret %q of the keyring", account))
}

// ToKeyring stores the secret of an account in the keyring of the system. The error is a *card.Error.
func ToKeyring(ctx context.Context, account string, s card.Secret) error {
	return change(ctx, func() error { return keyring.Set(KeyringService, account, s.Reveal()) })
}

// RemoveFromKeyring removes the secret of an account. It is not an error if there is none.
func RemoveFromKeyring(ctx context.Context, account string) error {
	return change(ctx, func() error {
		if err := keyring.Delete(KeyringService, account); !errors.Is(err, keyring.ErrNotFound) {
			return err
		}
		return nil
	})
}

func change(ctx context.Context, do func() error) error {
	if _, err := within(ctx, "the keyring", func() ([]byte, error) { return nil, do() }); err != nil {
		return noKeyring(err)
	}
	return nil
}

func noKeyring(err error) error {
	reason, _, _ := strings.Cut(err.Error(), "\n") // of a program that is missing or failed
	return wrong("is there a keyring on this machine, and is it unlocked?", "cannot use the keyring: %s", reason)
}

// longestAccount bounds the name of an account, in bytes.
const longestAccount = 256

func (r Resolver) keyring(ctx context.Context, account string) (card.Secret, error) {
	if account == "" || len(account) > longestAccount || strings.ContainsFunc(account, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return card.Secret{}, wrong("write {keyring: okta-prod}", "the name of a secret in the keyring is empty, too long, or has a control character")
	}
	return FromKeyring(ctx, account)
}

// storing returns the command that stores the secret of an account. It asks for the secret, so that no history of a shell has it.
func storing(account string) string {
	word := "'" + strings.ReplaceAll(account, "'", `'\''`) + "'"
	switch runtime.GOOS {
	case "windows":
		return "store it as a generic credential " + KeyringService + ":" + account + " with the user " + account
	case "darwin":
		return "security add-generic-password -s " + KeyringService + " -a " + word + " -w  asks for it and stores it"
	}
	return "secret-tool store --label=" + KeyringService + " service " + KeyringService + " username " + word + "  asks for it and stores it"
}
