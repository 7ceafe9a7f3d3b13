package scimsim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// MaxSeedSize is the maximum size of a seed in bytes.
const MaxSeedSize = 32 << 20

// DefaultToken is the bearer token of a server whose seed names none.
const DefaultToken = "demo-token"

// DefaultBase is the path of a server whose seed names none.
const DefaultBase = "/scim/v2"

// A Seed describes a server at its start.
type Seed struct {
	document
	digest string
	places map[string][]spot // of the items of lists
}

// document is the form of a seed.
type document struct {
	Token    string           `yaml:"token"`
	Base     string           `yaml:"base"`
	Now      time.Time        `yaml:"now"`
	Quirks   Quirks           `yaml:"quirks"`
	Limit    int              `yaml:"limit"` // requests a minute; 0: any number
	Faults   []Fault          `yaml:"faults"`
	Generate generated        `yaml:"generate"`
	Users    []map[string]any `yaml:"users"`
	Groups   []map[string]any `yaml:"groups"`
}

// generated are users and groups in addition to those that the seed lists: person000001@acme.example and Team 1, each with the first members.
type generated struct{ Users, Groups, Members int }

// Quirks are the differences between a server and RFC 7644. The zero Quirks has none.
type Quirks struct {
	NoConfig       bool          `yaml:"no_config"`        // ServiceProviderConfig, Schemas and ResourceTypes are 404
	NoPatch        bool          `yaml:"no_patch"`         // PATCH is 501
	NoFilter       string        `yaml:"no_filter"`        // "refuse": a filter is 400; "ignore": it lists everybody
	SimpleFilter   bool          `yaml:"simple_filter"`    // a filter is one comparison with eq
	NoEscapes      bool          `yaml:"no_escapes"`       // a backslash in a filter stands for itself
	NoETag         bool          `yaml:"no_etag"`          // neither versions nor conditional writes
	NoSort         bool          `yaml:"no_sort"`          // sortBy is ignored
	NoTotals       bool          `yaml:"no_totals"`        // lists have no totalResults
	NoScimType     bool          `yaml:"no_scim_type"`     // errors have no scimType
	NarrowPatch    bool          `yaml:"narrow_patch"`     // a PATCH loses the attributes that its query excludes from the answer
	PatchNoContent bool          `yaml:"patch_no_content"` // PATCH answers 204 without a body
	LowerCaseNames bool          `yaml:"lower_case_names"` // user names are stored in lower case
	NoExternalID   bool          `yaml:"no_external_id"`   // externalId is ignored
	ExactCase      bool          `yaml:"exact_case"`       // the case of user names matters
	UniqueGroups   bool          `yaml:"unique_groups"`    // two groups cannot have the same name
	PageSize       int           `yaml:"page_size"`        // resources a page, whatever count asks for; 0: any number
	VisibleAfter   time.Duration `yaml:"visible_after"`    // how long lists do not have what was created
}

// A Fault makes requests fail, without doing them.
type Fault struct {
	Match  string `yaml:"match"`  // "POST /Users", below the base; * is any one segment
	Nth    int    `yaml:"nth"`    // only that one
	Every  int    `yaml:"every"`  // each nth
	Status int    `yaml:"status"` // 0: no answer
}

// Load reads a seed in YAML. Its error joins SeedErrors.
func Load(source []byte) (Seed, error) {
	sum := sha256.Sum256(source)
	seed := Seed{digest: hex.EncodeToString(sum[:])}
	var root yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(source)).Decode(&root); err != nil && !errors.Is(err, io.EOF) {
		return Seed{}, placed(err)
	}
	if len(root.Content) > 0 {
		var f form
		f.check(root.Content[0], reflect.TypeFor[document](), seedItself)
		if err := errors.Join(f.mistakes...); err != nil {
			return Seed{}, err
		}
		if err := root.Decode(&seed.document); err != nil {
			return Seed{}, placed(err)
		}
		seed.places = map[string][]spot{}
		for _, key := range []string{"users", "groups", "faults"} {
			seed.places[key] = items(root.Content[0], key)
		}
	}
	if seed.document.Token == "" {
		seed.document.Token = DefaultToken
	}
	if seed.document.Base == "" {
		seed.document.Base = DefaultBase
	}
	var mistakes []error
	if !strings.HasPrefix(seed.Base(), "/") || strings.HasSuffix(seed.Base(), "/") {
		mistakes = append(mistakes, &SeedError{Message: fmt.Sprintf("base %q is not a path such as %s", seed.Base(), DefaultBase)})
	}
	if q := seed.Quirks.NoFilter; q != "" && q != "refuse" && q != "ignore" {
		mistakes = append(mistakes, &SeedError{Message: fmt.Sprintf("quirk no_filter is %q, not refuse or ignore", q)})
	}
	for i, f := range seed.Faults {
		if err := f.check(); err != nil {
			mistakes = append(mistakes, seed.mistake("faults", i, err.Error()))
		}
	}
	_, err := New(seed, Options{}) // finds the mistakes of users and groups
	return seed, errors.Join(append(mistakes, err)...)
}

// mistake returns the error of an item of a list of the seed.
func (s Seed) mistake(key string, i int, message string) error {
	e := &SeedError{Message: message}
	if i < len(s.places[key]) { // otherwise an alias has it
		e.Line, e.Column = s.places[key][i].line, s.places[key][i].column
	}
	return e
}

// Digest identifies the text of the seed.
func (s Seed) Digest() string { return s.digest }

// Token is the bearer token that the server accepts.
func (s Seed) Token() string { return s.document.Token }

// Base is the path below which the server has its resources.
func (s Seed) Base() string { return s.document.Base }

// populate creates the users and groups of a seed. Its error joins SeedErrors.
func (s *Server) populate(seed Seed) error {
	users := slices.Clip(seed.Users)
	var mistakes []error
	for i := range seed.Generate.Users {
		name := fmt.Sprintf("person%06d@acme.example", i+1)
		users = append(users, map[string]any{"userName": name, "name": map[string]any{"givenName": "Pat", "familyName": fmt.Sprintf("Person %d", i+1)}})
	}
	for i, attributes := range users {
		if _, err := s.seeded(s.users, attributes); err != nil {
			mistakes = append(mistakes, seed.mistake("users", i, fmt.Sprintf("user %d: %v", i+1, err)))
		}
	}
	for i, attributes := range seed.Groups {
		if _, err := s.seeded(s.groups, attributes); err != nil {
			mistakes = append(mistakes, seed.mistake("groups", i, fmt.Sprintf("group %d: %v", i+1, err)))
		}
	}
	for i := range seed.Generate.Groups {
		g, err := s.seeded(s.groups, map[string]any{"displayName": fmt.Sprintf("Team %d", i+1)})
		if err != nil {
			mistakes = append(mistakes, &SeedError{Message: fmt.Sprintf("generated group %d: %v", i+1, err)})
			continue
		}
		for _, u := range s.users.list[:min(seed.Generate.Members, len(s.users.list))] {
			g.join(u.id)
		}
	}
	return errors.Join(mistakes...)
}

// seeded creates a resource of the seed. Its members may be named by userName.
func (s *Server) seeded(c *collection, attributes map[string]any) (*resource, error) {
	given, problem := normal(attributes)
	if problem != nil {
		return nil, problem
	}
	id, _ := given["id"].(string)
	if members, ok := given["members"].([]any); ok {
		for i, m := range members {
			if name, ok := m.(string); ok {
				members[i] = map[string]any{"value": s.idOf(name)}
			}
		}
	}
	r, problem := s.create(c, given, s.began)
	if problem != nil {
		return nil, problem
	}
	if id != "" {
		if c.byID[id] != nil {
			return nil, fmt.Errorf("id %q is there twice", id)
		}
		delete(c.byID, r.id)
		r.id, r.given = id, true
		c.byID[id] = r
	}
	r.visible = time.Time{}
	return r, nil
}

// idOf returns the id of the user with a name; the name itself if there is none.
func (s *Server) idOf(name string) string {
	for _, u := range s.users.list {
		if u.name() == name {
			return u.id
		}
	}
	return name
}
