package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func TestGeneratedOperationsAreFresh(t *testing.T) {
	t.Parallel()
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not fresh: run `make generate`", name)
		}
	}
}

// unsendable lists the operations that the SDK cannot send: it prints a pointer to a union into the path of the first
// four, and reads the body of the others from a file.
var unsendable = []string{
	"getSubscriptionsNotificationTypeRole", "listSubscriptionsRole", "subscribeByNotificationTypeRole", "unsubscribeByNotificationTypeRole",
	"publishCsrForIdentityProvider", "publishCsrFromApplication",
}

// Every operation of the description can be added to operations.txt: code generated for all of them compiles in place
// of the current code, and the tests of the package send each once and compare the request.
func TestEveryOperationOfOktaCanBeGenerated(t *testing.T) {
	t.Parallel()
	api, err := load(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range unsendable {
		if source, err := api.source(name); err == nil {
			t.Errorf("%s is generated now: take it out of unsendable\n%s", name, source)
		}
		delete(api.operations, name)
	}
	files, err := api.files(slices.Sorted(maps.Keys(api.operations)))
	if err != nil {
		t.Fatal(err)
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	dir := t.TempDir()
	for name, text := range files {
		place, err := filepath.Abs(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		overlay.Replace[place] = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(overlay.Replace[place], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	test := exec.CommandContext(t.Context(), "go", "test", "-overlay", file, "-run", "Operation|Arguments", "-v", "./"+target)
	test.Dir = root
	out, err := test.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestEveryOperationIsSentOnceAsOktaDescribesIt") {
		t.Errorf("%d operations: %v\n%s", len(api.operations), err, out)
	}
	t.Logf("%d operations", len(api.operations))
}
