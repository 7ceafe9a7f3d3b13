package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/engine/veil"
)

// workspaceOf writes a workspace with one flow, and with a connection okta to a server.
func workspaceOf(t *testing.T, server, flow string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"f.yaml":        flow,
		"flowdeck.yaml": "connections:\n  okta: {type: okta, domain: \"" + server + "\", auth: {api_token: {env: TOKEN}}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ran runs the command line with a veil of its own, as in a new process, and returns its output.
func ran(args ...string) (out, errs string) {
	var o, e bytes.Buffer
	run(context.Background(), env{
		args: args, in: strings.NewReader(""), out: &o, err: &e, veil: veil.New(),
		lookup: tokenIs(apiToken),
	})
	return o.String(), e.String()
}

// The card declares which of its inputs are secret, even if the flow does not. A service may repeat them.
func TestASecretInputOfACardIsNotShownIfTheServiceRepeatsIt(t *testing.T) {
	t.Parallel()
	const password, key = "ada@acme.example-Winter", "ada@acme.example"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/me"):
			fmt.Fprint(w, `{"id":"00u1","profile":{"login":"me@acme.example"}}`)
		case r.Method == http.MethodPost:
			body, _ := io.ReadAll(r.Body)
			summary, _ := json.Marshal("bad: " + string(body))
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprintf(w, `{"errorCode":"E0000001","errorSummary":%s}`, summary)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"errorCode":"E0000007","errorSummary":"Not found"}`)
		}
	}))
	defer server.Close()
	for name, step := range map[string]string{
		"a password":               `card: okta.user.create, with: {login: "${ record }", email: "${ record }", first_name: A, last_name: L, password: "${ record + '-Winter' }"}`,
		"a field of a raw request": `card: okta.request, with: {method: POST, path: /users, body: {credentials: {password: {value: "${ record + '-Winter' }"}}}}`,
	} {
		dir := workspaceOf(t, server.URL, "flow: f\nsteps:\n  - each: '[\"ada@acme.example\"]'\n    id: made\n    key: record\n    on_error: continue\n    do:\n      - {"+step+", retry: {attempts: 1}}\n")
		for _, args := range [][]string{{"-y"}, {"-y", "-vv"}, {"-y", "--json"}} {
			out, errs := ran(append([]string{"run", "f", "-C", dir}, args...)...)
			all := out + errs
			if !strings.Contains(all, key) && !strings.Contains(all, "made") {
				t.Errorf("%s: %v: the record did not fail, which proves nothing:\n%s", name, args, all)
			}
			if form := formIn([]byte(all), password); form != "" || strings.Contains(all, "…-Winter") {
				t.Errorf("%s: %v shows the password in %s:\n%s", name, args, form, all)
			}
		}
		found := 0
		err := filepath.WalkDir(filepath.Join(dir, ".flowdeck"), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			found++
			text, err := os.ReadFile(path)
			if formIn(text, password) != "" {
				t.Errorf("%s: %s shows it: %s", name, path, text)
			}
			return err
		})
		if err != nil || found == 0 {
			t.Errorf("%s: %d files are kept, which proves nothing: %v", name, found, err)
		}
	}
}

// A secret may be a common word. Hiding it must not break the keys and phrases of a report.
func TestASecretThatIsACommonWordDoesNotBreakAReport(t *testing.T) {
	t.Parallel()
	const flow = `flow: f
inputs: {pw: {type: string, secret: true}}
steps:
  - id: result
    each: "[inputs.pw]"
    key: record
    do: [{set: {x: 1}}]
    collect: record
  - return: {a: "${ inputs.pw }", b: "${ inputs.pw + ': x' }", c: "${ {(inputs.pw): 1, (upper(inputs.pw)): 2} }", list: ["${ inputs.pw }x"]}
`
	for _, secret := range []string{"status", "succeeded", "result", "read", "streams", "true", "a: b"} {
		dir := workspaceOf(t, "http://127.0.0.1:1", flow)
		file := filepath.Join(dir, "pw.txt")
		if err := os.WriteFile(file, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
		out, errs := ran("run", "f", "-C", dir, "-i", "pw=@"+file, "--json")
		var report struct {
			Status  string
			Result  map[string]any
			Streams map[string]struct{ Read int }
		}
		if err := json.Unmarshal([]byte(out), &report); err != nil || report.Status != "succeeded" || report.Result["a"] != "[secret]" || report.Streams["result"].Read != 1 {
			t.Errorf("%q: %v\n%s%s", secret, err, out, errs)
		}
		if keys, _ := report.Result["c"].(map[string]any); len(keys) != 2 {
			t.Errorf("%q: a value was lost: %v", secret, report.Result["c"])
		}
		out, errs = ran("run", "f", "-C", dir, "-i", "pw=@"+file)
		var text struct{ Result map[string]any }
		if err := yaml.Unmarshal([]byte(out), &text); err != nil || text.Result["b"] != "[secret]: x" {
			t.Errorf("%q: the result is not YAML: %v\n%s%s", secret, err, out, errs)
		}
	}
}
