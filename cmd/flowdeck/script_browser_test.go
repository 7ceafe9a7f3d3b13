package main

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// browse stands for the program that opens a browser, and for the browser: it follows the redirects of a URL, and prints the last page to the
// file in BROWSER_PAGE. The person in PERSON signs in. In a script, flowdeck finds it in the PATH.
func browse() {
	err := visit(os.Args[len(os.Args)-1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func visit(address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	query := u.Query()
	query.Set("login_hint", cmp.Or(os.Getenv("PERSON"), "ada@acme.example"))
	u.RawQuery = query.Encode()
	res, err := http.Get(u.String())
	if err != nil {
		return err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	return os.WriteFile(os.Getenv("BROWSER_PAGE"), page, 0o600)
}

// choosePort is the script command `port FILE...`. It replaces the usual port of redirect URIs with one that is free.
func choosePort(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	ts.Check(listener.Close())
	for _, name := range args {
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(strings.ReplaceAll(ts.ReadFile(name), "8765", port)), 0o600))
	}
}

// T24: a program could start for other URLs.
func TestT24ABrowserIsOpenedForHTTPSAndThisMachineOnly(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{
		"https://acme.okta.com/oauth2/v1/authorize?a=b": true, "http://127.0.0.1:8642/oauth2": true, "http://[::1]:8642/": true, "http://localhost:1/": true,
		"http://acme.okta.com/": false, "file:///etc/passwd": false, "javascript:alert(1)": false, "ssh://a": false, "-h": false, "": false,
		"https:": false, "https:///path": false, "ms-msdt:/id": false, "HTTP://acme.okta.com": false, "http://127.0.0.1.evil.example/": false,
	} {
		if err := checkAddress(address); (err == nil) != ok {
			t.Errorf("%s: got %v", address, err)
		}
	}
	if argv := opener(); len(argv) == 0 || strings.Contains(strings.Join(argv, " "), "cmd") {
		t.Errorf("opened by %q", argv) // cmd.exe would read & in the URL
	}
}
