package store

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// CodeOtherRequest is the code of the error for a request with the key of another one.
const CodeOtherRequest = "other_request"

// digests returns the digests of the requests of occasions, without those that have none. Each starts with a name of the key that it was made
// with: those of another key cannot be compared.
func (s *Store) digests(all []Occasion) (map[int]string, error) {
	digests := map[int]string{}
	for i, o := range all {
		if o.Request == nil {
			continue
		}
		key, err := s.keys.digest("request key", "")
		if err != nil {
			return nil, err
		}
		digest, err := s.keys.digest("request", string(o.Request))
		if err != nil {
			return nil, err
		}
		digests[i] = key[:8] + "." + digest
	}
	return digests, nil
}

// sameRequests returns an error if an occasion is known, with another request.
func (s *Store) sameRequests(tx *tx, all []Occasion, digests map[int]string) error {
	for i, digest := range digests {
		var known string
		err := tx.row("SELECT digest FROM occasions WHERE flow = ? AND trigger = ? AND key = ?", []any{all[i].Flow, all[i].Trigger, all[i].Key}, &known)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		key, _, _ := strings.Cut(known, ".")
		if strings.HasPrefix(digest, key+".") && digest != known {
			return invalid(card.Conflict, CodeOtherRequest, "another request had the same key", "")
		}
	}
	return nil
}
