package cases

import (
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine/card"
)

// known has the names of things by their ids, as the answers of reads have them: a call names what it acts on by its id. It is safe for concurrent
// use.
type known struct {
	mu    sync.Mutex
	names map[string]string
}

// learn learns the names in an answer.
func (k *known) learn(v card.Value) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			k.learn(item)
		}
	case map[string]any:
		id, _ := v["id"].(string)
		profile, _ := v["profile"].(map[string]any)
		name := nameOf(profile)
		if own, _ := v["label"].(string); own != "" {
			name = own
		} else if own, _ := v["userName"].(string); own != "" {
			name = own
		} else if own, _ := v["displayName"].(string); own != "" && name == "" {
			name = own
		}
		if id != "" && name != "" {
			k.mu.Lock()
			k.names[id] = name
			k.mu.Unlock()
		}
	}
}

// named returns a text with names in place of the ids that are known.
func (k *known) named(text string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	for id, name := range k.names {
		text = strings.ReplaceAll(text, id, name)
	}
	return text
}
