package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/cases"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/words"
)

// reportTests prints the results, and writes the files that the options ask for. The error is that of tests that failed, which is printed.
func reportTests(e env, t testSet, results []*cases.Result, took time.Duration, o testOptions) error {
	failed := 0
	for _, r := range results {
		if !passes(r, o) {
			failed++
		}
	}
	if o.junit != "" {
		if err := replaceFile(o.junit, func(w io.Writer) error { return junitOf(results).write(w, took) }); err != nil {
			return err
		}
	}
	coverage := &cases.Coverage{}
	if o.coverage || o.lcov != "" {
		coverage = cases.Cover(t.workspace, results, t.all && o.run == "")
	}
	if o.lcov != "" {
		if err := replaceFile(o.lcov, func(w io.Writer) error { return coverage.WriteLCOV(w) }); err != nil {
			return err
		}
	}
	if o.json {
		report := testReport{Passed: len(results) - failed, Failed: failed, Seconds: took.Seconds(), Tests: []testResult{}}
		for _, r := range results {
			report.Tests = append(report.Tests, resultOf(r))
		}
		if o.coverage {
			report.Coverage = coverage.Flows
		}
		if err := printJSON(e.data, report); err != nil {
			return err
		}
	} else {
		printTests(e, t, results, o)
		if o.coverage {
			printCoverage(e, coverage)
		}
		s := terminal.NewStyles(e.lookup, e.out)
		counts := s.OK.Render(fmt.Sprintf("%s passed", counted(len(results)-failed, "test")))
		if failed > 0 {
			counts = fmt.Sprintf("%d passed, ", len(results)-failed) + s.Failed.Render(fmt.Sprintf("%d failed", failed))
		}
		fmt.Fprintf(e.out, "%s in %s\n", counts, terminal.Took(took.Seconds()))
	}
	if failed > 0 {
		return &exit{code: exitFailed}
	}
	return nil
}

// reportProblems writes the files and the JSON of tests of which none ran, since there are problems. printError prints these.
func reportProblems(e env, t testSet, problems flow.Problems, took time.Duration, o testOptions) error {
	if o.junit != "" {
		if err := replaceFile(o.junit, func(w io.Writer) error { return junitOfProblems(t, problems).write(w, took) }); err != nil {
			return err
		}
	}
	if !o.json {
		return nil
	}
	return printJSON(e.data, testReport{Seconds: took.Seconds(), Tests: []testResult{}, Problems: host.ProblemList(problems)})
}

// passes reports whether a test passed, or was filled in.
func passes(r *cases.Result, o testOptions) bool {
	return r.Passed() || o.update && r.Fillable()
}

// printTests prints the tests that failed or, with -v, all.
func printTests(e env, t testSet, results []*cases.Result, o testOptions) {
	s := terminal.NewStyles(e.lookup, e.out)
	for _, r := range results {
		failed := !passes(r, o)
		if !failed && !o.verbose {
			continue
		}
		mark := s.OK.Render("ok  ")
		if failed {
			mark = s.Failed.Render("FAIL")
		}
		fmt.Fprintf(e.out, "%s %s: %s\n", mark, words.VisibleLine(r.Case.File.Name), words.VisibleLine(r.Case.Name))
		switch {
		case !failed:
		case r.Err != nil:
			fmt.Fprintf(e.out, "no result: %s\n", words.VisibleLine(r.Err.Error()))
		default:
			terminal.Problems(e.out, e.lookup, failuresOf(r), t.source)
		}
		if len(r.Calls) > 0 {
			fmt.Fprintln(e.out, "   calls that write:")
		}
		for _, c := range r.Calls {
			fmt.Fprintf(e.out, "     %s\n", callLine(c))
		}
		if failed && r.Err == nil && len(r.Calls) == 0 {
			fmt.Fprintln(e.out, "   calls that write: none")
		}
	}
}

// failuresOf returns the failures of a test as problems at the places of what was expected.
func failuresOf(r *cases.Result) (all flow.Problems) {
	for _, f := range r.Failures {
		all = append(all, flow.Problem{Pos: f.Pos, Width: f.Width, Message: failureLine(f), Secret: r.SecretAt(f.Pos.Line)})
	}
	return all
}

func failureLine(f cases.Failure) string {
	line := f.What
	if f.Want != "" {
		line += ": expected " + f.Want + ", got " + f.Got
	} else if f.Got != "" {
		line += ": " + f.Got
	}
	return line
}

// callLine describes a call: what it did, and to what.
func callLine(c cases.Call) string {
	end := "changed nothing"
	switch {
	case c.Err != nil && c.Err.MayBeDone():
		end = "in doubt: " + c.Err.Message
	case c.Err != nil:
		end = "failed: " + c.Err.Message
	case c.Changed:
		end = "changed"
	}
	step := c.Step
	if c.Flow != "" {
		step = c.Flow + ": " + step
	}
	name := c.Card
	if service, _, _ := strings.Cut(c.Card, "."); c.On != "" && c.On != service {
		name += " on " + c.On
	}
	return words.VisibleLine(strings.Join([]string{step, name, c.Target, "→ " + end}, "  "))
}

// testReport is the JSON of --json.
type testReport struct {
	Passed   int              `json:"passed"`
	Failed   int              `json:"failed"`
	Seconds  float64          `json:"seconds"`
	Tests    []testResult     `json:"tests"`
	Problems []host.Problem   `json:"problems,omitempty"` // with any but warnings, no test ran
	Coverage []*cases.Covered `json:"coverage,omitempty"`
}

type testResult struct {
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Test     string        `json:"test"`
	Flow     string        `json:"flow"`
	Status   string        `json:"status"` // passed, failed, or error if it did not run
	Error    string        `json:"error,omitempty"`
	Failures []testFailure `json:"failures,omitempty"`
	Calls    []testCall    `json:"calls,omitempty"`
	Run      any           `json:"run,omitempty"` // of a test that did not pass
	Seconds  float64       `json:"seconds"`
}

type testFailure struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	What     string `json:"what"`
	Expected string `json:"expected,omitempty"`
	Got      string `json:"got,omitempty"`
}

type testCall struct {
	Flow    string `json:"flow,omitempty"` // of the run, if another run started it
	Card    string `json:"card"`
	On      string `json:"connection,omitempty"`
	Target  string `json:"target"`
	Step    string `json:"step"`
	Input   any    `json:"input"`
	Changed bool   `json:"changed"`
	InDoubt bool   `json:"in_doubt,omitempty"`
	Error   string `json:"error,omitempty"`
}

func resultOf(r *cases.Result) testResult {
	result := testResult{
		File: r.Case.File.Name, Line: r.Case.Node.Pos.Line, Test: r.Case.Name, Flow: r.Case.Flow, Status: "passed", Seconds: r.Took.Seconds(),
	}
	switch {
	case r.Err != nil:
		result.Status, result.Error = "error", r.Err.Error()
	case !r.Passed():
		result.Status = "failed"
		if r.Report != nil { // a run started
			result.Run = r.Report
		}
	}
	for _, f := range r.Failures {
		result.Failures = append(result.Failures, testFailure{f.Pos.File, f.Pos.Line, f.Pos.Col, f.What, f.Want, f.Got})
	}
	for _, c := range r.Calls {
		call := testCall{Flow: c.Flow, Card: c.Card, On: c.On, Target: c.Target, Step: c.Step, Input: c.In, Changed: c.Changed}
		if c.Err != nil {
			call.Error, call.InDoubt = c.Err.Message, c.Err.MayBeDone()
		}
		result.Calls = append(result.Calls, call)
	}
	return result
}
