package temporal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"sync"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/crypto/scrypt"
)

// Sealed returns the converters of a client or worker whose histories are encrypted with a secret, which all clients and workers of a
// namespace share. Everything is encrypted that a flow or a service has made: arguments and results of workflows, activities, updates and queries, and the
// messages of failures. Names of workflows and activities, ids of runs, and times are not. They are safe for concurrent use.
//
// It takes about a tenth of a second, and so does the first payload of each other process.
func Sealed(secret []byte) (converter.DataConverter, converter.FailureConverter, error) {
	if len(secret) == 0 {
		return nil, nil, errors.New("the secret is empty")
	}
	s := &sealer{secret: bytes.Clone(secret), salt: make([]byte, 16), keys: map[string]cipher.AEAD{}}
	rand.Read(s.salt)
	if _, err := s.key(s.salt); err != nil {
		return nil, nil, err
	}
	data := converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), s)
	failures := temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{DataConverter: data, EncodeCommonAttributes: true})
	return data, failures, nil
}

// The costs of scrypt are those of the journal: about a tenth of a second.
const (
	scryptN, scryptR, scryptP = 1 << 15, 8, 1
	keySize                   = 32
)

// markSalt is the salt of the key for marks, which are the same in all processes with a secret.
const markSalt = "flowdeck marks"

// marks returns the function that makes marks with a secret: 12 hexadecimal digits. It takes about a tenth of a second.
func marks(secret []byte) (func(string) string, error) {
	key, err := scrypt.Key(secret, []byte(markSalt), scryptN, scryptR, scryptP, keySize)
	return func(text string) string {
		sum := hmac.New(sha256.New, key)
		sum.Write([]byte(text))
		return hex.EncodeToString(sum.Sum(nil)[:6])
	}, err
}

// sealedEncoding marks a payload that is encrypted.
const sealedEncoding = "binary/flowdeck-sealed"

// sealer encrypts payloads with AES-GCM. Each process has a key of its own, made from the secret and a salt that its payloads have.
type sealer struct {
	secret, salt []byte

	mu   sync.Mutex
	keys map[string]cipher.AEAD // by salt
}

// key returns the key of a process.
func (s *sealer) key(salt []byte) (cipher.AEAD, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if key, known := s.keys[string(salt)]; known {
		return key, nil
	}
	key, err := scrypt.Key(s.secret, salt, scryptN, scryptR, scryptP, keySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	s.keys[string(salt)], err = cipher.NewGCM(block)
	return s.keys[string(salt)], err
}

// Encode encrypts payloads.
func (s *sealer) Encode(all []*common.Payload) ([]*common.Payload, error) {
	key, err := s.key(s.salt)
	if err != nil {
		return nil, err
	}
	sealed := make([]*common.Payload, len(all))
	for i, p := range all {
		plain, err := p.Marshal()
		if err != nil {
			return nil, err
		}
		nonce := make([]byte, key.NonceSize(), key.NonceSize()+len(plain)+key.Overhead())
		rand.Read(nonce)
		sealed[i] = &common.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(sealedEncoding), "salt": s.salt},
			Data:     key.Seal(nonce, nonce, plain, nil),
		}
	}
	return sealed, nil
}

// Decode decrypts payloads. One that is not encrypted is an error: nobody may bring a run values without the secret.
func (s *sealer) Decode(all []*common.Payload) ([]*common.Payload, error) {
	plain := make([]*common.Payload, len(all))
	for i, p := range all {
		if encoding := string(p.Metadata[converter.MetadataEncoding]); encoding != sealedEncoding {
			return nil, fmt.Errorf("a payload is %q, and not encrypted", encoding)
		}
		key, err := s.key(p.Metadata["salt"])
		if err != nil {
			return nil, err
		}
		if len(p.Data) < key.NonceSize() {
			return nil, errors.New("a payload is too short")
		}
		text, err := key.Open(nil, p.Data[:key.NonceSize()], p.Data[key.NonceSize():], nil)
		if err != nil {
			return nil, errors.New("a payload cannot be decrypted: it was made with another secret, or changed")
		}
		plain[i] = &common.Payload{}
		if err := plain[i].Unmarshal(text); err != nil {
			return nil, err
		}
	}
	return plain, nil
}
