package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// shop is an HTTP service with items, which knows the tokens shop-t0ken-4711 and those that its token endpoint /token issues. It serves
//
//	/v1/items          a list with the header Link, and POST
//	/v1/cursors        the list in an object, with a cursor
//	/v1/items/ID       GET, PUT, PATCH, DELETE
//	/v1/echo           the headers of the request
//	/v1/busy           a refusal for the rate limit, once
//	/v1/moved          a redirect to another host
//	/v1/lost           a 504 after it stored an item
//	/v1/report         a file that is not text
//	/v1/upload         the form or the file that it received, as JSON
//	/v1/flaky          a 503 after it read the body, once; then as /v1/upload
//	/v1/rude           an answer, and bytes after it that nobody asked for, as for each HEAD
//	/-/requests        the requests so far
type shop struct {
	mu       sync.Mutex
	items    map[string]string // names by id
	added    int
	tokens   int // issued
	busy     int // requests for what refuses the first one
	rotated  int // refresh tokens
	requests []string
}

// startShop is the script command `shop FILE`. It starts a shop, and points the connections in FILE, a flowdeck.yaml, at it.
// `get` then asks it.
func startShop(ts *testscript.TestScript, _ bool, args []string) {
	s := &shop{items: map[string]string{"i1": "chair", "i2": "table", "i3": "lamp"}}
	server := httptest.NewServer(s)
	ts.Defer(server.Close)
	ts.Setenv("ORG", server.URL)
	text := localOrg.ReplaceAllString(ts.ReadFile(args[0]), server.URL)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.URL.Path == "/-/requests" {
		fmt.Fprintln(w, strings.Join(s.requests, "\n"))
		return
	}
	s.requests = append(s.requests, r.Method+" "+r.RequestURI)
	w.Header().Set("Content-Type", "application/json")
	resource, id, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	switch {
	case r.URL.Path == "/token":
		s.issue(w, r)
	case r.Method == http.MethodHead, resource == "rude":
		s.rude(w)
	case !s.knows(r):
		w.WriteHeader(http.StatusUnauthorized)
		s.write(w, map[string]any{"message": "unknown credentials: " + r.Header.Get("Authorization")})
	case resource == "echo":
		s.write(w, map[string]any{"headers": r.Header, "sent": fmt.Sprint(r.Header)})
	case resource == "moved":
		http.Redirect(w, r, "https://login.example.com/start?from=shop", http.StatusFound)
	case resource == "busy":
		if s.busy++; s.busy == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
		s.write(w, map[string]any{"attempts": s.busy})
	case resource == "lost":
		s.items["lost"] = "lost"
		w.WriteHeader(http.StatusGatewayTimeout)
	case resource == "report":
		w.Header().Set("Content-Type", "application/pdf")
		fmt.Fprint(w, "%PDF-1.7 \x00\xff ", r.Header.Get("Authorization"))
	case resource == "upload", resource == "flaky":
		got := received(r)
		if resource == "flaky" {
			s.busy++
		}
		if resource == "flaky" && s.busy == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		s.write(w, got)
	case resource == "cursors", resource == "items" && id == "" && r.Method == http.MethodGet:
		s.list(w, r, resource)
	case resource == "items":
		s.item(w, r, id)
	default:
		w.WriteHeader(http.StatusNotFound)
		s.write(w, map[string]any{"message": "no such path"})
	}
}

func (s *shop) knows(r *http.Request) bool {
	username, password, _ := r.BasicAuth()
	return r.Header.Get("Authorization") == "Bearer shop-t0ken-4711" || r.Header.Get("X-Api-Key") == "shop-t0ken-4711" ||
		username == "ada" && password == "shop-t0ken-4711" || s.tokens > 0 && r.Header.Get("Authorization") == "Bearer "+s.token()
}

func (s *shop) token() string { return fmt.Sprintf("issued-t0ken-%d", s.tokens) }

// rude answers, and sends more on the same connection.
func (s *shop) rude(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}unsolicited")
}

// received returns a body that was uploaded.
func received(r *http.Request) map[string]any {
	got := map[string]any{"type": r.Header.Get("Content-Type"), "length": r.ContentLength}
	form, err := r.MultipartReader()
	if err != nil {
		body, _ := io.ReadAll(r.Body)
		got["body"] = string(body)
		return got
	}
	got["type"] = "multipart/form-data"
	for part, err := form.NextPart(); err == nil; part, err = form.NextPart() {
		text, _ := io.ReadAll(part)
		got[part.FormName()] = strings.TrimPrefix(part.FileName()+": ", ": ") + string(text)
	}
	return got
}

// rotate answers a token request for a refresh token, which it replaces. It accepts only the latest.
func (s *shop) rotate(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("refresh_token") != fmt.Sprintf("refresh-t0ken-%d", s.rotated+1) {
		w.WriteHeader(http.StatusBadRequest)
		s.write(w, map[string]any{"error": "invalid_grant", "error_description": "unknown token " + r.FormValue("refresh_token")})
		return
	}
	s.rotated++
	s.tokens++
	s.write(w, map[string]any{
		"access_token": s.token(), "token_type": "Bearer", "expires_in": 3600, "refresh_token": fmt.Sprintf("refresh-t0ken-%d", s.rotated+1),
	})
}

// issue answers a token request of the client that knows the secret.
func (s *shop) issue(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") == "refresh_token" {
		s.rotate(w, r)
		return
	}
	id, secret, _ := r.BasicAuth()
	if id != "robot" || secret != "robot-s3cret-99" || r.FormValue("grant_type") != "client_credentials" {
		w.WriteHeader(http.StatusUnauthorized)
		s.write(w, map[string]any{"error": "invalid_client", "error_description": "client secret " + secret + " is not valid"})
		return
	}
	s.tokens++
	s.write(w, map[string]any{"access_token": s.token(), "token_type": "Bearer", "expires_in": 3600})
}

// list answers a page of one item.
func (s *shop) list(w http.ResponseWriter, r *http.Request, resource string) {
	ids := slices.Sorted(maps.Keys(s.items))
	from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
	page := []map[string]string{}
	if from < len(ids) {
		page = append(page, map[string]string{"id": ids[from], "name": s.items[ids[from]]})
	}
	next := ""
	if from+1 < len(ids) {
		next = strconv.Itoa(from + 1)
	}
	if resource == "cursors" {
		s.write(w, map[string]any{"result": map[string]any{"things": page}, "meta": map[string]any{"next": next}})
		return
	}
	if next != "" {
		target := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawQuery: url.Values{"cursor": {next}}.Encode()}
		w.Header().Set("Link", "<"+target.String()+`>; rel="next"`)
	}
	s.write(w, page)
}

func (s *shop) item(w http.ResponseWriter, r *http.Request, id string) {
	_, there := s.items[id]
	body, _ := io.ReadAll(r.Body)
	var given struct{ Name string }
	_ = json.Unmarshal(body, &given)
	switch {
	case r.Method == http.MethodPost:
		s.added++
		id = fmt.Sprint("new", s.added)
		s.items[id] = given.Name
		w.WriteHeader(http.StatusCreated)
	case !there:
		w.WriteHeader(http.StatusNotFound)
		s.write(w, map[string]any{"message": "no item " + id})
		return
	case r.Method == http.MethodDelete:
		delete(s.items, id)
		w.WriteHeader(http.StatusNoContent)
		return
	case r.Method != http.MethodGet:
		s.items[id] = given.Name
	}
	s.write(w, map[string]string{"id": id, "name": s.items[id]})
}

func (s *shop) write(w io.Writer, v any) { _ = json.NewEncoder(w).Encode(v) }
