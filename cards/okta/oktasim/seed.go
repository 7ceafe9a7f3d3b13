package oktasim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"gopkg.in/yaml.v3"
)

// A Seed is the start of an org, as Load read it. The zero Seed is an org with nobody in it:
// the group Everyone, the token demo-token with every scope, no limits, faults or latency.
// A Seed is never changed, so that one may start any number of orgs, also at the same time.
type Seed struct {
	now      time.Time     // the data clock at start; zero is the caller's clock
	users    []user        // the listed people; times may be unset
	groups   []seedGroup   // the listed groups
	generate population    // the people made up on top
	tokens   []token       // nil is demo-token alone; empty is none at all
	limits   limits        // zero is none
	faults   []fault       // in the order of the file
	latency  time.Duration // before every answer

	searchDelay    time.Duration // how far search lags
	asyncLifecycle time.Duration // how long activation takes, and deactivation that may
	logDelay       time.Duration // how late every second event is stored
	schema         schema        // custom attributes of users: those declared, and those that the listed people use

	digest string // of what the state starts from: not of limits, faults and the like
}

// A seedGroup is a listed group. Its members are indexes of Seed.users, ascending.
type seedGroup struct {
	id, name, description, source string
	attributes                    []attribute
	kind                          groupType
	members                       []uint32
}

// A population is the people that a seed has made up: the same seed number makes the same people,
// apart from dates, which are relative to the start of the org.
type population struct {
	seed   uint64
	users  int
	groups []groupSize
}

// A groupSize is how many members a group has once the made-up people are there; the listed
// members count. For all, it is everybody, listed or made up.
type groupSize struct {
	name string
	size int
	all  bool
}

// MaxSeedSize is how many bytes of a seed's file are worth reading.
const MaxSeedSize = 64 << 20

// Load reads a seed from YAML. An empty document is the zero Seed. Unknown keys, wrong values,
// members that do not exist and logins, ids or group names that occur twice are errors; all that
// were found are joined, each a *SeedError with its place. Text that is not YAML is one error.
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

// readDocument is the root of a text that is one YAML document, nil where the text is empty. what
// names it in errors.
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
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if err := decoder.Decode(&second); err == nil {
		return nil, &SeedError{Line: second.Line, Message: "a " + what + " must be a single YAML document, but a second one starts here"}
	} else if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	return document.Content[0], nil
}

// Digest is different for seeds with which the same changes make different orgs.
func (s Seed) Digest() string { return s.digest }

// digest is of the values that the state depends on, whatever the layout, the comments, and the order of keys.
func digest(n *yaml.Node) (string, error) {
	var parts map[string]any
	if err := n.Decode(&parts); err != nil {
		return "", err
	}
	start := map[string]any{}
	for _, key := range []string{"now", "users", "groups", "generate", "attributes", "async_lifecycle"} {
		start[key] = parts[key]
	}
	data, err := yaml.Marshal(start) // sorts the keys
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), err
}

// seed reads the parts in the order in which they refer to each other, whatever their order in the file.
func (l *loader) seed(n *yaml.Node) Seed {
	parts := l.mapping(n, "the seed",
		"now", "users", "groups", "generate", "tokens", "limits", "faults", "latency",
		"search_delay", "async_lifecycle", "log_delay", "attributes")
	var s Seed
	if at := l.moment(parts["now"], "now"); at != unset && at != never {
		s.now = at.time()
	}
	l.schema, l.learned = l.declared(parts["attributes"]), map[string]bool{}
	people := l.people(parts["users"])
	s.schema = l.schema
	s.users = people.users
	if g := parts["generate"]; g != nil {
		s.generate = l.population(g)
	}
	s.groups = l.groups(parts["groups"], people)
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

// maxGenerated keeps ids of the made-up people within their fixed width.
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

// checkSizes refuses sizes that the people of the seed cannot give.
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

// keyNode finds the node of a key along a path of keys; where there is none, the last mapping on the way.
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
