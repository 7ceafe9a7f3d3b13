package host

import (
	"maps"
	"slices"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// Sources returns the text of each file with a flow that a run of c uses, by its name.
func (w *Workspace) Sources(c *Checked) map[string]string {
	texts := map[string]string{}
	for _, name := range c.files {
		if name != w.File.Name {
			texts[name] = string(w.Source(name))
		}
	}
	return texts
}

// CheckSources checks a flow of the files with texts, by their names, as Check does, and returns the workspace to run it in. Its connections are those of
// today.
func (w *Workspace) CheckSources(sources map[string]string, name string, chosen map[string]string) (*Workspace, *Checked, error) {
	then := w.asOf(sources)
	f, err := then.FlowNamed(name)
	if err != nil {
		return then, nil, err
	}
	checked, err := then.Check(f, chosen)
	return then, checked, err
}

// SettingsFile returns the text of flowdeck.yaml, for CheckElsewhere.
func (w *Workspace) SettingsFile() string { return string(w.Source(w.File.Name)) }

// CheckElsewhere checks a flow as CheckSources does, in the workspace that it has where it was started, with its settings: whether a run has what it needs, and
// may write, does not depend on who goes on with it.
func (w *Workspace) CheckElsewhere(settings string, sources map[string]string, name string, chosen map[string]string) (*Workspace, *Checked, error) {
	there := *w
	there.Workspace, there.Problems = flow.ParseWorkspace(w.File.Name, []byte(settings))
	return there.CheckSources(sources, name, chosen)
}

// asOf returns the workspace with other flows: those of a run, as they were. Its connections are those of today.
func (w *Workspace) asOf(sources map[string]string) *Workspace {
	then, only := *w, *w.Workspace
	then.Workspace, only.Files, then.Problems = &only, nil, nil
	for _, p := range w.Problems {
		if p.Pos.File == w.File.Name {
			then.Problems = append(then.Problems, p)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		f, problems := flow.Parse(name, []byte(sources[name]))
		only.Files = append(only.Files, f)
		then.Problems = append(then.Problems, problems...)
	}
	return &then
}
