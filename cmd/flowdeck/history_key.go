package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"

	"github.com/flowdeck/flowdeck/cards/secret"
	"github.com/flowdeck/flowdeck/engine/card"
)

// historyKey returns the secret with which the history of a workspace encrypts secrets: FLOWDECK_KEY or, without it, a key in the
// keyring, which it makes. Without both it is empty: then the history has no secrets, and 'flowdeck resume' asks for them.
func historyKey(e env, state string) ([]byte, error) {
	if given, _ := e.lookup("FLOWDECK_KEY"); strings.TrimSpace(given) != "" {
		return []byte(strings.TrimSpace(given)), nil
	}
	if abs, err := filepath.Abs(state); err == nil { // otherwise the current folder was removed
		state = abs
	}
	sum := sha256.Sum256([]byte(state))
	account := "history " + hex.EncodeToString(sum[:8])
	ctx := context.Background() // the keyring has its own time limit
	found, err := secret.FromKeyring(ctx, account)
	if errors.Is(err, secret.ErrNotInKeyring) {
		found = card.NewSecret(rand.Text())
		err = secret.ToKeyring(ctx, account, found)
	}
	if err != nil { // there is no keyring, or it is locked
		return nil, nil
	}
	e.veil.Learn(found.Reveal())
	return []byte(found.Reveal()), nil
}
