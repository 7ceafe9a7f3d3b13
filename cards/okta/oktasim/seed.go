package oktasim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// A Seed is the initial state of an org, as returned by Load. The zero Seed is an org without users: it has the group
// Everyone, the token demo-token with every scope, and no limits, faults or latency. A Seed is never modified: any
// number of orgs may be created from it, also concurrently.
type Seed struct {
	now      time.Time               // the data clock at the start; the zero time means the caller's clock
	users    []user                  // the listed users; their times may be unset
	groups   []seedGroup             // the listed groups
	objects  map[string][]seedObject // the listed objects, by the key of their resource
	generate population              // the additional, generated users
	tokens   []token                 // nil means only demo-token; empty means none
	limits   limits                  // the zero value means none
	faults   []fault                 // in the order of the file
	latency  time.Duration           // before every answer

	searchDelay         time.Duration     // delay of the search index
	asyncLifecycle      time.Duration     // duration of an activation, and of an asynchronous deactivation
	logDelay            time.Duration     // delay of every second event
	schema, groupSchema schema            // custom attributes of users and groups: the declared ones, and those that listed ones have
	typeSchemas         map[string]schema // those of users by the name or id of their type

	digest string // of the initial state, without limits, faults and the like
}

// A seedGroup is a listed group. Its members are indexes of Seed.users, ascending.
type seedGroup struct {
	id, name, description, source string
	created                       instant // unset: the start of the org
	lastUpdated                   instant // unset: created
	lastMembershipUpdated         instant // unset: created
	attributes                    []attribute
	kind                          groupType
	members                       []uint32
	ruleMembers                   map[string][]uint32 // by the name or id of a group rule: the members that it added
	matching                      bool                // instead: active rules added the members to whom they apply
}

// A population is the generated users of a seed. The same seed number generates the same users, except for dates,
// which are relative to the start of the org.
type population struct {
	seed   uint64
	users  int
	groups []groupSize
}

// A groupSize is the number of members of a group, listed and generated ones. With all, every user is a member.
type groupSize struct {
	name string
	size int
	all  bool
}

// MaxSeedSize is the maximum size of a seed in bytes. Callers should not read larger files.
const MaxSeedSize = 64 << 20

// Load reads a seed from YAML. An empty document is the zero Seed. Unknown keys, wrong values, members that do not
// exist, and duplicate logins, ids or group names are errors. Load joins all errors, each a *SeedError with its
// place. For text that is not YAML, it returns one error.
func Load(src []byte) (Seed, error) {
	document, err := readDocument(src, "seed")
	if document == nil || err != nil {
		return Seed{}, err
	}
	var l loader
	seed := l.seed(document)
	if err := errors.Join(l.problems...); err != nil {
		return Seed{}, err
	}
	if seed.digest, err = digest(document); err != nil {
		return Seed{}, fmt.Errorf("read seed: %w", err)
	}
	return seed, nil
}

// readDocument returns the root of a text that is one YAML document; nil if the text is empty. what is the name of
// the text in errors.
func readDocument(src []byte, what string) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil { // yaml.v3 panics on some comments
			root, err = nil, fmt.Errorf("read %s: %v", what, p)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var document, second yaml.Node
	if err := decoder.Decode(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, notYAML(src, err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, &SeedError{Line: second.Line, Message: "a " + what + " must be a single YAML document, but a second one starts here"}
	} else if !errors.Is(err, io.EOF) {
		return nil, notYAML(src, err)
	}
	return document.Content[0], nil
}

// Digest returns a digest of the seed. Seeds with the same digest create the same users and groups, so that the stored
// changes of an org with one of them can be replayed on the other.
func (s Seed) Digest() string { return s.digest }

// digest returns a digest of the values on which the state depends. Layout, comments and the order of keys do not
// matter. It is that of one YAML text with all these values, but only one item of a list is in memory at a time: yaml.v3
// takes 1.5 GB to write 50,000 users at once (measured).
func digest(n *yaml.Node) (string, error) {
	parts := map[string]*yaml.Node{"now": nil, "users": nil, "groups": nil, "generate": nil, "attributes": nil, "async_lifecycle": nil}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i].Value, n.Content[i+1]
		ofObjects := slices.ContainsFunc(resources(), func(r *resource) bool { return r.key == key })
		if _, always := parts[key]; always || ofObjects && !isNull(value) {
			parts[key] = value
		}
	}
	sum := sha256.New()
	for _, key := range slices.Sorted(maps.Keys(parts)) {
		part := parts[key]
		if part == nil || part.Kind != yaml.SequenceNode || len(part.Content) == 0 {
			text, err := canonical(key, part)
			if err != nil {
				return "", err
			}
			sum.Write(text)
			continue
		}
		before := []byte(key + ":\n")
		sum.Write(before)
		for i := range part.Content {
			text, err := canonical(key, &yaml.Node{Kind: yaml.SequenceNode, Content: part.Content[i : i+1]})
			if err != nil {
				return "", err
			}
			sum.Write(bytes.TrimPrefix(text, before))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// canonical returns a key and its value, nil for null, as YAML without comments, whose keys are sorted.
func canonical(key string, n *yaml.Node) ([]byte, error) {
	var value any
	if n != nil {
		if err := n.Decode(&value); err != nil {
			return nil, err
		}
	}
	return yaml.Marshal(map[string]any{key: value})
}

// HasObjects reports whether the seed lists things besides users and groups, whose mistakes New finds.
func (s Seed) HasObjects() bool { return len(s.objects) > 0 }

// SeedKeys returns the keys of a seed.
func SeedKeys() []string {
	keys := []string{
		"now", "users", "groups", "generate", "tokens", "limits", "faults", "latency",
		"search_delay", "async_lifecycle", "log_delay", "attributes",
	}
	for _, r := range resources() {
		keys = append(keys, r.key)
	}
	return keys
}

// seed reads the parts in the order of their references, whatever their order in the file.
func (l *loader) seed(n *yaml.Node) Seed {
	parts := l.mapping(n, "the seed", SeedKeys()...)
	var s Seed
	if at := l.moment(parts["now"], "now"); at != unset && at != never {
		s.now = at.time()
	}
	l.objects = l.listed(parts)
	s.objects = l.objects
	l.schema, l.groupSchema, l.typeSchemas = l.declared(parts["attributes"]), schema{}, map[string]schema{}
	people := l.people(parts["users"])
	s.users = people.users
	if g := parts["generate"]; g != nil {
		s.generate = l.population(g)
	}
	s.groups = l.groups(parts["groups"], people)
	l.schema.settle()
	l.groupSchema.settle()
	s.schema, s.groupSchema, s.typeSchemas = l.schema, l.groupSchema, l.typeSchemas
	l.checkSizes(parts["generate"], s)
	s.tokens = l.tokens(parts["tokens"], people)
	s.limits = l.limits(parts["limits"])
	s.faults = l.faults(parts["faults"])
	s.latency = l.duration(parts["latency"], "latency")
	s.searchDelay = l.duration(parts["search_delay"], "search_delay")
	s.asyncLifecycle = l.duration(parts["async_lifecycle"], "async_lifecycle")
	s.logDelay = l.duration(parts["log_delay"], "log_delay")
	return s
}

// maxGenerated limits the ordinals of generated users, which have a fixed width in ids.
const maxGenerated = 10_000_000

func (l *loader) population(n *yaml.Node) population {
	keys := l.mapping(n, "generate", "seed", "users", "groups")
	p := population{
		seed:  uint64(l.count(keys["seed"], "generate.seed", 0)),
		users: l.count(keys["users"], "generate.users", 0),
	}
	if p.users > maxGenerated {
		l.problem(keys["users"], "", "generate.users must be at most %d, not %d", maxGenerated, p.users)
		p.users = 0
	}
	if keys["groups"] == nil {
		return p
	}
	names := map[string]string{}
	for _, e := range l.entries(keys["groups"], "generate.groups") {
		if earlier, twice := names[fold(e.key)]; twice {
			l.problem(e.at, "", "group %q is already in generate.groups, as %q", e.key, earlier)
			continue
		}
		names[fold(e.key)] = e.key
		size := groupSize{name: e.key, all: e.value.Kind == yaml.ScalarNode && e.value.Value == "all"}
		if !size.all {
			size.size = l.count(e.value, fmt.Sprintf("the size of %q (or all)", e.key), 0)
		}
		p.groups = append(p.groups, size)
	}
	return p
}

// checkSizes reports groups that are larger than the number of users, or smaller than their listed members.
func (l *loader) checkSizes(n *yaml.Node, s Seed) {
	listed := map[string]int{}
	for _, g := range s.groups {
		listed[fold(g.name)] = len(g.members)
	}
	for _, size := range s.generate.groups {
		at := keyNode(n, "groups", size.name)
		switch have := listed[fold(size.name)]; {
		case size.all:
		case fold(size.name) == fold(everyoneName):
			l.problem(at, "write Everyone: all, or leave it out", "every user is in %s", everyoneName)
		case size.size < have:
			l.problem(at, "", "group %q is to have %d members, but lists %d already", size.name, size.size, have)
		case size.size > have+s.generate.users:
			l.problem(at, "raise generate.users, or lower the size",
				"group %q is to have %d members, but lists %d and only %d people are generated", size.name, size.size, have, s.generate.users)
		}
	}
}

// keyNode returns the node of the key at the end of a path of keys; if it does not exist, the last key of the path that
// does, or n.
func keyNode(n *yaml.Node, path ...string) *yaml.Node {
	at := n
	for _, key := range path {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				at, n = n.Content[i], n.Content[i+1]
				break
			}
		}
	}
	return at
}
