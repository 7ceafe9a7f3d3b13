package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/cases"
	"github.com/flowdeck/flowdeck/engine/flow"
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

// add adds a test to the suite of a file, which is the last one if the file has one.
func (all *junitSuites) add(file string, c *junitCase, took time.Duration) {
	c.File, c.Time = words.VisibleLine(file), seconds(took)
	if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != c.File {
		all.Suites = append(all.Suites, &junitSuite{Name: c.File})
	}
	suite := all.Suites[len(all.Suites)-1]
	suite.Cases = append(suite.Cases, c)
	suite.Tests++
	all.Tests++
	suite.took += took
	suite.Time = seconds(suite.took)
	if c.Error != nil {
		suite.Errors++
		all.Errors++
	}
	if c.Failure != nil {
		suite.Failures++
		all.Failures++
	}
}

// junitOf returns the results as JUnit XML: a suite for each file, and the flow as the class of a test.
func junitOf(results []*cases.Result) *junitSuites {
	all := &junitSuites{}
	for _, r := range results {
		c := &junitCase{Name: words.VisibleLine(r.Case.Name), Class: r.Case.Flow, Line: r.Case.Node.Pos.Line}
		switch {
		case r.Err != nil:
			c.Error = &junitFailure{Message: inXML(r.Err.Error()), Type: "error", Text: inXML(r.Err.Error())}
		case !r.Passed():
			c.Failure = &junitFailure{Message: inXML(failureLine(r.Failures[0])), Type: "failure", Text: inXML(failureText(r))}
		}
		all.add(r.Case.File.Name, c, r.Took)
	}
	return all
}

// junitOfProblems returns problems as JUnit XML: each is the error of the test that has it or, elsewhere, of one that has the name of its file.
func junitOfProblems(t testSet, problems flow.Problems) *junitSuites {
	all := &junitSuites{}
	for _, p := range problems {
		if p.Warning {
			continue
		}
		c := &junitCase{Name: words.VisibleLine(p.Pos.File), Class: "problems", Line: p.Pos.Line}
		if at := t.caseAt(p.Pos); at != nil {
			c.Name, c.Class = words.VisibleLine(at.Name), at.Flow
		}
		c.Error = &junitFailure{Message: inXML(p.Message), Type: p.Code, Text: inXML(p.String())}
		if p.Hint != "" {
			c.Error.Text += "\n" + inXML("hint: "+p.Hint)
		}
		all.add(p.Pos.File, c, 0)
	}
	return all
}

// write writes the results of tests that took some time.
func (all *junitSuites) write(w io.Writer, took time.Duration) error {
	all.Name, all.Time = "flowdeck", seconds(took)
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
