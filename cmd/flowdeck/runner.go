package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/local"
)

// runner runs a flow, and those that it starts, on the same connections.
type runner struct {
	options runOptions
	err     io.Writer // where progress is shown
	dir     string    // where the runs' folders are
	log     *slog.Logger
	conns   *opened
	planned func(flow string) *engine.Plan
	ctx     context.Context // ends with the first Ctrl-C
	abort   context.Context // ends with the second

	hide func([]byte) []byte // hides secrets in what is kept; nil: there are none

	dry *dryRun // nil: a real run

	going   sync.WaitGroup
	mu      sync.Mutex
	started []*report
}

// run runs a flow to its end, and shows how far it is.
func (r *runner) run(p *engine.Plan, s engine.Start) *report {
	watch := newWatch(r.log)
	progress := newProgress(r.err, watch, r.options)
	out := r.play(p, s, watch, func(e engine.Event) { watch.see(e); progress.show(e) })
	progress.done()
	return out
}

// begin begins a flow as a run of its own, in the background.
func (r *runner) begin(flow string, s engine.Start) (string, error) {
	p := r.planned(flow)
	if p == nil {
		return "", fmt.Errorf("flow %q was not checked", flow)
	}
	s.Run = newRunID()
	r.going.Go(func() {
		watch := newWatch(r.log)
		report := r.play(p, s, watch, watch.see)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.started = append(r.started, report)
	})
	return s.Run, nil
}

// wait waits for the runs that were begun, and by those, and gives their reports in the order of their ends.
func (r *runner) wait() []*report {
	r.going.Wait()
	return r.started
}

func (r *runner) play(p *engine.Plan, s engine.Start, w *watch, listen func(engine.Event)) *report {
	begin, waited := time.Now(), r.conns.waited()
	rt := local.New(r.ctx, local.Config{
		Run: s.Run, Cards: cards.All(), Connections: r.conns.conns, Dir: filepath.Join(r.dir, s.Run),
		Listen: listen, Log: r.log, Abort: r.abort, Start: r.begin, Hide: r.hide,
	})
	if r.dry != nil {
		rt = engine.Dry(rt, cards.All(), r.dry.add)
	}
	out, err := engine.Run(rt, p, s)
	return newReport(s.Run, p, r.conns, w, r.conns.waited().since(waited), out, err, time.Since(begin))
}

// newRunID names a run: by the second in which it began, so that names sort, and by chance.
func newRunID() string {
	var chance [3]byte
	_, _ = rand.Read(chance[:]) // never fails, says its documentation
	return time.Now().UTC().Format("20060102-150405-") + hex.EncodeToString(chance[:])
}
