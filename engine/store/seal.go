package store

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"sync"
	"sync/atomic"

	"golang.org/x/crypto/scrypt"

	"github.com/flowdeck/flowdeck/engine/card"
)

// keys encrypts and decrypts secrets. The key of a database is made from the secret of Config.Key and a salt in the
// database.
type keys struct {
	store *Store
	once  sync.Once
	aead  cipher.AEAD            // nil: there is no key
	mac   []byte                 // the key for the nonces of what must be the same each time; without a key, only this process has it
	err   error                  // of making the key
	plain atomic.Pointer[[]byte] // the key for digests of a database without a key, once it was read
}

// The costs of scrypt: about a tenth of a second, once for a process that has secrets to keep.
const (
	scryptN, scryptR, scryptP = 1 << 15, 8, 1
	keySize                   = 32
)

// load makes the key. It must not be called by the writer.
func (k *keys) load() (cipher.AEAD, error) {
	k.once.Do(func() {
		k.mac = make([]byte, keySize)
		rand.Read(k.mac)
		if k.store.config.Key == nil {
			return
		}
		secret, err := k.store.config.Key()
		if err != nil || len(secret) == 0 {
			k.err = err
			return
		}
		salt, err := k.constant("salt")
		if err != nil {
			k.err = err
			return
		}
		both, err := scrypt.Key(secret, salt, scryptN, scryptR, scryptP, 2*keySize)
		if err != nil {
			k.err = err
			return
		}
		block, err := aes.NewCipher(both[:keySize])
		if err != nil {
			k.err = err
			return
		}
		k.aead, k.err = cipher.NewGCM(block)
		k.mac = both[keySize:]
	})
	return k.aead, k.err
}

// seal encrypts a text for a row. It returns "" if there is no key.
func (k *keys) seal(row, text string) (string, error) {
	aead, err := k.load()
	if aead == nil || err != nil {
		return "", err
	}
	nonce := make([]byte, aead.NonceSize())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(text), []byte(row))), nil
}

// name encrypts a text so that the result is the same each time. Without a key it cannot be decrypted.
func (k *keys) name(row, text string) (string, error) {
	aead, err := k.load()
	if err != nil {
		return "", err
	}
	if aead == nil {
		sum := hmac.New(sha256.New, k.mac)
		sum.Write([]byte(row + "\x00" + text))
		return droppedName + base64.RawURLEncoding.EncodeToString(sum.Sum(nil)), nil
	}
	sum := hmac.New(sha256.New, k.mac)
	sum.Write([]byte(row + "\x00" + text))
	nonce := sum.Sum(nil)[:aead.NonceSize()]
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, []byte(text), []byte(row))), nil
}

// digest returns a text that is the same for the same text in each process. Nobody can check a guess without the key. Without a
// key, the salt is in the database.
func (k *keys) digest(row, text string) (string, error) {
	if _, err := k.load(); err != nil {
		return "", err
	}
	mac := k.mac
	if k.aead == nil {
		if k.plain.Load() == nil {
			salt, err := k.constant("plain_salt")
			if err != nil {
				return "", err
			}
			k.plain.Store(&salt)
		}
		mac = *k.plain.Load()
	}
	sum := hmac.New(sha256.New, mac)
	sum.Write([]byte(row + "\x00" + text))
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil)), nil
}

// constant returns random bytes that stay the same in the database.
func (k *keys) constant(name string) ([]byte, error) {
	value := make([]byte, keySize)
	rand.Read(value)
	err := k.store.write(context.Background(), func(tx *tx) error {
		if err := tx.exec("INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)", name, value); err != nil {
			return err
		}
		return tx.row("SELECT value FROM meta WHERE name = ?", []any{name}, &value)
	})
	return value, err
}

// droppedName starts the name of a text that is not kept.
const droppedName = "!"

// open decrypts the output of seal or name.
func (k *keys) open(row, sealed string) (string, error) {
	aead, err := k.load()
	switch {
	case err != nil:
		return "", err
	case aead == nil:
		return "", otherKey("it is encrypted, and this process has no key", "were encrypted with a key, and this process has none")
	}
	data, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || len(data) < aead.NonceSize() {
		return "", notKept("the encrypted text is damaged")
	}
	text, err := aead.Open(nil, data[:aead.NonceSize()], data[aead.NonceSize():], []byte(row))
	if err != nil {
		return "", otherKey("it was encrypted under another key, or is damaged", "were encrypted under another key than that of this process")
	}
	return string(text), nil
}

// notKept returns the error of a secret that cannot be read.
func notKept(why string) error {
	return invalid(card.Storage, "secret_not_kept", "a secret of the run cannot be read from its journal: "+why,
		"set FLOWDECK_KEY to the key of the run; a run that had none does not keep secrets")
}

// otherKey returns the error of a secret that can be read with the key of its run. of is the fact about all secrets of the run.
func otherKey(why, of string) error {
	e := *card.AsError(notKept(why))
	e.Err = &keyError{of}
	return &e
}

// keyError is the error of a secret that is encrypted with a key which this process does not have.
type keyError struct{ of string }

func (e *keyError) Error() string { return e.of }

// isNotKept reports whether err is the error of a secret that cannot be read.
func isNotKept(err error) bool {
	e := (*card.Error)(nil)
	return errors.As(err, &e) && e.Code == "secret_not_kept"
}

// KeepsSecrets reports whether there is a key: without one, secrets are not kept.
func (s *Store) KeepsSecrets() bool {
	aead, err := s.keys.load()
	return aead != nil && err == nil
}

// Writable returns an error if nothing can be written.
func (s *Store) Writable(ctx context.Context) error {
	if err := s.InPlace(); err != nil {
		return err
	}
	return s.write(ctx, func(tx *tx) error { return tx.exec("UPDATE leader SET one = one") })
}
