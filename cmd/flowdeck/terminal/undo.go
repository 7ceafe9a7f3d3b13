package terminal

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowdeck/flowdeck/engine/host"
)

// Undo prints the plan of an undo: what is taken back by card, then what is not.
func Undo(s *Screen, p *host.UndoPlan) {
	fmt.Fprintf(s, "undo of run %s (%s), the newest writes first:\n", p.Undoes, OneLine(s, p.Flow))
	var order []string
	groups := map[string][]host.UndoneWrite{}
	for _, one := range p.Writes {
		of := heading(one)
		if groups[of] == nil {
			order = append(order, of)
		}
		groups[of] = append(groups[of], one)
	}
	for _, of := range order {
		fmt.Fprintf(s, "%s: %s\n", of, writes(len(groups[of])))
		for _, one := range groups[of] {
			fmt.Fprintf(s, "   %s\n", OneLine(s, undone(one)))
		}
	}
	var counts []string
	for _, c := range []struct {
		will host.Will
		text string
	}{
		{host.WillUndo, "to take back"}, {host.WillAlready, "already as before"}, {host.WillKeep, "changed since by somebody else: left as they are"},
		{host.WillNotRead, "cannot be read: left as they are"},
		{host.WillNot, "cannot be undone"}, {host.WillDoubt, "in doubt"},
	} {
		if n := p.Counts[string(c.will)]; n > 0 {
			counts = append(counts, Thousands(n)+" "+c.text)
		}
	}
	if len(counts) == 0 {
		counts = []string{"the run changed nothing"}
	}
	fmt.Fprintf(s, "%s\n", strings.Join(counts, ", "))
}

// mostNotUndone is the number of writes that an undo left which are printed: --json and --markdown have all.
const mostNotUndone = 20

// notUndone prints what the undos of a run left.
func notUndone(w io.Writer, s Styles, all []host.NotUndone) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s\n", s.Heading.Render("Not taken back: "+writes(len(all))))
	for _, one := range all[:min(len(all), mostNotUndone)] {
		line := one.Card + Gap + one.Target
		if !isNumber(one.Record) && !strings.Contains(line, one.Record) {
			line += Gap + "(" + one.Record + ")"
		}
		if one.Why != "" {
			line += Gap + one.Why
		}
		fmt.Fprintf(w, "%s%s\n", Gap, OneLine(w, line))
	}
	if more := len(all) - mostNotUndone; more > 0 {
		fmt.Fprintf(w, "%s… and %s more (--json and --markdown have all)\n", Gap, Thousands(more))
	}
}

func writes(n int) string {
	if n == 1 {
		return "1 write"
	}
	return Thousands(n) + " writes"
}

// heading returns what a person reads about all writes of a card to which the same happens.
func heading(one host.UndoneWrite) string {
	switch one.Will {
	case host.WillUndo:
		of := one.Card + ", undone by " + one.By + ", " + one.Extent
		if one.Rest != "" {
			of += " (remains: " + one.Rest + ")"
		}
		return of
	case host.WillAlready:
		return one.Card + ", already as before"
	case host.WillKeep:
		return one.Card + ", skipped, changed since by somebody else (--force takes it back)"
	case host.WillNotRead:
		return one.Card + ", skipped, its state cannot be read"
	case host.WillDoubt:
		return one.Card + ", skipped, it may have been made"
	}
	return one.Card + ", cannot be undone"
}

// undone returns a write as one line.
func undone(one host.UndoneWrite) string {
	line := one.Target
	if !isNumber(one.Record) && !strings.Contains(line, one.Record) {
		line += Gap + "(" + one.Record + ")"
	}
	var all []string
	for _, c := range one.Changes {
		if c.Field == "" {
			text := fmt.Sprintf("%s → %s", inLine(c.Old), inLine(c.New))
			if c.New == "missing" {
				text += ", with all that was added to it"
			}
			all = append(all, text)
			continue
		}
		all = append(all, changing(c))
	}
	for _, c := range one.Since {
		if c.Field == "" {
			all = append(all, fmt.Sprintf("it is %s now", inLine(c.New)))
			continue
		}
		if len(c.Added)+len(c.Removed) > 0 {
			all = append(all, "since the run "+changing(c))
			continue
		}
		all = append(all, fmt.Sprintf("%s is %s now, the run set %s", c.Field, shortly(c.New), shortly(c.Old)))
	}
	if len(all) > 0 {
		line += Gap + strings.Join(all, ", ")
	}
	if one.Why != "" && len(one.Since) == 0 {
		line += Gap + one.Why
	}
	if one.Will == host.WillUndo && !one.Checked {
		line += Gap + "(not known whether somebody changed it since)"
	}
	return line
}

// changing returns how a field changes: of a list, the items that come and go.
func changing(c host.FieldChange) string {
	if len(c.Added)+len(c.Removed) == 0 {
		return fmt.Sprintf("%s: %s → %s", c.Field, shortly(c.Old), shortly(c.New))
	}
	var parts []string
	for _, list := range []struct {
		sign  string
		items []any
	}{{"+", c.Added}, {"−", c.Removed}} {
		const most = 5
		for _, item := range list.items[:min(len(list.items), most)] {
			parts = append(parts, list.sign+inLine(item))
		}
		if rest := len(list.items) - most; rest > 0 {
			parts = append(parts, fmt.Sprintf("%s%s more", list.sign, Thousands(rest)))
		}
	}
	return c.Field + ": " + strings.Join(parts, " ")
}

// shortly returns a value of a field in quotes if it is a string.
func shortly(v any) string {
	if text, ok := v.(string); ok {
		return `"` + Cut(text, longestInput) + `"`
	}
	if v == nil {
		return "not set"
	}
	return Cut(inLine(v), longestInput)
}

// isNumber reports whether the key of a record says nothing, as the number of one without a key. So does the empty one.
func isNumber(key string) bool { return strings.Trim(key, "0123456789") == "" }
