package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build is the version of this flowdeck, as the go command recorded it. Its fields are the object that --json prints.
type build struct {
	Version  string `json:"version"` // of the module; dev if none was recorded
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified"` // there were uncommitted changes
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

// String returns the build as one line, for bug reports.
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
		Short: "Print the version of flowdeck",
		Long:  "Print the version of flowdeck, its commit, the version of Go that built it, and the platform.",
		Example: `  flowdeck version
  flowdeck version --json | jq -r .version`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error {
			if !asJSON {
				_, err := fmt.Fprintln(e.out, thisBuild())
				return err
			}
			return printJSON(e.data, thisBuild())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object on standard output, and nothing else")
	return cmd
}
