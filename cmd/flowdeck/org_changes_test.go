package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/veil"
)

// dumpOf returns the state of the simulated org `okta` of a workspace, as a flat map from paths to values.
func dumpOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	return flat(t, dumped(t, dir, "okta"))
}

// dumped returns the state of the simulated server of a connection.
func dumped(t *testing.T, dir, connection string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	dump := env{args: []string{"org", "dump", connection, "-C", dir}, in: strings.NewReader(""), out: &out, err: &errs, lookup: os.LookupEnv, veil: veil.New()}
	if code := run(t.Context(), dump); code != exitOK {
		t.Fatalf("flowdeck org dump %s: %d\n%s", connection, code, &errs)
	}
	return out.Bytes()
}

// dumpsOf returns the state of everything that a flow uses.
func dumpsOf(t *testing.T, dir string, checked *host.Checked) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, use := range checked.Uses() {
		for path, value := range flat(t, dumped(t, dir, use.Name)) {
			all[use.Name+path] = value
		}
	}
	return all
}

// flat returns the fields of a dump by their paths. An object in a list has its name in place of its index, and a text in a list is a path of its own.
func flat(t *testing.T, dump []byte) map[string]string {
	t.Helper()
	var org any
	if err := yaml.Unmarshal(dump, &org); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	flatten(all, "", org)
	return all
}

// moment matches a time, as package yaml decodes it and as text.
var moment = regexp.MustCompile(`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*$`)

func flatten(all map[string]string, path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			flatten(all, path+"/"+name, field)
		}
	case []any:
		for _, item := range v {
			object, ok := item.(map[string]any)
			if !ok {
				all[path+"/"+fmt.Sprint(item)] = ""
				continue
			}
			name := []string(nil)
			for _, key := range []string{"login", "label", "name", "id", "app", "user", "group", "userName", "displayName"} {
				if text, ok := object[key].(string); ok {
					name = append(name, text)
				}
			}
			flatten(all, path+"/"+strings.Join(name, "+"), object)
		}
	default:
		all[path] = moment.ReplaceAllString(fmt.Sprint(v), "TIME")
	}
}

// changes returns the differences of two states, one a line.
func changes(before, after map[string]string) (all []string) {
	for _, path := range slices.Sorted(maps.Keys(merged(before, after))) {
		was, had := before[path]
		is, has := after[path]
		switch {
		case !had:
			all = append(all, strings.TrimSuffix("+ "+path+" = "+is, " = "))
		case !has:
			all = append(all, "- "+path)
		case was != is:
			all = append(all, "~ "+path+" = "+is+" (was "+was+")")
		}
	}
	return all
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
