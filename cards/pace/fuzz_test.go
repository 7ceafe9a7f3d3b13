package pace_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/engine/clock"
)

// Whatever the headers are, a request leaves within two windows, or a few when it is not alone.
func FuzzHeaders(f *testing.F) {
	const date = "Sat, 01 Jan 2000 00:00:00 GMT"
	f.Add("600", "0", "946684860", date, "600", "599", "946684920", date)
	f.Add("0", "0", "946684860", date, "0", "0", "9999999999999", "")
	f.Add("-1", "99999999999999999999", "-5", "yesterday", "1", "1", "0", date)
	f.Add("9223372036854775807", "9223372036854775807", "9223372036854775807", date, "1", "0", "-9223372036854775808", date)
	f.Fuzz(func(t *testing.T, limit1, remaining1, reset1, date1, limit2, remaining2, reset2, date2 string) {
		headers := func(limit, remaining, reset, date string) http.Header {
			return http.Header{"X-Rate-Limit-Limit": {limit}, "X-Rate-Limit-Remaining": {remaining}, "X-Rate-Limit-Reset": {reset}, "Date": {date}}
		}
		answers := []http.Header{headers(limit1, remaining1, reset1, date1), headers(limit2, remaining2, reset2, date2), nil}
		synctest.Test(t, func(t *testing.T) {
			g := pace.New(clock.System{}, 0.3)
			for i := range 12 {
				start := time.Now()
				pass, err := g.Enter(t.Context(), []string{"users", "groups"}[i/2%2])
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took > 2*time.Minute+time.Second {
					t.Fatalf("request %d waited %v", i, took)
				}
				time.Sleep(time.Duration(i) * 100 * time.Millisecond)
				pass.Done(answers[i%len(answers)])
			}
		})
	})
}
