package host

import (
	"crypto/sha256"
	"maps"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// Other is a file without flows that can be checked: flowdeck.yaml, or the seed of a simulated server.
type Other struct {
	Sum   Sum // of its contents
	Check func() Findings
}

// Other returns a file that is not one with flows; nil if it may be one.
//
// A seed is a file that a connection names as its seed, or one whose top-level keys are all those of the seeds of a service. If they are those of
// several services, it is that of the service that finds the fewest mistakes.
func (w *Workspace) Other(file string) (*Other, error) {
	if SameFile(filepath.Join(w.Dir, flow.WorkspaceFile), file) {
		return &Other{Sum: w.Sum(), Check: w.checkSettings}, nil
	}
	if s := w.seedOf(file); s != nil {
		text, err := w.read(file, s.MaxSize)
		if err != nil {
			return nil, &UsageError{Err: err}
		}
		return w.seed(file, text, s), nil
	}
	text, err := w.read(file, flow.MaxFileSize)
	if err != nil {
		return nil, nil // AddFile reports it
	}
	var like []*card.Seed
	for _, name := range slices.Sorted(maps.Keys(w.config.Services)) {
		if s := w.config.Services[name].Seed; s != nil && hasKeysOf(text, s.Keys) {
			like = append(like, s)
		}
	}
	if len(like) == 0 {
		return nil, nil
	}
	return w.seed(file, text, like...), nil
}

// seedOf returns the kind of a seed that a connection names; nil if none names it.
func (w *Workspace) seedOf(file string) *card.Seed {
	for _, conn := range w.Connections {
		simulate, _ := check.Settings(conn)["simulate"].(map[string]any)
		name, _ := simulate["seed"].(string)
		if name != "" && conn.Type != nil && SameFile(filepath.Join(w.Dir, filepath.FromSlash(name)), file) {
			return w.config.Services[conn.Type.Text].Seed
		}
	}
	return nil
}

// seed returns a seed of one of these kinds.
func (w *Workspace) seed(file string, text []byte, kinds ...*card.Seed) *Other {
	return &Other{Sum: sha256.Sum256(text), Check: func() Findings {
		fewest := kinds[0].Check(text)
		for _, kind := range kinds[1:] {
			if found := kind.Check(text); len(found) < len(fewest) {
				fewest = found
			}
		}
		found := Findings{Problems: w.mistaken(filepath.ToSlash(file), fewest), Source: w.Source, Seeds: 1}
		found.Problems.Sort()
		return found
	}}
}

// topKey matches the top-level keys of a document in block style.
var topKey = regexp.MustCompile(`(?m)^([A-Za-z_]+)[ \t]*:`)

// hasKeysOf reports whether a document has top-level keys, and all of them are in a list.
func hasKeysOf(text []byte, keys []string) bool {
	found := topKey.FindAllSubmatch(text, -1)
	return len(found) > 0 && !slices.ContainsFunc(found, func(m [][]byte) bool { return !slices.Contains(keys, string(m[1])) })
}
