package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is which flowdeck this is, as the go command recorded it. Its fields are the object that --json prints.
type build struct {
	Version  string `json:"version"` // the module's, dev where none was recorded
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified"` // the commit was changed before it was built
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild() build {
	b := build{Version: "dev", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if info.Main.Version != "(devel)" {
		b.Version = cmp.Or(info.Main.Version, b.Version)
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
	return b
}

// String is all of it in one line, to be put into the report of a bug.
func (b build) String() string {
	commit := ""
	if b.Commit != "" {
		commit = "commit " + b.Commit[:min(12, len(b.Commit))]
		if b.Modified {
			commit += ", modified"
		}
		commit += ", "
	}
	return fmt.Sprintf("flowdeck %s (%s%s, %s)", b.Version, commit, b.Go, b.Platform)
}

func versionCommand(e env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which flowdeck this is",
		Long:  "Say which flowdeck this is: its version, the commit and the Go that it was built of, and the platform.",
		Example: `  flowdeck version
  flowdeck version --json | jq -r .version`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			if !asJSON {
				_, err := fmt.Fprintln(e.out, thisBuild())
				return err
			}
			return printJSON(e.out, thisBuild())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output, and nothing else")
	return cmd
}
