package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/flowdeck/flowdeck/cards"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/keep"
	"github.com/flowdeck/flowdeck/engine/local"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// runner runs a flow, and those that it starts, on the same connections.
type runner struct {
	options runOptions
	screen  *screen // where progress is shown
	dir     string  // where the runs' folders are
	files   fs.FS   // the workspace's folder
	log     *slog.Logger
	conns   *opened
	planned func(flow string) *engine.Plan
	ctx     context.Context // ends with the first Ctrl-C
	abort   context.Context // ends with the second

	veil *veil.Veil // over all that is written

	dry *dryRun // nil: a real run

	going   sync.WaitGroup
	mu      sync.Mutex
	started []*report
}

// run runs a flow to its end, and shows how far it is.
func (r *runner) run(p *engine.Plan, s engine.Start) *report {
	watch := newWatch()
	shown := r.shown(watch)
	tellStop := context.AfterFunc(r.ctx, func() { r.tell("stopping: no new record begins, those in flight finish; Ctrl-C again cuts them off") })
	tellAbort := context.AfterFunc(r.abort, func() { r.tell("cutting off what is in flight") })
	out := r.play(p, s, watch, shown...)
	tellStop()
	tellAbort()
	for _, progress := range shown {
		progress.done()
	}
	return out
}

// shown is the progress that the person wants to see.
func (r *runner) shown(w *watch) (shown []progress) {
	switch {
	case r.options.json:
	case r.screen.live:
		shown = append(shown, newBars(r.screen, w, r.conns.waited))
	default:
		shown = append(shown, newLines(r.screen, w))
	}
	switch r.options.verbose {
	case 0:
	case 1:
		shown = append(shown, tree{r.screen, w})
	default:
		shown = append(shown, logged{r.log})
	}
	return shown
}

// tell tells a person something in between.
func (r *runner) tell(line string) {
	if !r.options.json {
		fmt.Fprintln(r.screen, line)
	}
}

// begin begins a flow as a run of its own, in the background.
func (r *runner) begin(flow string, s engine.Start) error {
	p := r.planned(flow)
	if p == nil {
		return fmt.Errorf("flow %q was not checked", flow)
	}
	r.going.Go(func() {
		var shown []progress
		if r.options.verbose > 1 {
			shown = append(shown, logged{r.log})
		}
		report := r.play(p, s, newWatch(), shown...)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.started = append(r.started, report)
	})
	return nil
}

// wait waits for the runs that were begun, and by those, and gives their reports in the order of their ends.
func (r *runner) wait() []*report {
	r.going.Wait()
	return r.started
}

// play runs a flow. Of each event the watch hears first, then the others.
func (r *runner) play(p *engine.Plan, s engine.Start, w *watch, shown ...progress) *report {
	begin, waited := time.Now(), r.conns.waited()
	folder := keep.NewFolder(filepath.Join(r.dir, s.Run), r.veil.JSON)
	w.results = func(name string) string {
		if name == "" {
			return ""
		}
		return folder.File(name)
	}
	s.DryRun = r.dry != nil
	rt := local.New(r.ctx, local.Config{
		Run: s.Run, Cards: cards.All(), Connections: r.conns.conns, Keeper: folder, Files: r.files,
		Log: r.log, Abort: r.abort, Start: r.begin,
		Listen: func(e engine.Event) {
			switch e.Kind {
			case engine.Learned:
				r.veil.Learn(e.Secrets...)
			case engine.Withheld:
				r.dry.add(e)
			}
			w.see(e)
			for _, progress := range shown {
				progress.see(e)
			}
		},
	})
	out, err := engine.Run(rt, p, s)
	return newReport(s.Run, p, r.conns, w, r.conns.waited().since(waited), out, err, time.Since(begin))
}

// newRunID names a run: by the second in which it began, so that names sort, and by chance.
func newRunID() string {
	var chance [3]byte
	_, _ = rand.Read(chance[:]) // never fails, says its documentation
	return time.Now().UTC().Format("20060102-150405-") + hex.EncodeToString(chance[:])
}
