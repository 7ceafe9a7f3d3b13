package oktasim

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"
	"time"
)

// proofs has the nonces for DPoP proofs, and the identifiers of assertions and proofs that were used. It is safe for concurrent use.
type proofs struct {
	secret [32]byte

	mu    sync.Mutex
	used  map[string]int64 // when it would be refused anyway, in seconds since 1970
	prune int              // the number of identifiers at which those are removed
}

func newProofs() *proofs {
	p := &proofs{used: map[string]int64{}, prune: 1_000}
	rand.Read(p.secret[:])
	return p
}

// first reports whether an identifier is used for the first time. It is remembered until the given time.
func (p *proofs) first(id string, until, now int64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if end, used := p.used[id]; used && end >= now {
		return false
	}
	if len(p.used) >= p.prune {
		for old, end := range p.used {
			if end < now {
				delete(p.used, old)
			}
		}
		p.prune = max(1_000, 2*len(p.used))
	}
	p.used[id] = until
	return true
}

// A nonce is renewed after a day, and accepted for three days (Okta's guide "Configure DPoP").
const (
	nonceRenewed = 24 * time.Hour
	nonceDays    = 3
)

// nonce returns the nonce of a time.
func (p *proofs) nonce(now instant) string { return p.nonceOf(now.day()) }

// current reports whether a nonce is accepted.
func (p *proofs) current(nonce string, now instant) bool {
	for age := range int64(nonceDays) {
		if nonce == p.nonceOf(now.day()-age) {
			return true
		}
	}
	return false
}

func (p *proofs) nonceOf(day int64) string {
	sum := hmac.New(sha256.New, p.secret[:])
	fmt.Fprint(sum, day)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))[:32]
}

// day returns the number of the day of a time.
func (t instant) day() int64 { return int64(t) / nonceRenewed.Milliseconds() }
