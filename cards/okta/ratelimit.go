package okta

import (
	"fmt"
	"strconv"
	"strings"
)

// rateLimit is how much of the org's limits a connection may use. A nil one is all.
type rateLimit struct {
	Share any `json:"share" jsonschema:"the part of every limit to use, in percent, such as 50%; the rest is left to others" minimum:"1" maximum:"100" pattern:"^[0-9]+([.][0-9]+)?%?$"`
}

// part is the share as a part of 1: 0.5 for "50%", "50" and 50.
func (r *rateLimit) part() (float64, error) {
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
			return 0, fmt.Errorf("the share %q of `rate_limit` is no percentage", share)
		}
	default:
		return 0, fmt.Errorf("the share %v of `rate_limit` is no percentage", share)
	}
	if !(percent >= 1 && percent <= 100) {
		return 0, fmt.Errorf("the share %v of `rate_limit` is not between 1%% and 100%%", r.Share)
	}
	return percent / 100, nil
}
