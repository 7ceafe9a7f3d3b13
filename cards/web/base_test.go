package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestABaseURLIsAnEncryptedURLWithAHost(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://api.example.com":             "https://api.example.com/x",
		"https://API.Example.com.:443/v1":     "https://api.example.com/v1/x",
		"https://api.example.com:8443/a%20b":  "https://api.example.com:8443/a%20b/x",
		"http://127.0.0.1:8080/v1":            "http://127.0.0.1:8080/v1/x",
		"http://localhost":                    "http://localhost/x",
		"https://[2001:db8::1]/graph/v1.0":    "https://[2001:db8::1]/graph/v1.0/x",
		"https://xn--bcher-kva.example/books": "https://xn--bcher-kva.example/books/x",
	} {
		b, err := parseBase(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if u, err := b.target("GET", "/x"); err != nil || u.String() != want {
			t.Errorf("%s: %v, %v; want %s", text, u, err, want)
		}
	}
	for text, part := range map[string]string{
		"":                               "not the URL",
		"api.example.com/v1":             "not the URL",
		"/v1":                            "not the URL",
		"https://":                       "not the URL",
		"https://bücher.example":         "not the URL",
		"https://api。example.com":        "not the URL",
		"https://ada:pw@example.com":     "has a user",
		"https://api.example.com?x=1":    "more than a host and a path",
		"https://api.example.com/?":      "more than a host and a path",
		"https://api.example.com/#x":     "more than a host and a path",
		"ftp://api.example.com":          `the scheme "ftp"`,
		"http://api.example.com":         "not encrypted",
		"http://10.0.0.1":                "not encrypted",
		"https://api.example.com/a/../":  `"..", which leads`,
		"https://api.example.com/%2e%2e": `"..", which leads`,
		"https://api.example.com//a":     "is empty",
	} {
		_, err := parseBase(text)
		if e := card.AsError(err); !has(e, card.Invalid, part) || strings.Contains(e.Message, "pw") {
			t.Errorf("%q: %v, want %q", text, err, part)
		}
	}
}

func TestAPathStaysBelowTheBase(t *testing.T) {
	t.Parallel()
	b, err := parseBase("https://api.example.com/v1")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/users/ada@a.example": "https://api.example.com/v1/users/ada@a.example",
		"/users/a%20b":         "https://api.example.com/v1/users/a%20b",
		"/users/100%25":        "https://api.example.com/v1/users/100%25",
		"/users/ä":             "https://api.example.com/v1/users/%C3%A4",
		"/v1/../..x":           "",
		"/users('a')/$ref":     "https://api.example.com/v1/users('a')/$ref",
		"/users:batch":         "https://api.example.com/v1/users:batch",
	} {
		u, err := b.target("GET", path)
		if want == "" {
			if err == nil {
				t.Errorf("%s: %v", path, u)
			}
			continue
		}
		if err != nil || u.String() != want {
			t.Errorf("%s: %v, %v; want %s", path, u, err, want)
		}
	}
	for _, path := range hostile {
		u, err := b.target("GET", path)
		if e := card.AsError(err); e == nil || e.Kind != card.Invalid || e.Hint == "" {
			t.Errorf("%q leads to %v, %v", path, u, err)
		}
	}
}

// hostile are paths that are not below a base, or that some server could read so.
var hostile = []string{
	"", "users", "https://evil.example/", "//evil.example/", `\\evil.example`, `/\evil.example`, "/http://evil.example", "@evil.example",
	"/..", "/../x", "/a/../../x", "/a/./b", "/%2e%2e/x", "/%2E./x", "/.%2e/x", "/a%2f..%2f..%2fx", "/a%2Fb", "/a%5c..%5cx", `/a\..\x`,
	"/%252e%252e/x", "/a%252f..%252fx", "/a//b", "/a/", "/a/ /b", "/a/%20/b", "/a?x=1", "/a#b", "/a%3fx", "/a%0d%0aHost:%20evil", "/a\r\nHost: evil", "/a%00", "/a\x00",
	"/a%", "/a%zz", "/%2e", "/%2f", "/%252e", "/", "/..;/admin", "/a/..;x=1/b", "/%2e%2e;/admin", "/..%3bx/y", "/.;/x", "/..%20;/x", "/..%253b/x", "/;/x", "/;a=b", "/.. /x",
}

func TestAPathEndsWithASlashIfTheBaseDoes(t *testing.T) {
	t.Parallel()
	b, err := parseBase("https://api.example.com/v1/")
	if err != nil {
		t.Fatal(err)
	}
	if u, err := b.target("GET", "/users/1/"); err != nil || u.String() != "https://api.example.com/v1/users/1/" {
		t.Errorf("%v, %v", u, err)
	}
	for _, path := range []string{"/users/1", "/users//", "/users/../"} {
		if _, err := b.target("GET", path); err == nil {
			t.Errorf("%s passes", path)
		}
	}
}

// An empty value in a path must not turn the change of one object into that of all.
func TestAPathNamesSomethingBelowTheBase(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://a.example", "https://a.example/", "https://a.example/v1", "https://a.example/v1/", "https://a.example/v1/people"} {
		b, err := parseBase(url)
		if err != nil {
			t.Fatal(err)
		}
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			names := b.path == "" && (method == "GET" || method == "HEAD" || method == "POST")
			u, err := b.target(method, "/")
			switch {
			case names && (err != nil || u.String() != "https://a.example/"):
				t.Errorf("%s %s: %v, %v", method, url, u, err)
			case !names && !has(card.AsError(err), card.Invalid, `path "/" names nothing below base_url`, "is an inserted value empty?"):
				t.Errorf("%s %s: %v, %v", method, url, u, err)
			}
		}
	}
}

func TestALinkToTheNextPageStaysBelowTheBase(t *testing.T) {
	t.Parallel()
	b, err := parseBase("https://api.example.com/v1")
	if err != nil {
		t.Fatal(err)
	}
	from := b.url("/users")
	for link, want := range map[string]string{
		"https://api.example.com/v1/users?after=x&limit=2": "https://api.example.com/v1/users?after=x&limit=2",
		"https://API.example.com:443/v1/users?p=2":         "https://api.example.com/v1/users?p=2",
		"http://api.example.com/v1/users?p=2":              "https://api.example.com/v1/users?p=2", // never unencrypted
		"/v1/users?p=2":                                    "https://api.example.com/v1/users?p=2",
		"?p=2":                                             "https://api.example.com/v1/users?p=2",
		"/v1/users/?p=2#x":                                 "https://api.example.com/v1/users/?p=2",
	} {
		if u, err := b.next(from, link); err != nil || u.String() != want {
			t.Errorf("%s: %v, %v; want %s", link, u, err, want)
		}
	}
	for _, link := range []string{
		"https://evil.example/v1/users?p=2", "//evil.example/v1/users", "https://api.example.com.evil.example/v1/users", "https://api.example.com:444/v1/users",
		"https://api.example.com@evil.example/v1/users", "https://ada@api.example.com/v1/users", "/v2/users", "/v1x/users", "../users", "/v1/../admin",
		"/v1/%2e%2e/admin", "/v1/a%2f..%2f..%2fadmin", "mailto:ada@a.example", "https://api.example.com/", "://", "%zz",
	} {
		if u, err := b.next(from, link); err == nil {
			t.Errorf("%q leads to %v", link, u)
		}
	}
}

func FuzzTarget(f *testing.F) {
	for _, path := range append(hostile, "/users/1", "/a%20b/c:d") {
		f.Add(path)
	}
	b, err := parseBase("https://api.example.com/v1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := b.target("GET", path)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Host != "api.example.com" || again.Scheme != "https" || !strings.HasPrefix(again.JoinPath().Path, "/v1/") || again.RawQuery != "" || again.Fragment != "" {
			t.Errorf("%q leads to %v, %v", path, u, err)
		}
	})
}

func FuzzNext(f *testing.F) {
	for _, link := range append(hostile, "https://api.example.com/v1/users?p=2", "//api.example.com/v1/x", "?p=2", "/v1/../v1/x", "https://api.example.com\\@evil.example/v1/x") {
		f.Add(link)
	}
	b, err := parseBase("https://api.example.com/v1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, link string) {
		u, err := b.next(b.url("/users"), link)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String())
		if err != nil || again.Host != "api.example.com" || again.Scheme != "https" || again.User != nil || !strings.HasPrefix(again.JoinPath().Path+"/", "/v1/") {
			t.Errorf("%q leads to %v, %v", link, u, err)
		}
	})
}
