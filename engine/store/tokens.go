package store

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Token allows its holder to use a server of the workspace. The text of the token is not kept.
type Token struct {
	Name    string
	Role    string
	Flows   []string // that it is restricted to; nil: all flows
	Created time.Time
	Expires time.Time // zero: never
	Used    time.Time // about when it was used last; zero: never
	Revoked time.Time // zero: it was not
}

// Valid reports whether the token can be used at a time.
func (t Token) Valid(now time.Time) bool {
	return t.Revoked.IsZero() && (t.Expires.IsZero() || now.Before(t.Expires))
}

// AddToken adds a token with a text. It is an error if a token has, or had, its name: a name is that of one holder for ever.
func (s *Store) AddToken(ctx context.Context, t Token, text string) error {
	flows, err := json.Marshal(t.Flows)
	if err != nil { // a list of texts
		return err
	}
	hash := sha256.Sum256([]byte(text))
	return s.write(ctx, func(tx *tx) error {
		var known, revoked int
		if err := tx.row("SELECT count(*), count(*) FILTER (WHERE revoked > 0) FROM tokens WHERE name = ?", []any{t.Name}, &known, &revoked); err != nil {
			return err
		}
		switch {
		case revoked > 0:
			return invalid(card.Conflict, "token_exists", fmt.Sprintf("there was a token %q, which was revoked", t.Name),
				"choose another name: runs are logged as started by it, and a role of its own sees the runs of its name")
		case known > 0:
			return invalid(card.Conflict, "token_exists", fmt.Sprintf("there is a token %q", t.Name), "choose another name: several tokens are valid at a time")
		}
		return tx.exec("INSERT INTO tokens (name, role, flows, hash, created, expires) VALUES (?, ?, ?, ?, ?, ?)", t.Name, t.Role, string(flows), hash[:], s.now(), toMicro(t.Expires))
	})
}

// Tokens returns all tokens, in the order in which they were added.
func (s *Store) Tokens(ctx context.Context) (all []Token, err error) {
	err = s.eachToken(ctx, func(t Token, _ []byte) { all = append(all, t) })
	return all, err
}

func (s *Store) eachToken(ctx context.Context, see func(t Token, hash []byte)) error {
	return s.each(ctx, "SELECT name, role, flows, hash, created, expires, used, revoked FROM tokens ORDER BY id", nil, func(rows *sql.Rows) error {
		var t Token
		var flows string
		var hash []byte
		var created, expires, used, revoked int64
		if err := rows.Scan(&t.Name, &t.Role, &flows, &hash, &created, &expires, &used, &revoked); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(flows), &t.Flows); err != nil {
			return s.damaged()
		}
		t.Created, t.Expires, t.Used, t.Revoked = time.UnixMicro(created), fromMicro(expires), fromMicro(used), fromMicro(revoked)
		see(t, hash)
		return nil
	})
}

// usedAgain is the time after which the use of a token is noted again.
const usedAgain = time.Hour

// Token returns the valid token with a text; nil if there is none. The time that it takes does not depend on how much of the text is right.
func (s *Store) Token(ctx context.Context, text string) (found *Token, err error) {
	given, now := sha256.Sum256([]byte(text)), s.config.Clock.Now()
	err = s.eachToken(ctx, func(t Token, hash []byte) {
		if subtle.ConstantTimeCompare(given[:], hash) == 1 && t.Valid(now) {
			found = &t
		}
	})
	if err == nil && found != nil && now.Sub(found.Used) > usedAgain {
		err = s.write(ctx, func(tx *tx) error {
			return tx.exec("UPDATE tokens SET used = ? WHERE hash = ?", now.UnixMicro(), given[:])
		})
	}
	return found, err
}

// RevokeToken revokes the token with a name. The error has the kind card.NotFound if there is none.
func (s *Store) RevokeToken(ctx context.Context, name string) error {
	return s.write(ctx, func(tx *tx) error {
		n, err := tx.change("UPDATE tokens SET revoked = ? WHERE name = ? AND revoked = 0", s.now(), name)
		if err == nil && n == 0 {
			err = invalid(card.NotFound, "unknown_token", fmt.Sprintf("there is no token %q", name), "'flowdeck token list' lists them")
		}
		return err
	})
}
