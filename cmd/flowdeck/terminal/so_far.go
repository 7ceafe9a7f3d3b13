package terminal

import (
	"fmt"
	"io"

	"github.com/flowdeck/flowdeck/engine/host"
)

// SoFar prints what is known of a run before it goes on, for the question whether it may: how many records have ended, what was changed, which
// writes were begun and have no answer, and which plan holds it; plan is nil if none does.
func SoFar(w io.Writer, s Styles, p *host.Past, plan *host.Plan) {
	r := p.Report
	changed := 0
	fmt.Fprintf(w, "%s started %s by %s, %s\n", s.Heading.Render("so far:"), Time(p.Run.Started), OneLine(w, p.Run.Start.By),
		s.ofRun(r.Status).Render(statusWords(r.Status)))
	for _, id := range r.Order {
		fmt.Fprintf(w, "   %s\n", line(id, *r.Streams[id]))
	}
	for _, name := range r.Wrote {
		n := r.Writes[name]
		changed += n.Changed
		fmt.Fprintf(w, "   %s: %s, %s\n", name, number(n.Calls, "call", "calls"), number(n.Changed, "change", "changes"))
	}
	doubts := r.Doubts[:min(listed, len(r.Doubts))]
	for _, d := range doubts {
		fmt.Fprintf(w, "   begun, and may have been done: %s  %s  (%s)\n", d.Card, OneLine(w, d.Target), OneLine(w, Named(d.Step, d.Title)))
	}
	if rest := len(r.Doubts) - len(doubts); rest > 0 {
		fmt.Fprintf(w, "   and %s more\n", Thousands(rest))
	}
	for _, run := range p.Started[:min(listed, len(p.Started))] {
		fmt.Fprintf(w, "   it started run %s of %s: %s\n", run.ID, OneLine(w, run.Flow), statusWords(run.Status))
	}
	if rest := len(p.Started) - listed; rest > 0 {
		fmt.Fprintf(w, "   it started %s more runs\n", Thousands(rest))
	}
	if plan == nil {
		fmt.Fprintln(w, "   no plan is shown: what is left is only known as the run goes on, which is not held to a plan")
		return
	}
	fmt.Fprintf(w, "   it is still held to the plan that %s made %s: %s in all, with started runs; %s made by this run so far\n",
		OneLine(w, plan.By), Time(plan.Made), number(plan.Summary.Changes+plan.Summary.MayChange, "change", "changes"), Thousands(changed))
}
