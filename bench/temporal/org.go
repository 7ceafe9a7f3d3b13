package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// people returns the seed of an org with n users who are idle.
func people(n int) []byte {
	var b bytes.Buffer
	b.WriteString("now: 2026-03-01T00:00:00Z\nusers:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - {login: member%[1]d@acme.example, firstName: Member, lastName: No%[1]d, lastLogin: 2025-06-01T08:00:00Z}\n", i)
	}
	return b.Bytes()
}

// orgClient reads the log of requests of the org. One goroutine at a time may use it.
type orgClient struct {
	address   string
	last      uint64         // the number of the last request that was read
	suspended map[string]int // suspensions that succeeded, by path
	again     int            // suspensions that did not
	missed    uint64         // requests that the org did not remember any more
}

// look reads the requests since the last look.
func (o *orgClient) look(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s/-/requests?since=%d", o.address, o.last), nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if o.suspended == nil {
		o.suspended = map[string]int{}
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		var r struct {
			Number       uint64
			Method, Path string
			Status       int
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return err
		}
		o.missed += r.Number - o.last - 1
		o.last = r.Number
		switch {
		case r.Method != http.MethodPost || !strings.HasSuffix(r.Path, "/lifecycle/suspend"):
		case r.Status == http.StatusOK:
			o.suspended[r.Path]++
		default:
			o.again++
		}
	}
	return lines.Err()
}

// kills follows the log of requests until ctx ends. It calls kill, with the number of kills before, each time when another part of the members is suspended, and
// shown about every second if that has changed.
func kills(ctx context.Context, c config, org *orgClient, kill func(int) error, shown func(int)) error {
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	done, last, before := 0, time.Now(), -1
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
		if err := org.look(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		if done < c.kills && len(org.suspended) >= (done+1)*c.members/(c.kills+1) {
			if err := kill(done); err != nil {
				return err
			}
			done++
		}
		n := len(org.suspended)
		if past := time.Since(last); n != before && past > time.Second*max(1, time.Duration(c.members/20_000)) || past > 10*time.Second {
			shown(n)
			last, before = time.Now(), n
		}
	}
}
