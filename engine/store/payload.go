package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
)

// payload is a JSON value as it is kept: in its row, or as a blob that the row refers to. The first byte tells which.
type payload struct {
	row        []byte
	hash, blob []byte
}

const (
	plainMark  = 'p' // JSON
	sealedMark = 's' // JSON with secrets that are encrypted or missing
	blobMark   = 'b' // the hash of a blob, which has one of the other marks
)

// longestInRow is the length in bytes from which a value is a blob.
const longestInRow = 64 << 10

// size returns the number of bytes that the payload takes.
func (p payload) size() int { return len(p.row) + len(p.blob) }

// hasSecrets reports whether a part of the value is encrypted or missing.
func (p payload) hasSecrets() bool {
	return p.row[0] == sealedMark || p.blob != nil && p.blob[0] == sealedMark
}

// keep writes the blob, if there is one.
func (p payload) keep(tx *tx, run int64) error {
	if p.blob == nil {
		return nil
	}
	return tx.exec("INSERT OR IGNORE INTO blobs (run, hash, data) VALUES (?, ?, ?)", run, p.hash, p.blob)
}

// encode is json.Marshal, without its second look at what a value of the engine has encoded itself.
func encode(value any) ([]byte, error) {
	if own, ok := value.(json.Marshaler); ok {
		return own.MarshalJSON()
	}
	return json.Marshal(value)
}

// pack encodes a value for a row. Its secrets are encrypted.
func (s *Store) pack(row string, value any) (payload, error) {
	text, err := encode(value)
	if err != nil {
		return payload{}, &card.Error{Kind: card.Storage, Message: "a value cannot be kept: " + err.Error(), Err: err}
	}
	mark := byte(plainMark)
	if !bytes.Equal(s.config.Veil.Text(text), text) {
		mark = sealedMark
		if text, err = s.sealed(row, text); err != nil {
			return payload{}, err
		}
	}
	data := append([]byte{mark}, text...)
	if len(data) <= longestInRow {
		return payload{row: data}, nil
	}
	hash := sha256.Sum256(data)
	return payload{row: append([]byte{blobMark}, hash[:]...), hash: hash[:], blob: data}, nil
}

// reader reads payloads of a run.
type reader struct {
	store  *Store
	run    int64
	people bool // secrets are hidden, not decrypted
	lost   bool // secrets that cannot be decrypted are engine.LostSecret
}

// readKept is read for a run that is resumed: a secret that was not kept is an engine.LostSecret or, in a text of an error, hidden.
func (r reader) readKept(row string, data []byte, into any) error {
	err := r.read(row, data, into)
	if !isNotKept(err) {
		return err
	}
	r.lost = true
	if err := r.read(row, data, into); err == nil {
		return nil
	}
	r.people = true
	return r.read(row, data, into)
}

// read decodes the payload of a row. It does nothing if there is none.
func (r reader) read(row string, data []byte, into any) error {
	if len(data) == 0 {
		return nil
	}
	if data[0] == blobMark {
		hash := data[1:]
		err := r.store.db.QueryRowContext(context.Background(), "SELECT data FROM blobs WHERE run = ? AND hash = ?", r.run, hash).Scan(&data)
		if errors.Is(err, sql.ErrNoRows) || err == nil && len(data) == 0 {
			return r.store.damaged()
		} else if err != nil {
			return r.store.failure(err)
		}
	}
	text := data[1:]
	if data[0] == sealedMark {
		var err error
		if text, err = r.unsealed(row, text); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return r.store.damaged()
	}
	return nil
}

// damaged returns the error of a row that cannot be decoded.
func (s *Store) damaged() error {
	return invalid(card.Storage, "damaged_journal", s.file+" has an entry that cannot be read",
		"move it to another place, with the files -wal and -shm next to it; new runs then make a new one")
}
