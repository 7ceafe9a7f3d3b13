package scimsim

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Format is the version of stored requests. It changes when the same requests would create a different state.
const Format = "scimsim 1"

// KeptHeaders are the headers on which a change depends.
func KeptHeaders() []string { return []string{"If-Match"} }

// Options are the choices of a program that runs a server. The zero Options is a server in memory with the time of the system.
type Options struct {
	Began time.Time        // when the state was first created; zero: now
	Clock func() time.Time // nil: time.Now

	// Keep makes and stores a change; nil: it is only made. See simhost.Keep.
	Keep func(r *http.Request, note any, change func() (at time.Time, done bool)) error
}

// A Server is a simulated SCIM server. It is safe for concurrent use.
type Server struct {
	base   string
	token  string
	quirks Quirks
	clock  func() time.Time
	keep   func(r *http.Request, note any, change func() (time.Time, bool)) error
	began  time.Time
	offset time.Duration // from the clock to the time of the data

	mu            sync.RWMutex
	users, groups *collection

	traffic traffic
}

// New makes the server of a seed.
func New(seed Seed, o Options) (*Server, error) {
	s := &Server{
		base: seed.Base(), token: seed.Token(), quirks: seed.Quirks, clock: o.Clock, keep: o.Keep, began: o.Began,
		users: newCollection("User", "/Users", userSchema, "userName"), groups: newCollection("Group", "/Groups", groupSchema, "displayName"),
		traffic: traffic{limit: seed.Limit, faults: seed.Faults, seen: make([]int, len(seed.Faults))},
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.keep == nil {
		s.keep = func(_ *http.Request, _ any, change func() (time.Time, bool)) error { change(); return nil }
	}
	if s.began.IsZero() {
		s.began = s.clock().Round(0)
	}
	if !seed.Now.IsZero() {
		s.offset = seed.Now.Sub(s.began)
	}
	return s, s.populate(seed)
}

// Began returns the time when the state was first created.
func (s *Server) Began() time.Time { return s.began }

// An answer is complete before it is sent.
type answer struct {
	status int
	body   any // nil for none
	header map[string]string
}

func (a answer) done() bool { return a.status >= 200 && a.status <= 299 }

// refused returns the answer of a refusal.
func (s *Server) refused(p *problem) answer {
	body := map[string]any{"schemas": []string{errorMessage}, "status": strconv.Itoa(p.status), "detail": p.detail}
	if p.scimType != "" && !s.quirks.NoScimType {
		body["scimType"] = p.scimType
	}
	return answer{status: p.status, body: body}
}

// ServeHTTP answers a request. GET /-/dump returns the state, GET /-/dump?ids=all that with all ids, GET /-/requests the requests so far, and
// GET /-/faults which of the faults have struck.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/-/dump":
		w.Header().Set("Content-Type", "application/yaml")
		w.Write(s.dump(r.URL.Query().Get("ids") == "all")) // an error means that the client closed the connection
		return
	case "/-/faults":
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(s.traffic.struck())
		return
	case "/-/requests":
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(s.traffic.all())
		return
	}
	a, cut := s.answer(r)
	if cut {
		panic(http.ErrAbortHandler)
	}
	h := w.Header()
	h.Set("Server", "scimsim")
	for name, value := range a.header {
		h.Set(name, value)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	h.Set("Content-Type", "application/scim+json")
	w.WriteHeader(a.status)
	json.NewEncoder(w).Encode(a.body)
}

// answer makes the answer. cut: the connection is closed instead.
func (s *Server) answer(r *http.Request) (a answer, cut bool) {
	path, below := strings.CutPrefix(r.URL.Path, s.base)
	if !below {
		return s.refused(refuse(404, "", "%s is not below %s", r.URL.Path, s.base)), false
	}
	if a, stopped, cut := s.stopped(r, path); stopped {
		return a, cut
	}
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || subtle.ConstantTimeCompare([]byte(given), []byte(s.token)) != 1 {
		a := s.refused(refuse(401, "", "Authorization failure"))
		a.header = map[string]string{"WWW-Authenticate": "Bearer"}
		return a, false
	}
	if r.Method == http.MethodGet {
		s.mu.RLock()
		defer s.mu.RUnlock()
		return s.route(r, path, s.clock()), false
	}
	r.Body = http.MaxBytesReader(nil, r.Body, largestBody)
	err := s.keep(r, nil, func() (time.Time, bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		at := s.clock()
		a = s.route(r, path, at)
		return at, a.done()
	})
	if err != nil {
		a = s.refused(refuse(500, "", "the state of this simulated server cannot be kept: %v", err))
	}
	return a, false
}

// largestBody is the maximum size of the body of a request in bytes, which is what simhost stores.
const largestBody = 1 << 20

// Replay repeats a change that was stored.
func (s *Server) Replay(r *http.Request, at time.Time, _ json.RawMessage) error {
	path, _ := strings.CutPrefix(r.URL.Path, s.base)
	if a := s.route(r, path, at); !a.done() {
		return fmt.Errorf("status %d", a.status)
	}
	return nil
}

// route runs the operation of a request.
func (s *Server) route(r *http.Request, path string, at time.Time) answer {
	at = at.Add(s.offset)
	name, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return s.refused(refuse(400, "invalidSyntax", "the query is not valid"))
	}
	base := "http://" + r.Host + s.base
	for _, c := range []*collection{s.users, s.groups} {
		switch {
		case "/"+name != c.path || strings.Contains(rest, "/"):
		case rest == "":
			return s.onCollection(c, r, query, base, at)
		default:
			return s.onResource(c, r, rest, query, base, at)
		}
	}
	if r.Method == http.MethodGet && rest == "" && !s.quirks.NoConfig {
		if body, ok := s.config(name, base); ok {
			return answer{status: 200, body: body}
		}
	}
	return s.refused(refuse(404, "", "%s is not an endpoint", path))
}

func (s *Server) onCollection(c *collection, r *http.Request, query url.Values, base string, at time.Time) answer {
	switch r.Method {
	case http.MethodGet:
		return s.search(c, query, base, at)
	case http.MethodPost:
		given, problem := bodyOf(r)
		if problem != nil {
			return s.refused(problem)
		}
		made, problem := s.create(c, given, at)
		if problem != nil {
			return s.refused(problem)
		}
		return s.answerWith(c, made, 201, query, base)
	}
	return s.refused(refuse(405, "", "%s is not allowed here", r.Method))
}

func (s *Server) onResource(c *collection, r *http.Request, id string, query url.Values, base string, at time.Time) answer {
	found := c.byID[id]
	if found == nil {
		return s.refused(missing(id))
	}
	if match := r.Header.Get("If-Match"); match != "" && match != "*" && match != found.etag() && r.Method != http.MethodGet && !s.quirks.NoETag {
		return s.refused(refuse(412, "", "Resource %s has changed", id))
	}
	var problem *problem
	switch r.Method {
	case http.MethodGet:
		return s.answerWith(c, found, 200, query, base)
	case http.MethodDelete:
		s.remove(c, found)
		return answer{status: 204}
	case http.MethodPut:
		problem = s.put(c, found, r)
	case http.MethodPatch:
		if problem = s.patchBy(c, found, r); problem == nil && s.quirks.NarrowPatch {
			found.forget(query)
		}
	default:
		problem = refuse(405, "", "%s is not allowed here", r.Method)
	}
	if problem != nil {
		return s.refused(problem)
	}
	found.modified, found.version = at, found.version+1
	if r.Method == http.MethodPatch && s.quirks.PatchNoContent {
		return answer{status: 204, header: s.tag(found)}
	}
	return s.answerWith(c, found, 200, query, base)
}

func (s *Server) put(c *collection, found *resource, r *http.Request) *problem {
	given, problem := bodyOf(r)
	if problem != nil {
		return problem
	}
	return s.set(c, found, given)
}

func (s *Server) patchBy(c *collection, found *resource, r *http.Request) *problem {
	if s.quirks.NoPatch {
		return refuse(501, "", "PATCH is not implemented")
	}
	given, problem := objectIn(r)
	if problem != nil {
		return problem
	}
	operations, problem := operationsIn(given)
	if problem != nil {
		return problem
	}
	return s.patch(c, found, operations)
}

// answerWith answers with a resource.
func (s *Server) answerWith(c *collection, r *resource, status int, query url.Values, base string) answer {
	v := selected(s.view(c, r, base, func(name string) bool { return isSelected(query, name) }), query)
	h := s.tag(r)
	if status == 201 {
		h["Location"] = base + c.path + "/" + r.id
	}
	return answer{status: status, body: v, header: h}
}

func (s *Server) tag(r *resource) map[string]string {
	if s.quirks.NoETag {
		return map[string]string{}
	}
	return map[string]string{"ETag": r.etag()}
}

// bodyOf returns the attributes in the body of a request.
func bodyOf(r *http.Request) (map[string]any, *problem) {
	given, problem := objectIn(r)
	if problem != nil {
		return nil, problem
	}
	return normal(given)
}

func objectIn(r *http.Request) (object map[string]any, _ *problem) {
	data, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(data, &object)
	}
	if err != nil || object == nil {
		return nil, refuse(400, "invalidSyntax", "the body is not a JSON object")
	}
	return object, nil
}
