package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
	"github.com/flowdeck/flowdeck/engine/words"
)

// markdownRun writes a run, those that it started, and each of their changes as Markdown, for auditors. It writes one change after the other.
func markdownRun(ctx context.Context, w *host.Workspace, out io.Writer, id string) error {
	to := bufio.NewWriter(out)
	heading := "# Run "
	if err := w.Family(ctx, id, func(p *host.Past) error {
		var found store.Verified
		if err := w.Verify(ctx, []string{p.Run.ID}, func(v store.Verified) error { found = v; return nil }); err != nil {
			return err
		}
		fmt.Fprintf(to, "%s%s: %s\n\n", heading, p.Run.ID, markdownText(p.Run.Flow))
		heading = "\n# Run "
		markdownFacts(to, p, found)
		markdownApprovals(to, p.Report.Approvals)
		markdownNotUndone(to, p.NotUndone)
		return markdownChanges(ctx, w, to, p.Run)
	}); err != nil {
		return err
	}
	return to.Flush()
}

// markdownFacts writes what is known of a run as a whole.
func markdownFacts(to io.Writer, p *host.Past, found store.Verified) {
	fmt.Fprint(to, "| | |\n|---|---|\n")
	fact := func(name, value string) {
		if value != "" {
			fmt.Fprintf(to, "| %s | %s |\n", name, value)
		}
	}
	r := p.Report
	fact("status", markdownText(strings.ReplaceAll(string(r.Status), "_", " ")))
	fact("reason", markdownText(r.Reason))
	if r.Error != nil {
		fact("error", markdownText(string(r.Error.Kind)+": "+r.Error.Message))
	}
	who, account := p.Starter()
	fact("started by", markdownText(who))
	fact("acts in the org as", markdownText(account))
	if undoes := p.Run.Start.Undoes; undoes != nil {
		force := ""
		if undoes.Force {
			force = ", with --force: also what somebody else changed since"
		}
		fact("takes back the run", markdownText(undoes.Run)+force)
	}
	fact("taken back by the run", markdownText(p.Undone))
	fact("repeats the run", markdownText(p.Run.Start.Repeats))
	fact("started", markdownTime(p.Run.Started))
	fact("ended", markdownTime(p.Run.Ended))
	fact("flow", markdownText(p.Run.Flow)+", digest `"+p.Run.Digest+"`")
	for _, again := range p.Resumed {
		fact("resumed", markdownResumed(again, p.Run.Digest))
	}
	for _, c := range p.Run.Connections {
		org := markdownText(c.Org)
		if c.Simulated {
			org += " (simulated)"
		}
		if c.As != "" {
			org += " as " + markdownText(c.As)
		}
		fact("connection "+markdownText(c.Name), org)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Run.Start.Inputs)) {
		fact("input "+markdownText(name), markdownText(engine.Words(p.Run.Start.Inputs[name])))
	}
	if p := r.Plan; p != nil {
		fact("plan", fmt.Sprintf("digest `%s`, made %s by %s; writes that were not made, as it did not hold: %d; planned changes to which the run did not come: %d",
			p.Digest, markdownTime(p.Made), markdownText(p.By), p.NotMade, p.NotReached))
	}
	for _, m := range engine.Measures {
		if l := r.Limits[m]; l != nil {
			fact("limit of "+string(m), fmt.Sprintf("%v allowed (%s), %v used", l.Allowed, markdownText(l.By), l.Used))
		}
	}
	if p.Run.Counted {
		fact("history", "counts only (--no-history): its changes are not known")
	}
	switch {
	case found.Problem != nil:
		fact("chain of hashes", "**does not fit**: "+markdownText(strings.TrimSpace(found.Problem.Step+" "+found.Problem.Card+" "+found.Problem.What)))
	case found.Chain == nil:
		fact("chain of hashes", "none, as the run is of an older version")
	default:
		with := ""
		if found.Chain.Keyed {
			with = " with a key"
		}
		fact("chain of hashes", fmt.Sprintf("fits: %d entries%s, head `%s`", found.Chain.Entries, with, found.Chain.Head))
	}
}

// markdownResumed returns when, by whom and how a run with a flow went on.
func markdownResumed(r store.Resumption, digest string) string {
	text := markdownTime(r.At)
	if r.By != "" {
		text += " by " + markdownText(r.By)
	}
	if r.Digest != "" && r.Digest != digest {
		text += ", **with a changed flow**, digest `" + markdownText(r.Digest) + "`"
	}
	for _, m := range engine.Measures {
		n, given := r.Allow[m]
		switch {
		case given && m == engine.TimeMeasure:
			text += fmt.Sprintf(", --allow %s=%s", m, time.Duration(n))
		case given:
			text += fmt.Sprintf(", --allow %s=%d", m, n)
		}
	}
	return text
}

// markdownNotUndone writes what the undos of a run left.
func markdownNotUndone(to io.Writer, all []host.NotUndone) {
	if len(all) == 0 {
		return
	}
	fmt.Fprint(to, "\n## Not taken back\n\n| step | card | target | why |\n|---|---|---|---|\n")
	for _, one := range all {
		fmt.Fprintf(to, "| %s | %s | %s | %s |\n", markdownText(one.Step), markdownText(one.Card), markdownText(one.Target), markdownText(one.Why))
	}
}

// markdownApprovals writes what a run has asked, and who decided.
func markdownApprovals(to io.Writer, all []host.Approval) {
	if len(all) == 0 {
		return
	}
	fmt.Fprint(to, "\n| asked | step | question | shown | decision | digest of what was shown |\n|---|---|---|---|---|---|\n")
	for _, a := range all {
		decision := string(a.Status)
		if a.DecidedBy != "" {
			decision += " " + markdownTime(a.Decided) + " by " + markdownText(a.DecidedBy)
		}
		if a.Note != "" {
			decision += "<br>note: " + markdownText(a.Note)
		}
		if !a.Used.IsZero() {
			decision += "<br>used " + markdownTime(a.Used)
		}
		shown := ""
		if a.Show != nil {
			shown = markdownText(engine.Words(a.Show))
		}
		fmt.Fprintf(to, "| %s | %s | %s | %s | %s | `%s` |\n", markdownTime(a.Asked), markdownText(a.Step), markdownText(a.Prompt), shown, decision, markdownText(a.Digest))
	}
}

// markdownChanges writes the changes of a run.
func markdownChanges(ctx context.Context, w *host.Workspace, to io.Writer, run store.Run) error {
	counts := map[host.ActResult]int{}
	if err := w.Changes(ctx, run.ID, func(c host.Change) error {
		if len(counts) == 0 {
			fmt.Fprint(to, "\n| time | step | call | of | change | result |\n|---|---|---|---|---|---|\n")
		}
		counts[c.Result]++
		step := markdownText(c.Step)
		if c.Name != "" {
			step += "<br>" + markdownText(c.Name)
		}
		call := markdownText(c.Card)
		if c.Connection != "" {
			call += "<br>" + markdownText(c.Connection)
		}
		if c.Attempt > 1 {
			call += fmt.Sprintf("<br>attempt %d", c.Attempt)
		}
		_, err := fmt.Fprintf(to, "| %s | %s | %s | %s | %s | %s |\n", markdownTime(c.Time), step, call, markdownText(c.Target),
			strings.Join(markdownFields(c), "<br>"), markdownResult(c))
		return err
	}); err != nil {
		return err
	}
	var all []string
	for _, result := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, fmt.Sprintf("%d %s", counts[result], results[result]))
	}
	_, err := fmt.Fprintf(to, "\n%s\n", cmp.Or(strings.Join(all, ", "), "No writes."))
	return err
}

// results are the results of writes in reports.
var results = map[host.ActResult]string{
	host.ActChanged: "changed", host.ActUnchanged: "already so", host.ActFailed: "failed", host.ActInDoubt: "in doubt: may have been done", host.ActGoingOn: "goes on",
	host.ActDone: "settled: done", host.ActNotDone: "settled: not done",
}

func markdownResult(c host.Change) string {
	text := results[c.Result]
	if c.Error != nil {
		text += "<br>" + markdownText(string(c.Error.Kind)+": "+c.Error.Message)
	}
	return text
}

// markdownFields returns the fields that a call sets: old → new or, if the state before it is not known, → new.
func markdownFields(c host.Change) (lines []string) {
	if c.Gone {
		lines = append(lines, "removed")
	}
	value := func(v engine.Value) string {
		switch v {
		case nil:
			return "–"
		case "":
			return "\"\""
		}
		return markdownText(engine.Words(v))
	}
	for _, f := range c.Changes {
		name := markdownText(f.Field)
		for _, item := range f.Added {
			lines = append(lines, name+": + "+value(item))
		}
		for _, item := range f.Removed {
			lines = append(lines, name+": − "+value(item))
		}
		switch {
		case len(f.Added)+len(f.Removed) > 0:
		case c.Known && !c.Uncertain:
			lines = append(lines, name+": "+value(f.Old)+" → "+value(f.New))
		default:
			lines = append(lines, name+" → "+value(f.New))
		}
	}
	if c.Uncertain && len(c.Changes) > 0 {
		lines = append(lines, "the values before are not certain: another write of the run on it was made at about the same time")
	}
	for _, name := range c.Unseen {
		lines = append(lines, markdownText(name)+" → set, and not shown")
	}
	asked, _ := c.Input.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		lines = append(lines, "asked for: "+markdownText(name)+": "+value(asked[name]))
	}
	return lines
}

func markdownTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z")
}

// markdownSpecial escapes what Markdown acts on in the cell of a table: markup, HTML, links and formulas.
var markdownSpecial = strings.NewReplacer(`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `\<`, `>`, `\>`, `|`, `\|`, `~`, `\~`,
	`&`, `\&`, `@`, `\@`, `$`, `\$`, `#`, `\#`, `!`, `\!`, "://", `\://`, "w.", `w\.`, "W.", `W\.`)

// markdownText returns a text that is not trusted as Markdown that shows it, in one line.
func markdownText(text string) string { return markdownSpecial.Replace(words.VisibleLine(text)) }
