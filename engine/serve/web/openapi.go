package web

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// shape is a JSON Schema.
type shape map[string]any

var (
	anyObject = shape{"type": "object", "additionalProperties": true}
	textShape = shape{"type": "string"}
	timeShape = shape{"type": "string", "format": "date-time"}

	occasionShape = fieldsOf(shape{
		"occasion": shape{"type": "integer"}, "flow": textShape, "trigger": textShape, "by": textShape, "status": shape{"type": "string", "enum": []string{"waiting", "started", "dropped"}},
		"reason": textShape, "run": textShape, "received": timeShape, "url": textShape,
	}, "occasion", "flow", "status", "url")
	occasionsShape = fieldsOf(shape{"occasions": listOf(occasionShape), "next": textShape}, "occasions")
	inputShape     = fieldsOf(shape{
		"name": textShape, "about": textShape, "required": shape{"type": "boolean"}, "default": shape{"nullable": true}, "secret": shape{"type": "boolean"}, "schema": anyObject,
	}, "name", "required", "secret")
	flowShape = fieldsOf(shape{
		"name": textShape, "about": textShape, "triggers": listOf(fieldsOf(shape{"kind": textShape, "name": textShape}, "kind", "name")), "inputs": listOf(inputShape),
	}, "name", "triggers")
	flowsShape    = fieldsOf(shape{"flows": listOf(flowShape)}, "flows")
	startShape    = fieldsOf(shape{"inputs": anyObject})
	runsShape     = fieldsOf(shape{"runs": listOf(anyObject), "next": textShape}, "runs")
	approvalShape = fieldsOf(shape{
		"run": textShape, "flow": textShape, "step": textShape, "prompt": textShape, "show": shape{"nullable": true}, "by": listOf(textShape), "self": shape{"type": "boolean"},
		"started_by": textShape, "status": textShape, "digest": textShape, "asked": timeShape, "expires": timeShape, "decided": timeShape, "decided_by": textShape,
		"note": textShape, "used": timeShape,
	}, "run", "flow", "step", "prompt", "by", "self", "started_by", "status", "digest", "asked", "expires")
	approvalsShape = fieldsOf(shape{"approvals": listOf(approvalShape)}, "approvals")
	verdictShape   = fieldsOf(shape{"digest": textShape, "approved": shape{"type": "boolean"}, "note": textShape}, "digest", "approved")
	errorShape     = fieldsOf(shape{"error": fieldsOf(shape{
		"kind": textShape, "message": textShape, "hint": textShape,
		"problems": listOf(fieldsOf(shape{"input": textShape, "message": textShape, "hint": textShape}, "input", "message")),
	}, "kind", "message")}, "error")
)

func fieldsOf(fields shape, required ...string) shape {
	s := shape{"type": "object", "properties": fields}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func listOf(item shape) shape { return shape{"type": "array", "items": item} }

func content(typ string, s shape) map[string]any {
	return map[string]any{typ: map[string]any{"schema": s}}
}

var inPath = regexp.MustCompile(`\{(\w+)\}`)

// describeAPI answers with the OpenAPI description of all routes.
func (c *call) describeAPI() error {
	paths := map[string]map[string]any{}
	for _, r := range Routes() {
		if paths[r.Path] == nil {
			paths[r.Path] = map[string]any{}
		}
		paths[r.Path][strings.ToLower(r.Method)] = r.describe()
	}
	version := strings.TrimPrefix(c.Product, "flowdeck/")
	if version == "" {
		version = "0"
	}
	return c.reply(http.StatusOK, map[string]any{
		"openapi": "3.0.3",
		"info":    map[string]any{"title": "flowdeck", "version": version, "description": "Start flows of a workspace, and look at their runs."},
		"paths":   paths,
		"components": map[string]any{"securitySchemes": map[string]any{
			"token":  map[string]any{"type": "http", "scheme": "bearer", "description": "made by `flowdeck token create`"},
			"secret": map[string]any{"type": "apiKey", "in": "header", "name": "Authorization", "description": "the secret of an event trigger, as it is"},
		}},
	})
}

// describe returns the OpenAPI operation of a route.
func (r Route) describe() map[string]any {
	good := map[string]any{"description": http.StatusText(r.Status)}
	switch {
	case r.Gives != nil:
		good["content"] = content("application/json", r.Gives)
	case r.Text != "":
		good["content"] = content(r.Text, textShape)
	}
	o := map[string]any{
		"operationId": r.Name, "description": r.About, "x-access": string(r.Access),
		"responses": map[string]any{
			strconv.Itoa(r.Status): good,
			"default":              map[string]any{"description": "an error", "content": content("application/json", errorShape)},
		},
	}
	switch r.Access {
	case Anyone:
	case Service:
		o["security"] = []any{map[string]any{"secret": []string{}}}
	default:
		o["security"] = []any{map[string]any{"token": []string{}}}
	}
	parameters := []any{}
	add := func(name, in, about string, required bool) {
		parameters = append(parameters, map[string]any{"name": name, "in": in, "description": about, "required": required, "schema": textShape})
	}
	for _, m := range inPath.FindAllStringSubmatch(r.Path, -1) {
		add(m[1], "path", "the "+m[1], true)
	}
	for _, p := range r.Query {
		add(p.Name, "query", p.About, false)
	}
	for _, p := range r.Headers {
		add(p.Name, "header", p.About, false)
	}
	if len(parameters) > 0 {
		o["parameters"] = parameters
	}
	if r.Takes != nil {
		o["requestBody"] = map[string]any{"content": content("application/json", r.Takes)}
	}
	return o
}
