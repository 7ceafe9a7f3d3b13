package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryLinkedModuleHasALicense(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := licenses(&out, "../.."); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"\nGo\n==\n", "\ngithub.com/okta/okta-sdk-golang/v5 v5.0.5\n", "\ngopkg.in/yaml.v3 v3.0.1\n",
		"Copyright 2009 The Go Authors", "Apache License", "This module comes without a license.",
	} {
		if !strings.Contains("\n"+out.String(), want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(out.String(), "kin-openapi") {
		t.Error("a module that only tests use is in it")
	}
}

func TestFolderWithoutLicenseIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "NOTICE"), []byte("read this"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := texts(dir); err == nil {
		t.Errorf("got %q, want an error", text)
	}
	if err := os.WriteFile(filepath.Join(dir, "License.md"), []byte("do what you like\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := texts(dir); err != nil || string(text) != "do what you like\n\nread this" {
		t.Errorf("got %q, %v", text, err)
	}
}
