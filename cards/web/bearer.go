package web

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// TokenTimes returns when the bearer token of the connection was issued and when it expires, if it is a JSON Web Token; zero if that is not known. The
// signature is not checked: the times are for people.
//
// Source: RFC 7519, sections 4.1.4 and 4.1.6
func (s *Session) TokenTimes() (issued, expires time.Time) {
	for _, h := range s.headers {
		parts := strings.Split(strings.TrimPrefix(h.value(), bearer), ".")
		if h.name != "Authorization" || h.scheme != bearer || len(parts) != 3 {
			continue
		}
		payload, err := base64.RawURLEncoding.DecodeString(parts[1])
		if err != nil {
			continue
		}
		var claims struct{ Iat, Exp float64 }
		if json.Unmarshal(payload, &claims) == nil {
			return instant(claims.Iat), instant(claims.Exp)
		}
	}
	return time.Time{}, time.Time{}
}

// instant returns the time of a NumericDate; zero if it is none.
func instant(seconds float64) time.Time {
	const year9999 = 253402300799
	if seconds <= 0 || seconds > year9999 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}
