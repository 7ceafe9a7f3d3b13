package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// readByName matches a variable that Go code reads: os.Getenv("X"), environ.LookupEnv("X"), and fields of envconfig.
var readByName = regexp.MustCompile("(?:[gG]etenv|[lL]ookupEnv)\\(\\s*\"(\\w+)\"|envconfig:\"(\\w+)\"")

// readByOther are the variables whose names modules have in a constant, a field or a loop.
var readByOther = []string{
	"JSONSCHEMAGODEBUG", "COBRA_ACTIVE_HELP", "FLOWDECK_ACTIVE_HELP", "COBRA_COMPLETION_DESCRIPTIONS", "FLOWDECK_COMPLETION_DESCRIPTIONS",
	"COLORTERM", "TERM_PROGRAM", "FORCE_COLOR", "TERM_PROGRAM_VERSION", "TERMINFO", "TERMINFO_DIRS", "CLICOLOR",
	"OKTA_HOST", "OKTA_SCHEME", "OKTA_DEBUG", "OKTA_DEFAULTHEADER", "OKTA_USERAGENT", "OKTA_USERAGENTEXTRA", "OKTA_SERVERS",
}

// needed are the variables that every process needs, and the one of the script's connection.
var needed = []string{"PATH", "HOME", "OKTA_API_TOKEN"}

// variables returns every variable that a linked module reads, except for those of Go's own library.
func variables(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", `{{if not .Standard}}{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{end}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range readByOther {
		found[name] = true
	}
	for file := range strings.Lines(string(out)) {
		text, err := os.ReadFile(strings.TrimSpace(file))
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range readByName.FindAllStringSubmatch(string(text), -1) {
			found[match[1]+match[2]] = true
		}
	}
	for _, name := range needed {
		delete(found, name)
	}
	for _, known := range []string{"OKTA_TESTING_DISABLE_HTTPS_CHECK", "TEA_TRACE", "RUNEWIDTH_EASTASIAN"} {
		if !found[known] {
			t.Fatalf("the search does not find %s", known)
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// figures matches the parts of an output that differ from run to run.
var figures = regexp.MustCompile(`"(run|began|ended)": "[^"]*"|runs?[ /][-0-9a-f]+|[0-9.]+ ?m?s\b|"(seconds|milliseconds|resets_in|remaining|org)": [^,\n]+|127\.0\.0\.1:[0-9]+|[0-9]+ changes? since|fresh, from`)

// unmoved is the script command `unmoved ARG...`. It runs flowdeck with all variables that linked modules read set to
// a harmful value, and fails if the output changes. It then determines which variable is responsible.
func unmoved(names []string) func(ts *testscript.TestScript, neg bool, args []string) {
	return func(ts *testscript.TestScript, _ bool, args []string) {
		outcome := func(set ...string) string {
			cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "flowdeck"), args...)
			cmd.Dir = ts.MkAbs(".")
			for _, name := range []string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR", "OKTA_API_TOKEN", "FLOWDECK_TRUST"} {
				cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
			}
			cmd.Env = append(cmd.Env, set...)
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			err := cmd.Run()
			return figures.ReplaceAllString(fmt.Sprintf("%v\n%s\n%s", err, out.String(), errs.String()), "…")
		}
		want := outcome()
		if !strings.HasPrefix(want, "<nil>") {
			ts.Fatalf("without any variable: %s", want)
		}
		for _, value := range []string{"x", "1", "typeschemasnull=1"} {
			var all []string
			for _, name := range names {
				if name != "CLICOLOR_FORCE" && name != "RUNEWIDTH_EASTASIAN" { // documented: they change colors and widths
					all = append(all, name+"="+value)
				}
			}
			if outcome(all...) == want {
				continue
			}
			for _, set := range all {
				if got := outcome(set); got != want {
					ts.Fatalf("%s makes a difference:\n%s\nwithout it:\n%s", set, got, want)
				}
			}
			ts.Fatalf("all variables with the value %s make a difference, none does alone", value)
		}
	}
}
