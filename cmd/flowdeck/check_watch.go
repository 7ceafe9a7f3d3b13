package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/host"
)

// watchLook is the time between two looks at the files. Looks that take longer than a tenth of it are rarer.
const watchLook = 250 * time.Millisecond

// watchFlows checks again each time that files have changed, until Ctrl-C. Only the first check can fail: later, an argument may be a file that
// is gone for a moment.
func watchFlows(ctx context.Context, e env, dir string, args []string) error {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	parts, err := partsToCheck(e, dir, args)
	if err != nil {
		return err
	}
	show := func() {
		terminal.Clear(e.lookup, e.screen)
		if err == nil {
			err = checkParts(e, parts, "text")
		}
		if err != nil {
			printError(e, err)
		}
		fmt.Fprintf(e.err, "checked at %s, and again when a file changes (Ctrl-C stops it)\n", time.Now().Format(time.TimeOnly))
	}
	changes := host.ChangesSince(sumOfParts(parts, err))
	show()
	for look := watchLook; ; {
		if err := (clock.System{}).Sleep(ctx, time.Now().Add(look)); err != nil {
			return err
		}
		began := time.Now()
		parts, err = partsToCheck(e, dir, args)
		changed := changes.Settled(sumOfParts(parts, err))
		look = max(watchLook, 10*time.Since(began))
		if changed {
			fmt.Fprintln(e.err)
			show()
		}
	}
}

// sumOfParts identifies the contents of the files of parts, or the error that prevents a check of them.
func sumOfParts(parts []part, err error) host.Sum {
	if err != nil {
		return sha256.Sum256([]byte(err.Error()))
	}
	h := sha256.New()
	for _, p := range parts {
		sum := p.in.SumOfAll()
		h.Write(sumOfTests(p.in))
		if h.Write(sum[:]); p.other != nil {
			h.Write(p.other.Sum[:])
		}
	}
	return host.Sum(h.Sum(nil))
}
