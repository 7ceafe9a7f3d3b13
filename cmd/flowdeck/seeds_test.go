package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/docs"
)

func TestTheSeedOfTheDocsIsValidAndHasEveryKey(t *testing.T) {
	t.Parallel()
	_, err := oktasim.Load([]byte("none: 1"))
	keys := regexp.MustCompile(`keys: (.*)`).FindStringSubmatch(err.Error())
	if keys == nil {
		t.Fatalf("%v does not list the keys", err)
	}
	for _, b := range blocks(docs.Seeds) {
		if b.kind != "yaml" {
			continue
		}
		seed, err := oktasim.Load([]byte(b.text))
		if err == nil {
			_, err = oktasim.New(seed, oktasim.Options{})
		}
		if err != nil {
			t.Errorf("docs/seeds.md:%d: %v", b.line, err)
		}
		for _, key := range strings.Split(keys[1], ", ") {
			if !strings.Contains("\n"+b.text, "\n"+strings.TrimSpace(key)+":") {
				t.Errorf("docs/seeds.md does not have the key %s of a seed", key)
			}
		}
		return
	}
	t.Error("docs/seeds.md has no example")
}
