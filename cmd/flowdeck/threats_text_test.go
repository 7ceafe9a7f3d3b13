//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode"
)

// hostile is a text that a browser, a terminal, a spreadsheet or a reader of server-sent events could obey.
const hostile = "=1+1\x1b]52;c;ZXZpbA==\a\u009b2J\u202e\r\nevent: end\ndata: {}\n\n<script>alert(1)</script>\" onerror=\"x"

const hostileFlow = `flow: evil
inputs: {who: string}
triggers: [{webhook: evil}]
steps:
  - id: sweep
    each: '[inputs.who]'
    key: record
    on_error: continue
    do: [{fail: "${ record }"}]
  - fail: ${ inputs.who }
`

// The API and the log of a server have texts of people and orgs. docs/threats.md names the script that does the same with all commands.
func TestT4WhatPeopleWriteIsInert(t *testing.T) {
	t.Parallel()
	for _, form := range []string{"json", "text"} {
		p := serveIn(t, folder(t, map[string]string{"flowdeck.yaml": "timezone: UTC\n", "evil.yaml": hostileFlow}), "--log", form)
		body, err := json.Marshal(map[string]string{"who": hostile})
		if err != nil {
			t.Fatal(err)
		}
		status, a := p.ask("POST", "/hooks/evil", string(body))
		if status != http.StatusAccepted {
			t.Fatalf("got %d %v", status, a)
		}
		p.await("ended", "evil", "failed")
		_, occasion := p.ask("GET", fmt.Sprint(a["url"]), "")
		for path, typ := range map[string]string{
			fmt.Sprint("/api/v1/runs/", occasion["run"]): "application/json", fmt.Sprint("/api/v1/runs/", occasion["run"], "/events"): "text/event-stream", "/api/v1/runs": "application/json",
			"/api/v1/flows/evil": "application/json", fmt.Sprint(a["url"]): "application/json", "/metrics": "text/plain", "/api/v1/runs/" + "%3Cscript%3E": "application/json",
		} {
			r, err := http.NewRequest("GET", p.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+p.token)
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			h := resp.Header
			if !strings.HasPrefix(h.Get("Content-Type"), typ) || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s: got the headers %v", path, h)
			}
			if strings.HasSuffix(path, "/events") && strings.Count(string(text), "\nevent: end\n") != 1 {
				t.Errorf("%s: a text made an event:\n%s", path, text)
			}
			obeyed(t, form+" "+path, string(text))
		}
		p.signal(syscall.SIGTERM)
		if code := p.code(); code != 0 {
			t.Errorf("it ended with %d", code)
		}
		obeyed(t, "the log as "+form, p.text())
	}
}

// obeyed fails if a terminal would obey a character of a text.
func obeyed(t *testing.T, what, text string) {
	t.Helper()
	for _, c := range text {
		if c != '\n' && c != '\t' && unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			t.Errorf("%s has %U:\n%q", what, c, text)
			return
		}
	}
}

// What the server writes about a token is its name and its hash.
func TestT11ATokenIsInNoFileAndNoLine(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"flowdeck.yaml": "timezone: UTC\n", "hello.yaml": hello})
	p := serveIn(t, dir)
	for path, want := range map[string]int{
		"/hooks/hello": 200, "/hooks/none": 404, "/hooks/hello?token=" + p.token: 400, "/api/v1/flows/hello/runs?access_token=" + p.token: 400, "/" + p.token: 400, "/hooks/hello?a=%66" + p.token[1:]: 400, "/hooks/hello?b=%zz&" + p.token: 400,
	} {
		if status, a := p.ask("POST", path, ""); status != want {
			t.Errorf("%.20s: got %d %v, want %d", path, status, a, want)
		}
	}
	p.await("ended", "hello", "succeeded")
	p.signal(syscall.SIGTERM)
	if code := p.code(); code != 0 || strings.Contains(p.text(), p.token) {
		t.Errorf("it ended with %d:\n%s", code, p.text())
	}
	for _, command := range [][]string{{"runs", "show", "--last", "--json"}, {"logs", "--last"}, {"token", "list", "--json"}} {
		out, err := exec.Command("flowdeck", append(command, "-C", dir)...).CombinedOutput()
		if err != nil || strings.Contains(string(out), p.token) {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		text, err := os.ReadFile(path)
		if strings.Contains(string(text), p.token) {
			t.Errorf("%s has the token", path)
		}
		return err
	})
	if err != nil || files < 3 {
		t.Errorf("%d files, %v", files, err)
	}
}
