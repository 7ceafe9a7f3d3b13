package pace

import (
	"fmt"
	"strconv"
	"strings"
)

// Fraction is the setting of a connection for the share of the rate limits that it may use. Nil means all of it.
type Fraction struct {
	Share any `json:"share" jsonschema:"the share of each limit to use, in percent, such as 50%; the rest is left to other clients" minimum:"1" maximum:"100" pattern:"^[0-9]+([.][0-9]+)?%?$"`
}

// Part returns the share as a fraction: 0.5 for "50%", "50" and 50.
func (r *Fraction) Part() (float64, error) {
	if r == nil {
		return 1, nil
	}
	percent := 0.0
	switch share := r.Share.(type) {
	case int:
		percent = float64(share)
	case float64:
		percent = share
	case string:
		var err error
		if percent, err = strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(share, "%")), 64); err != nil {
			return 0, fmt.Errorf("the share %q of `rate_limit` is not a percentage", share)
		}
	default:
		return 0, fmt.Errorf("the share %v of `rate_limit` is not a percentage", share)
	}
	if !(percent >= 1 && percent <= 100) {
		return 0, fmt.Errorf("the share %v of `rate_limit` is not between 1%% and 100%%", r.Share)
	}
	return percent / 100, nil
}
