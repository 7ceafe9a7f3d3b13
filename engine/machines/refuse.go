package machines

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
)

// fileInputs are the inputs of cards that name files.
var fileInputs = []string{"file", "files", "save", "attachments"}

// Refuse returns a UsageError if a flow, or one that it runs or starts, needs what a run on several machines does not have. maxChanges is the limit of
// the run besides those of its flows; nil for none.
func Refuse(c *host.Checked, maxChanges *int) error {
	if why := refusal(c, maxChanges != nil); why != "" {
		return host.Usage("run it without --on temporal", "%s", cannot(c, why))
	}
	return nil
}

// cannot says that a flow cannot run on Temporal.
func cannot(c *host.Checked, why string) string {
	return fmt.Sprintf("flow %q cannot run on Temporal: %s", c.Plan.Flow, why)
}

// refusal returns what a flow, or one that it runs or starts, needs that a run on several machines does not have; empty if there is nothing. limited is set
// for a run that has a limit besides those of its flows.
func refusal(c *host.Checked, limited bool) (why string) {
	no := func(pos flow.Pos, reason string) {
		if why == "" {
			why = pos.String() + ": " + reason
		}
	}
	const apart = ", and each machine has its own"
	c.Plan.EachCard(nil, func(_ engine.Use, call engine.CallCard, pos flow.Pos) {
		switch name := call.Card.Name; {
		case strings.HasPrefix(name, "table."):
			no(pos, name+" uses the tables of the workspace"+apart)
		case strings.HasPrefix(name, "file."):
			no(pos, name+" uses files"+apart)
		case givesFile(call.With):
			no(pos, name+" is given a file"+apart)
		}
	})
	c.Plan.EachFuse(nil, func(engine.Fuse, engine.Use) { limited = true })
	c.Plan.EachStep(func(_ *engine.Plan, s *engine.Step) {
		switch verb := s.Do.(type) {
		case engine.Loop:
			if verb.Snapshot {
				no(s.Pos, "a snapshot is a file"+apart)
			}
		case engine.StartFlow:
			if limited {
				no(s.Pos, "the run has a limit, which does not count what flow "+verb.To.Flow+" does that it starts")
			}
			if verb.To.Runs != nil {
				no(s.Pos, "flow "+verb.To.Flow+" has runs: how many go on at a time is not counted there")
			}
		}
	})
	if why == "" && c.Plan.Runs != nil {
		why = "it has runs: how many go on at a time is not counted there"
	}
	return why
}

// givesFile reports whether the inputs of a call, as they are written in a flow, name a file.
func givesFile(with engine.Template) bool {
	for _, f := range with.Fields {
		if slices.Contains(fileInputs, f.Name) || f.Name == "multipart" && givesFile(f.Value) {
			return true
		}
	}
	object, _ := with.Literal.(map[string]any)
	for name, value := range object {
		if slices.Contains(fileInputs, name) || name == "multipart" && givesFile(engine.Template{Literal: value}) {
			return true
		}
	}
	return false
}

// noFiles are the files of a run that has none. What Refuse does not find, such as an input that is computed, fails here.
type noFiles struct{}

var _ card.Files = noFiles{}

func (noFiles) refuse() error {
	return &card.Error{Kind: card.Invalid, Message: "a run on Temporal has no files: each machine has its own", Writes: card.Answered}
}

func (n noFiles) Open(string) (fs.File, error)          { return nil, n.refuse() }
func (n noFiles) ReadDir(string) ([]fs.DirEntry, error) { return nil, n.refuse() }
func (n noFiles) Create(string) (card.Draft, error)     { return nil, n.refuse() }
func (n noFiles) Path(string) (string, error)           { return "", n.refuse() }

func (n noFiles) Append(string, func(io.ReadSeeker) ([]byte, error)) (int64, error) {
	return 0, n.refuse()
}
