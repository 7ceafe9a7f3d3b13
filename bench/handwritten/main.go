// Command handwritten does the job of bench/throughput/suspend-all.yaml as a program written for this job alone,
// with net/http, encoding/json and errgroup. flowdeck is compared with it, so it must not use flowdeck or Okta's
// SDK, and must not be slower than necessary.
//
// Usage: handwritten ORG GROUP, with the API token in OKTA_API_TOKEN.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	width = 16
	idle  = 90 * 24 * time.Hour
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: handwritten ORG GROUP")
		os.Exit(2)
	}
	c := newClient(os.Args[1], os.Getenv("OKTA_API_TOKEN"))
	done, err := sweep(context.Background(), c, os.Args[2], time.Now().Add(-idle))
	if err != nil {
		fmt.Fprintln(os.Stderr, "handwritten:", err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(done)
}

// tally counts the members by outcome.
type tally struct {
	Suspended int64 `json:"suspended"`
	Skipped   int64 `json:"skipped"`
}

// sweep suspends the active members of the group who have not signed in since cutoff.
func sweep(ctx context.Context, c *client, group string, cutoff time.Time) (tally, error) {
	groups, _, err := c.page(ctx, c.org+"/api/v1/groups?search="+url.QueryEscape(fmt.Sprintf("profile.name eq %q", group)))
	if err != nil {
		return tally{}, err
	}
	if len(groups) == 0 {
		return tally{}, fmt.Errorf("group %q not found", group)
	}
	id, _ := groups[0]["id"].(string)

	var suspended, skipped atomic.Int64
	work, ctx := errgroup.WithContext(ctx)
	members := make(chan map[string]any, 1000) // one page ahead
	work.Go(func() error {
		defer close(members)
		return c.members(ctx, id, members)
	})
	for range width {
		work.Go(func() error {
			for member := range members {
				did, err := suspendIfIdle(ctx, c, member, cutoff)
				if err != nil {
					return err
				}
				if did {
					suspended.Add(1)
				} else {
					skipped.Add(1)
				}
			}
			return nil
		})
	}
	err = work.Wait()
	return tally{Suspended: suspended.Load(), Skipped: skipped.Load()}, err
}

// suspendIfIdle reads the user again, because the list may be out of date, and reports whether it suspended them.
func suspendIfIdle(ctx context.Context, c *client, member map[string]any, cutoff time.Time) (bool, error) {
	id, _ := member["id"].(string)
	user, err := c.get(ctx, "/api/v1/users/"+url.PathEscape(id))
	if err != nil {
		return false, err
	}
	if user["status"] != "ACTIVE" {
		return false, nil
	}
	seen, ok := user["lastLogin"].(string)
	if !ok {
		seen, _ = user["created"].(string)
	}
	at, err := time.Parse(time.RFC3339, seen)
	if err != nil {
		return false, fmt.Errorf("user %s: %w", id, err)
	}
	if at.After(cutoff) {
		return false, nil
	}
	return true, c.post(ctx, "/api/v1/users/"+url.PathEscape(id)+"/lifecycle/suspend")
}
