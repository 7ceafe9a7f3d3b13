package scim

import (
	"cmp"
	"fmt"
	"time"
)

// tokenAge is what is known of the age of a token.
type tokenAge struct{ issued, expires time.Time } // zero: not known

// soon is how long before a token expires it is warned of.
const soon = 30 * 24 * time.Hour

// defaultTokenDays is for how many days the tokens of most targets are valid.
const defaultTokenDays = 365

// tokenAge returns what the settings say about the token.
func (c config) tokenAge() (tokenAge, error) {
	if c.TokenIssued == "" {
		return tokenAge{}, nil
	}
	issued, err := time.Parse(time.DateOnly, c.TokenIssued)
	if err != nil {
		return tokenAge{}, misconfigured("write it as 2026-01-31", fmt.Sprintf("`token_issued` %q is not a day", c.TokenIssued))
	}
	return tokenAge{issued, issued.AddDate(0, 0, cmp.Or(c.TokenDays, defaultTokenDays))}, nil
}

// days returns how many whole days are left until the token expires; negative if it has expired.
func (a tokenAge) days(now time.Time) int {
	left := a.expires.Sub(now)
	if left < 0 {
		return -1 - int(-left/(24*time.Hour))
	}
	return int(left / (24 * time.Hour))
}

// warnings returns what people should know about the age of the token.
func (a tokenAge) warnings(now time.Time) []string {
	switch {
	case a.expires.IsZero() || a.expires.Sub(now) > soon:
		return nil
	case !now.Before(a.expires):
		return []string{"the token expired on " + a.expires.UTC().Format(time.DateOnly) + ": make a new one in the target"}
	}
	return []string{fmt.Sprintf("the token expires on %s: make a new one in the target", a.expires.UTC().Format(time.DateOnly))}
}
