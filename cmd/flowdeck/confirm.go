package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/flowdeck/flowdeck/engine"
)

// real names the orgs of the run's connections that are not simulated.
func (o *opened) real() (orgs []string) {
	for _, name := range o.names {
		if id := o.ids[name]; !id.Simulated {
			orgs = append(orgs, id.Org)
		}
	}
	return orgs
}

// confirm asks a person before a flow writes to an org that is real: it shows what a dry run would write,
// and asks once. Without a terminal nobody can be asked, and --yes must have said so.
func (r *runner) confirm(e env, p *engine.Plan, s engine.Start) error {
	orgs := r.conns.real()
	if r.options.yes || r.options.dryRun || len(orgs) == 0 || !p.Writes() {
		return nil
	}
	where := strings.Join(orgs, " and ")
	in, ok := e.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return usage("--yes says that it is meant; --dry-run shows what it would write", "flow %q writes to %s, which is not simulated", p.Flow, where)
	}
	fmt.Fprintln(r.screen, "dry run first: every read is made, and no write")
	r.dry = &dryRun{Writes: []write{}}
	dry := r.run(p, s)
	r.wait()
	r.dry.sort()
	r.dry.text(r.screen, dry.undecidable)
	if dry.Status == engine.Failed {
		dry.Error.text(r.screen)
		return &exit{code: exitFailed, err: errors.New("the dry run failed, so nothing is done")}
	}
	r.dry, r.started = nil, nil
	fmt.Fprintf(r.screen, "go on, and write to %s? [y/N] ", where)
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return &exit{code: exitFailed, err: err}
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return &exit{code: exitFailed, err: errors.New("nothing is done")}
	}
	return nil
}
