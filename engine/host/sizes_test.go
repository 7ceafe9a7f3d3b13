package host_test

import (
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// A megabyte in a flow is shared by all values that have it, so that these runs take little memory themselves.
const megabyte = "  - set: {big: \"${ repeat('x', 1000000) }\"}\n"

// runOf runs a flow of this text.
func runOf(t *testing.T, text string, dry bool, more map[string]string) *host.Report {
	t.Helper()
	files := map[string]string{"f.yaml": "flow: f\nsteps:\n" + text}
	for name, text := range more {
		files[name] = text
	}
	w, checked, conns := prepare(t, workspace(t, files), "f")
	report, err := w.Run(t.Context(), host.Run{Flow: checked, Connections: conns, Start: engine.Start{DryRun: dry}})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// tooLarge checks the error of a run.
func tooLarge(t *testing.T, r *host.Report, message, hint string) {
	t.Helper()
	if r.Status != engine.Failed || r.Error == nil || r.Error.Kind != card.Invalid || !strings.Contains(r.Error.Message, message) || !strings.Contains(r.Error.Hint, hint) {
		t.Errorf("got %s with %+v, want an error with %q and the hint %q", r.Status, r.Error, message, hint)
	}
}

func TestLoopsAtTheSameTimeKeepALimitedSizeOfItems(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it makes 300 MB of values")
	}
	many := megabyte + `
  - parallel:
      a: [{each: "1..60", collect: vars.big, do: [{set: {n: 1}}]}]
      b: [{each: "1..60", collect: vars.big, do: [{set: {n: 1}}]}]
      c: [{each: "1..60", collect: vars.big, do: [{set: {n: 1}}]}]
      d: [{each: "1..60", collect: vars.big, do: [{set: {n: 1}}]}]
      e: [{each: "1..60", collect: vars.big, do: [{set: {n: 1}}]}]
`
	tooLarge(t, runOf(t, many, false, nil), "take more than 256 MiB", "`concurrency`")
}

func TestTheKeysOfRecordsHaveALimitedSize(t *testing.T) {
	t.Parallel()
	const loop = ", key: vars.big, do: [{wait: 0s}]}\n"
	tooLarge(t, runOf(t, megabyte+"  - {each: \"1..68\""+loop, false, nil), "the keys of these records take more than 64 MiB", "sha256()")
	if r := runOf(t, megabyte+"  - {each: \"1..60\""+loop, false, nil); r.Status != engine.Succeeded {
		t.Errorf("keys of 60 MB: %+v", r.Error)
	}
}

func TestADryRunListsWritesOfALimitedSize(t *testing.T) {
	t.Parallel()
	const update = "    do: [{card: okta.user.update, with: {user_id: 00u1, department: \"${ vars.big }\"}}]\n"
	tooLarge(t, runOf(t, megabyte+"  - each: 1..300\n"+update, true, nil), "the writes that this dry run lists take more than 256 MiB", "--max")
	if r := runOf(t, megabyte+"  - each: 1..200\n"+update, true, nil); r.Status != engine.Succeeded || len(r.DryRun.Writes) != 200 {
		t.Errorf("200 writes: %s with %+v", r.Status, r.Error)
	}
}

func TestTheResultsOfStartedRunsHaveALimitedSize(t *testing.T) {
	t.Parallel()
	started := map[string]string{"sub.yaml": "flow: sub\ninputs: {text: string}\nsteps:\n  - return: ${ inputs.text }\n"}
	r := runOf(t, megabyte+"  - {each: \"1..70\", do: [{start: sub, with: {text: \"${ vars.big }\"}}]}\n", false, started)
	kept := 0
	for _, of := range r.Started {
		if of.Status == engine.Succeeded && of.Result != nil {
			kept++
			continue
		}
		if of.Result != nil {
			t.Error("a result that is not kept is in the report")
		}
		tooLarge(t, of, "its result is not kept: the results of all started runs take more than 64 MiB", `return less from flow "sub"`)
	}
	if len(r.Started) != 70 || kept != 67 {
		t.Errorf("%d results of %d are kept", kept, len(r.Started))
	}
}

func TestTheErrorsOfTheListedStepsHaveALimitedSize(t *testing.T) {
	t.Parallel()
	r := runOf(t, megabyte+`
  - set: {n: 0}
  - repeat:
      - try: [{fail: {message: "${ vars.big }", details: "${ vars.big }"}}]
        catch: [{do: [{set: {caught: true}}]}]
      - set: {n: "${ vars.n + 1 }"}
    until: vars.n == 300
    max: 300
`, false, nil)
	if r.Status != engine.Succeeded {
		t.Fatalf("%s with %+v", r.Status, r.Error)
	}
	size, left := 0, 0
	for _, s := range r.Steps {
		if s.Error == nil {
			continue
		}
		size += len(s.Error.Message) + engine.Size(s.Error.Details, 1<<30)
		if text, _ := s.Error.Details.(string); strings.HasPrefix(text, "left out: ") {
			left++
		}
	}
	if size < 60<<20 || size > 70<<20 || left == 0 {
		t.Errorf("the errors take %d bytes; the details of %d are left out", size, left)
	}
}
