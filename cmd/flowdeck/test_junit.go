package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/cases"
	"github.com/flowdeck/flowdeck/engine/words"
)

// The elements of JUnit XML, as CI systems read them.
type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Time     string        `xml:"time,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Time     string       `xml:"time,attr"`
	Cases    []*junitCase `xml:"testcase"`
	took     time.Duration
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	File    string        `xml:"file,attr"`
	Line    int           `xml:"line,attr"`
	Time    string        `xml:"time,attr"`
	Failure *junitFailure `xml:"failure"`
	Error   *junitFailure `xml:"error"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// writeJUnit writes the results as JUnit XML: a suite for each file, and the flow as the class of a test.
func writeJUnit(w io.Writer, results []*cases.Result, took time.Duration) error {
	all := junitSuites{Name: "flowdeck", Tests: len(results), Time: seconds(took)}
	var suite *junitSuite
	for _, r := range results {
		if file := words.VisibleLine(r.Case.File.Name); suite == nil || suite.Name != file {
			suite = &junitSuite{Name: file}
			all.Suites = append(all.Suites, suite)
		}
		c := &junitCase{Name: words.VisibleLine(r.Case.Name), Class: r.Case.Flow, File: suite.Name, Line: r.Case.Node.Pos.Line, Time: seconds(r.Took)}
		suite.Cases = append(suite.Cases, c)
		suite.Tests++
		suite.took += r.Took
		suite.Time = seconds(suite.took)
		switch {
		case r.Err != nil:
			c.Error = &junitFailure{Message: inXML(r.Err.Error()), Type: "error", Text: inXML(r.Err.Error())}
			suite.Errors++
			all.Errors++
		case !r.Passed():
			c.Failure = &junitFailure{Message: inXML(failureLine(r.Failures[0])), Type: "failure", Text: inXML(failureText(r))}
			suite.Failures++
			all.Failures++
		}
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// failureText describes the failures of a test and its calls in lines.
func failureText(r *cases.Result) string {
	var b strings.Builder
	for _, f := range r.Failures {
		fmt.Fprintf(&b, "%s: %s\n", f.Pos, failureLine(f))
	}
	for _, c := range r.Calls {
		fmt.Fprintf(&b, "  %s\n", callLine(c))
	}
	return b.String()
}

// inXML returns a text without the characters that XML cannot have, line by line.
func inXML(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = words.VisibleLine(line)
	}
	return strings.Join(lines, "\n")
}

// seconds returns a duration as JUnit XML has it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }
