package main

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// template is a template for new flows: the flows in the folder new/NAME, which run unchanged in the workspace of init, and a test.
type template struct{ name, about string }

// flowTemplates are the templates in the order in which they are shown.
var flowTemplates = []template{
	{"stream", "a list page by page, and a helper flow for each record"},
	{"report", "a list that is filtered and written to a CSV file"},
	{"webhook", "a flow that another system starts with an HTTP request"},
	{"schedule", "a flow that starts at set times"},
	{"offboard", "steps for one person who leaves, in a safe order"},
}

//go:embed new
var templateFiles embed.FS

// Texts in the files of templates that are replaced.
const (
	templateFlow = "my-flow"                 // the name of the flow, also the first part of the name of its helper
	templateZone = "    timezone: Etc/UTC\n" // for workspaces without a time zone
)

// settings is what a new flow takes from its workspace.
type settings struct {
	schema     string // the path of the schema for editors; empty: none
	connection string // the connection to Okta; empty: the flow does not name one
	timezone   bool   // whether the workspace has one
}

// newFlow is a flow of a template.
type newFlow struct {
	name string
	text []byte
}

// flows returns the flows of the template for a workspace. The first one has the name, and the others are its helpers.
func (t template) flows(name string, s settings) (flows []newFlow, err error) {
	folder := path.Join("new", t.name)
	entries, err := templateFiles.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		if entry.IsDir() { // the test
			continue
		}
		source, err := templateFiles.ReadFile(path.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		text := string(source)
		if s.timezone {
			text = strings.Replace(text, templateZone, "", 1)
		}
		if s.connection != "" {
			conn, err := yaml.Marshal(s.connection) // quoted if it looks like something else than text
			if err != nil {
				return nil, err
			}
			text = strings.Replace(text, "\nsteps:\n", "\nconnections:\n  okta: "+string(conn)+"\nsteps:\n", 1)
		}
		text = strings.ReplaceAll(text, templateFlow, name)
		if s.schema != "" {
			text = "# yaml-language-server: $schema=" + s.schema + "\n\n" + text
		}
		laid, err := flow.Format([]byte(text))
		if err != nil {
			return nil, err
		}
		file := strings.TrimSuffix(entry.Name(), ".yaml")
		flows = append(flows, newFlow{strings.Replace(file, templateFlow, name, 1), laid})
	}
	slices.SortFunc(flows, func(a, b newFlow) int { return strings.Compare(a.name, b.name) })
	return flows, nil
}

// test returns the text of a first test of the flow of the template.
func (t template) test(name string) ([]byte, error) {
	text, err := templateFiles.ReadFile(path.Join("new", t.name, "tests", templateFlow+".yaml"))
	return bytes.ReplaceAll(text, []byte(templateFlow), []byte(name)), err
}

func templateNames() (names []string) {
	for _, t := range flowTemplates {
		names = append(names, t.name)
	}
	return names
}

// templateLines returns a line for each template, for lists.
func templateLines() (lines []string) {
	for _, t := range flowTemplates {
		lines = append(lines, fmt.Sprintf("  %-8s  %s", t.name, t.about))
	}
	return lines
}
