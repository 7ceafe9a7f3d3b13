package terminal

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
)

// Plan prints a whole plan: what it is of, the writes by card in the order of the run, what is not known, and the counts.
func Plan(w io.Writer, s Styles, p *host.Plan) {
	PlanHead(w, s, p)
	for _, group := range p.ByCard() {
		fmt.Fprintf(w, "\n%s: %s\n", s.Heading.Render(OneLine(w, group.Card)), Counted(group.Summary))
		for _, write := range group.Writes {
			if write.Verdict != host.AlreadySo {
				planned(w, s, write)
			}
		}
	}
	plannedApprovals(w, s, p)
	notPlanned(w, s, "undecidable", p.Undecidable)
	notPlanned(w, s, "failed", p.Failed)
	fmt.Fprintln(w)
	PlanCounts(w, s, p)
}

// PlanSummary prints what a person is asked to confirm: the counts for each card, the first writes that change something, and what is not known.
func PlanSummary(w io.Writer, s Styles, p *host.Plan) {
	left := listed
	for _, group := range p.ByCard() {
		fmt.Fprintf(w, "%s: %s\n", OneLine(w, group.Card), Counted(group.Summary))
		more := 0
		for _, write := range group.Writes {
			switch {
			case write.Verdict == host.AlreadySo:
			case left > 0:
				left--
				planned(w, s, write)
			default:
				more++
			}
		}
		if more > 0 {
			fmt.Fprintf(w, "  and %s more\n", Thousands(more))
		}
	}
	plannedApprovals(w, s, p)
	notPlanned(w, s, "undecidable", p.Undecidable[:min(len(p.Undecidable), listed)])
	notPlanned(w, s, "failed", p.Failed[:min(len(p.Failed), listed)])
	PlanCounts(w, s, p)
}

// PlanHead prints the line about a plan as a whole, and its inputs.
func PlanHead(w io.Writer, s Styles, p *host.Plan) {
	fmt.Fprintf(w, "%s %s, made %s by %s\n", s.Heading.Render("plan of "+p.Flow+":"), OneLine(w, p.Orgs()), Time(p.Made), OneLine(w, p.By))
	for _, name := range slices.Sorted(maps.Keys(p.Inputs)) {
		fmt.Fprintf(w, "   %s: %s\n", name, OneLine(w, inLine(p.Inputs[name])))
	}
	for _, name := range p.Secrets {
		fmt.Fprintf(w, "   %s: [secret]\n", name)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Picks)) {
		fmt.Fprintf(w, "   only a part of %s: %s\n", name, OneLine(w, picked(p.Picks[name])))
	}
}

// picked returns which records of a loop are processed.
func picked(pick engine.Pick) string {
	var parts []string
	if pick.Max > 0 {
		parts = append(parts, "--max "+Thousands(pick.Max))
	}
	for _, key := range pick.Only {
		parts = append(parts, "--only "+key)
	}
	return strings.Join(parts, " ")
}

// PlanCounts prints the last line of a plan.
func PlanCounts(w io.Writer, s Styles, p *host.Plan) {
	if p.Error != nil {
		Failure(w, p.Error)
	}
	fmt.Fprintf(w, "%s %s\n", s.Heading.Render("plan:"), PlanWords(p))
	wouldPause(w, p.Limits)
}

// PlanWords returns the counts of a plan, and whether it has all that the run may do.
func PlanWords(p *host.Plan) string {
	switch {
	case p.Status == engine.Failed:
		return "not complete, since it failed: " + Counted(p.Summary) + " so far"
	case len(p.Undecidable) > 0:
		return Counted(p.Summary) + "; what follows in an undecidable record, or run, is not listed"
	}
	return Counted(p.Summary)
}

// Counted returns the counts of a plan as a phrase.
func Counted(s host.PlanSummary) string {
	if s.Calls == 0 && s.Approvals == 0 && s.Undecidable == 0 && s.Failed == 0 {
		return "no write"
	}
	parts := []string{number(s.Calls, "call", "calls"), number(s.Changes, "change", "changes")}
	for _, part := range []struct {
		n         int
		one, many string
	}{
		{s.Destructive, "of them destructive", "of them destructive"}, {s.AlreadySo, "already so", "already so"},
		{s.MayChange, "that may change something", "that may change something"},
		{s.Approvals, "approval to ask for", "approvals to ask for"},
		{s.Undecidable, "record undecidable", "records undecidable"}, {s.Failed, "record failed", "records failed"},
	} {
		if part.n > 0 {
			parts = append(parts, number(part.n, part.one, part.many))
		}
	}
	return strings.Join(parts, ", ")
}

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// planned prints one write.
func planned(w io.Writer, s Styles, write host.PlannedWrite) {
	sign, style := "~", s.Warning
	switch {
	case write.Verdict == host.MayChange:
		sign, style = "?", s.Dim
	case write.Adds():
		sign, style = "+", s.OK
	case write.Removes():
		sign, style = "-", s.Failed
	}
	line := OneLine(w, write.Target)
	if write.Name != "" {
		line = OneLine(w, write.Name) + ": " + line
	}
	if write.Record != "" && !strings.Contains(line, OneLine(w, write.Record)) && !write.Identifies(write.Record) {
		line += Gap + "(" + OneLine(w, write.Record) + ")"
	}
	if write.Started != "" {
		line += Gap + "(in a run of " + write.Started + ")"
	}
	details := write.Details()
	for i := range details {
		details[i] = OneLine(w, details[i])
	}
	if len(details) == 1 {
		line += Gap + details[0]
		details = nil
	}
	fmt.Fprintf(w, "  %s %s\n", style.Render(sign), line)
	for _, detail := range details {
		fmt.Fprintf(w, "      %s\n", detail)
	}
}

// plannedApprovals prints the steps that ask for an approval, and before which write each of them does.
func plannedApprovals(w io.Writer, s Styles, p *host.Plan) {
	if len(p.Approvals) > 0 {
		fmt.Fprintf(w, "\n%s: %s\n", s.Heading.Render("approvals"), number(len(p.Approvals), "step", "steps"))
	}
	for _, a := range p.Approvals {
		line := OneLine(w, a.Step+": "+a.Prompted())
		if a.Count > 1 {
			line += " (" + Thousands(a.Count) + " times)"
		}
		if a.Started != "" {
			line += Gap + "(in a run of " + a.Started + ")"
		}
		next := "no write follows it"
		if write := p.Before(a); write != nil {
			next = "before " + write.Card + ": " + write.Target
		}
		fmt.Fprintf(w, "  %s %s\n      %s; decided by %s\n", s.Warning.Render("!"), line, OneLine(w, next), OneLine(w, a.Deciders()))
	}
}

func notPlanned(w io.Writer, s Styles, what string, all []host.Undecidable) {
	if len(all) > 0 {
		fmt.Fprintf(w, "\n%s: %s\n", s.Heading.Render(what), number(len(all), "record", "records"))
	}
	for _, u := range all {
		place := ""
		if u.Place != "" {
			place = " (" + u.Place + ")"
		}
		record := u.Record
		if record == "" {
			record = "the run"
		}
		fmt.Fprintf(w, "  ? %s: %s%s\n", OneLine(w, record), OneLine(w, u.Reason), place)
	}
}

// stale prints the writes that a run which was held to a plan did not make.
func (r summary) stale(s *Screen) {
	if r.Plan == nil {
		return
	}
	for _, part := range []struct {
		n    int
		what string
		all  []host.Stale
	}{
		{r.Plan.NotMade, number(r.Plan.NotMade, "write was not made", "writes were not made"), r.Plan.Stale},
		{r.Plan.NotReached, number(r.Plan.NotReached, "planned change was not reached", "planned changes were not reached"), r.Plan.Unreached},
	} {
		if part.n == 0 {
			continue
		}
		fmt.Fprintf(s, "not as planned: %s\n", part.what)
		n := min(len(part.all), listed)
		for _, stale := range part.all[:n] {
			fmt.Fprintf(s, "   %s\n", OneLine(s, stale.Target+": "+stale.Why+Gap+"("+stale.Card+")"))
		}
		if rest := part.n - n; rest > 0 {
			fmt.Fprintf(s, "   and %s more: --json lists them\n", Thousands(rest))
		}
	}
}
