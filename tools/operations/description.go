package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// A description is the part of an OpenAPI document that the generator needs.
type description struct {
	version    string
	operations map[string]described // by operationId
}

// A described operation is an operation in Okta's description.
type described struct {
	summary  string
	method   string   // such as "GET"
	path     string   // such as "/api/v1/users/{userId}"
	params   []string // the parameters of the path, in its order
	required []string // query parameters that a request must have
	body     bool     // a request must have a body
	form     bool     // the body is a form with the uploaded file as a field
	success  success  // a write: the answers of a success
}

// bucket returns the method and the path without the names of its parameters, as in reports on rate limits.
func (d described) bucket() string {
	return d.method + " " + parameter.ReplaceAllString(d.path, "{id}")
}

var methods = []string{"get", "post", "put", "patch", "delete"}

var parameter = regexp.MustCompile(`\{([^}]+)\}`)

func readDescription(file string) (description, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return description{}, err
	}
	var document struct {
		Info       struct{ Version string }
		Paths      map[string]map[string]yaml.Node
		Components struct{ Schemas schemas }
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		return description{}, err
	}
	all := description{version: document.Info.Version, operations: map[string]described{}}
	for path, item := range document.Paths {
		for method, node := range item {
			if !slices.Contains(methods, method) {
				continue // a key that is common to all operations of the path
			}
			var operation struct {
				OperationID string `yaml:"operationId"`
				Summary     string
				Parameters  []struct {
					Name, In string
					Required bool
				}
				RequestBody struct {
					Required bool
					Content  map[string]yaml.Node
				} `yaml:"requestBody"`
				Responses map[string]response
			}
			if err := node.Decode(&operation); err != nil {
				return description{}, fmt.Errorf("%s %s: %w", method, path, err)
			}
			d := described{summary: operation.Summary, method: strings.ToUpper(method), path: path, body: operation.RequestBody.Required}
			for _, name := range parameter.FindAllStringSubmatch(path, -1) {
				d.params = append(d.params, name[1])
			}
			for _, p := range operation.Parameters {
				if p.In == "query" && p.Required {
					d.required = append(d.required, p.Name)
				}
			}
			_, d.form = operation.RequestBody.Content["multipart/form-data"]
			if method != "get" {
				if d.success, err = document.Components.Schemas.success(operation.Responses); err != nil {
					return description{}, fmt.Errorf("%s: %w", operation.OperationID, err)
				}
			}
			all.operations[operation.OperationID] = d
		}
	}
	return all, nil
}
