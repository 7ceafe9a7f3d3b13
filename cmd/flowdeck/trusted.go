package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// trustVariable is the environment variable that trusts every workspace if it is 1.
const trustVariable = "FLOWDECK_TRUST"

// trusted is the file with the workspaces that a person trusts on this machine.
type trusted struct {
	path       string
	Workspaces map[string]map[string]remembered `json:"workspaces"` // by folder and connection
}

// remembered is a connection when a person said yes.
type remembered struct {
	Digest string   `json:"digest"`
	Shown  []string `json:"shown"` // the lines that the person saw
}

// longestTrusted is the maximum size of the file in bytes.
const longestTrusted = 16 << 20

// readTrusted reads the file. Without one, nothing is trusted.
func readTrusted(e env) (*trusted, error) {
	folder, _ := e.lookup("XDG_CONFIG_HOME")
	if !filepath.IsAbs(folder) { // the specification ignores other paths
		own, err := os.UserConfigDir()
		if err != nil {
			return nil, usage("set XDG_CONFIG_HOME; where nobody can be asked, as in CI, set "+trustVariable+"=1", "there is no folder to remember what you trust: %v", err)
		}
		folder = own
	}
	t := &trusted{path: filepath.Join(folder, "flowdeck", "trusted"), Workspaces: map[string]map[string]remembered{}}
	text, err := inside.ReadFile(t.path, longestTrusted)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(text, t)
	}
	if err != nil {
		return nil, usage("remove the file: flowdeck then asks again for each workspace", "read what you trust: %s: %v", t.path, inside.Plain(err))
	}
	if t.Workspaces == nil {
		t.Workspaces = map[string]map[string]remembered{}
	}
	return t, nil
}

// write replaces the file, which only its owner can read.
func (t *trusted) write() error {
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(t.path), 0o700); err != nil {
		return unwritten(err)
	}
	file, err := os.CreateTemp(filepath.Dir(t.path), "trusted-*") // mode 0600
	if err != nil {
		return unwritten(err)
	}
	_, err = file.Write(append(text, '\n'))
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		err = os.Rename(file.Name(), t.path)
	}
	if err != nil {
		return errors.Join(unwritten(err), os.Remove(file.Name()))
	}
	return nil
}

func unwritten(err error) error {
	return usage("set "+trustVariable+"=1 if nothing can be kept here", "remember what you trust: %v", err)
}

// folderOf returns the folder by which a workspace is known: whole, and without links.
func folderOf(dir string) (string, error) {
	whole, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(whole)
}

// changed returns the stakes that a person has not agreed to, or that have changed since.
func (t *trusted) changed(folder string, stakes []host.Stake) []host.Stake {
	return slices.DeleteFunc(slices.Clone(stakes), func(s host.Stake) bool { return t.Workspaces[folder][s.Connection].Digest == s.Digest })
}

// trust remembers the stakes of a workspace, and no others of it.
func (t *trusted) trust(folder string, stakes []host.Stake) error {
	t.Workspaces[folder] = map[string]remembered{}
	for _, s := range stakes {
		t.Workspaces[folder][s.Connection] = remembered{Digest: s.Digest, Shown: shown(s)}
	}
	return t.write()
}

// variableName matches the usual form of a variable's name, which secrets do not have.
var variableName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

// shown returns a stake as lines for a person: where it leads, and the secrets that it sends or the programs that it runs.
func shown(s host.Stake) []string {
	lines := []string{"leads to " + s.To}
	if s.To == "" {
		lines = []string{"leads to where its settings in flowdeck.yaml say"}
	}
	for _, secret := range s.Secrets {
		to := ""
		if secret.Flow != "" {
			to = " with the event hooks of flow " + secret.Flow
		}
		switch name := strings.Join(secret.Name, " "); secret.Kind {
		case "command":
			var words []string
			for _, word := range secret.Name {
				if strings.ContainsFunc(word, func(c rune) bool { return c <= ' ' || c == '"' || c == '\'' || !strconv.IsPrint(c) }) || word == "" {
					word = strconv.Quote(word)
				}
				words = append(words, word)
			}
			lines = append(lines, "runs "+strings.Join(words, " "))
		case "env":
			if !variableName.MatchString(name) {
				name = "(not shown: it looks like the secret itself; flowdeck.yaml has it)"
			}
			lines = append(lines, "sends the environment variable "+name+to)
		case "file":
			lines = append(lines, "sends the file "+name+to)
		default:
			lines = append(lines, "sends the secret "+name+" of the "+secret.Kind+to)
		}
	}
	return lines
}

// show prints stakes, and marks what has changed since a person agreed.
func (t *trusted) show(w io.Writer, folder string, stakes []host.Stake) {
	for _, s := range stakes {
		old, known := t.Workspaces[folder][s.Connection]
		state, lines := "", shown(s)
		switch {
		case known && old.Digest == s.Digest:
			state = ", trusted"
		case known && slices.Equal(old.Shown, lines):
			state = ", other settings changed"
		case known:
			state = ", changed"
		case len(t.Workspaces[folder]) > 0:
			state = ", new"
		}
		fmt.Fprintf(w, "%s (%s%s)\n", s.Connection, s.Type, state)
		for _, line := range lines {
			if known && !slices.Contains(old.Shown, line) {
				line += "  (new)"
			}
			fmt.Fprintf(w, "   %s\n", line)
		}
		for _, line := range old.Shown {
			if !slices.Contains(lines, line) {
				fmt.Fprintf(w, "   no longer %s\n", line)
			}
		}
	}
}

// stakesOf returns what this machine trusts, and what a workspace in a folder wants to be trusted.
func stakesOf(e env, w *host.Workspace) (t *trusted, folder string, stakes []host.Stake, err error) {
	if folder, err = folderOf(w.Dir); err != nil {
		return nil, "", nil, err
	}
	t, err = readTrusted(e)
	return t, folder, w.Stakes(), err
}

// trusting returns host.Config.Trust: it asks the person at the terminal, once for each set of connections.
func trusting(e env) func(context.Context, *host.Workspace) error {
	var asking sync.Mutex // a server opens connections and creates event hooks at the same time
	return func(ctx context.Context, w *host.Workspace) error {
		if value, _ := e.lookup(trustVariable); value == "1" {
			return nil
		}
		asking.Lock()
		defer asking.Unlock()
		t, folder, stakes, err := stakesOf(e, w)
		if err != nil {
			return err
		}
		changed := t.changed(folder, stakes)
		if len(changed) == 0 {
			return nil
		}
		asked := person(e, asksForJSON(e.args))
		if asked == nil {
			return distrusted(t, folder, changed)
		}
		return t.ask(ctx, e, asked, folder, stakes)
	}
}

// distrusted returns the error if nobody can be asked. It has the first secret that would be used.
func distrusted(t *trusted, folder string, changed []host.Stake) error {
	hint := "'flowdeck trust " + terminal.Quoted(fromHere(folder)) + "' shows its connections and asks; where nobody can be asked, as in CI, set " + trustVariable + "=1"
	var lines []string
	for _, s := range changed {
		lines = append(lines, "connection "+strconv.Quote(s.Connection)+" "+strings.Join(shown(s), ", "))
	}
	why := "the workspace %s is not trusted on this machine:\n%s"
	if len(t.Workspaces[folder]) > 0 {
		why = "the connections of %s have changed since you trusted them:\n%s"
	}
	return usage(hint, why, folder, strings.Join(lines, "\n"))
}
