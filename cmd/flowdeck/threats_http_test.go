//go:build unix

package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// raw sends bytes to an address, and returns the connection and the status line of the answer.
func raw(t *testing.T, address, text string) (net.Conn, string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	sent := make(chan struct{})
	go func() { defer close(sent); _, _ = io.WriteString(conn, text) }() // the server may close before it has all
	line, _ := bufio.NewReader(conn).ReadString('\n')
	<-sent
	return conn, strings.TrimSpace(line)
}

// doors are both servers of flowdeck: their addresses, with a request that they answer with 200.
func doors(t *testing.T) map[string]*process {
	t.Helper()
	p := serveIn(t, folder(t, map[string]string{"flowdeck.yaml": "timezone: UTC\n", "hello.yaml": hello}))
	org := startProcess(t, "org", "../../flows/orgs/acme.yaml", "--listen", "127.0.0.1:0")
	org.url = atURL.FindString(org.await("simulated org of"))
	return map[string]*process{"/api/v1/flows": p, "/-/stats": org}
}

func (p *process) address() string {
	_, address, _ := strings.Cut(p.url, "://")
	return address
}

func TestT2T3BothServersRefuseWebPages(t *testing.T) {
	t.Parallel()
	for path, p := range doors(t) {
		auth := ""
		if p.token != "" {
			auth = "Authorization: Bearer " + p.token + "\r\n"
		}
		for headers, want := range map[string]string{
			"Host: localhost":                                          "200",
			"Host: 127.0.0.1:1":                                        "200",
			"Host: evil.example":                                       "421",
			"Host: 127.0.0.1.evil.test":                                "421",
			"Host: localhost\r\nSec-Fetch-Site: cross-site":            "403",
			"Host: localhost\r\nSec-Fetch-Site: same-site":             "403",
			"Host: localhost\r\nOrigin: https://evil.example":          "403",
			"Host: localhost\r\nOrigin: null":                          "403",
			"Host: localhost\r\nX-Long: " + strings.Repeat("a", 1<<18): "431",
		} {
			if _, got := raw(t, p.address(), "GET "+path+" HTTP/1.1\r\n"+headers+"\r\n"+auth+"\r\n"); !strings.HasPrefix(got, "HTTP/1.1 "+want) {
				t.Errorf("%s with %.60q: got %q, want %s", path, headers, got, want)
			}
		}
	}
}

// A thousand requests of a hostile client: large, deep, never finished. Then the servers have what they had before, and have closed what
// does not go on.
func TestT5HostileRequestsCostLittle(t *testing.T) {
	t.Parallel()
	long(t)
	for path, p := range doors(t) {
		t.Run(strings.Trim(path, "/"), func(t *testing.T) {
			t.Parallel()
			ask := "POST /hooks/hello HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
			if p.token == "" {
				ask = "POST /api/v1/groups HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
			}
			body := func(text string) string { return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", ask, len(text), text) }
			for range 3 {
				raw(t, p.address(), body(`{"a": `+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`))
			}
			before := p.rss()
			var open []net.Conn
			for i := range 1000 {
				switch i % 5 {
				case 0:
					raw(t, p.address(), body(`{"a": `+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`))
				case 1:
					raw(t, p.address(), body(`{"a": "`+strings.Repeat("a", 900_000)+`"}`))
				case 2:
					raw(t, p.address(), ask+"Content-Length: 1000000000000\r\n\r\n{}")
				default: // it dribbles
					conn, err := net.Dial("tcp", p.address())
					if err != nil {
						t.Fatal(err)
					}
					defer conn.Close()
					text := ask
					if i%5 == 4 {
						text += "Content-Length: 1000\r\n\r\n{"
					}
					if _, err := io.WriteString(conn, text); err != nil {
						t.Fatal(err)
					}
					open = append(open, conn)
				}
			}
			if after := p.rss(); after > before+50<<20 {
				t.Errorf("the process grew from %d to %d MB", before>>20, after>>20)
			}
			for _, conn := range open {
				if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
					t.Fatalf("a request that never ends was not cut off: %v", err)
				}
			}
			if status, _ := p.ask("GET", path, ""); status != http.StatusOK {
				t.Errorf("afterwards: got %d", status)
			}
		})
	}
}

const watched = `flow: watched
triggers: [{webhook: watched}]
steps:
  - set: {n: 0}
  - repeat:
      - set: {n: "${ vars.n + 1 }"}
    until: vars.n == 19000
    max: 20000
  - wait: 2s
  - return: done
`

// Clients of HTTP/1.1 and HTTP/2 that stop reading, close or reset change no run, and do not keep a handler busy.
func TestT8ConnectionsThatBreakChangeNothing(t *testing.T) {
	t.Parallel()
	long(t)
	cert, key := certificate(t)
	for _, secure := range []bool{false, true} {
		t.Run(fmt.Sprint("TLS ", secure), func(t *testing.T) {
			t.Parallel()
			var args []string
			if secure {
				args = []string{"--tls-cert", cert, "--tls-key", key}
			}
			p := serveIn(t, folder(t, map[string]string{"flowdeck.yaml": "timezone: UTC\n", "watched.yaml": watched, "hello.yaml": hello}), args...)
			trusts := &tls.Config{InsecureSkipVerify: true} // it is the certificate of the test
			p.client = &http.Client{Transport: &http.Transport{TLSClientConfig: trusts, ForceAttemptHTTP2: true}}
			_, started := p.ask("POST", "/hooks/watched", "")
			run := ""
			p.until("the run starts", func() bool {
				_, a := p.ask("GET", fmt.Sprint(started["url"]), "")
				run, _ = a["run"].(string)
				return run != ""
			})
			goroutines := func() (n int) {
				r, _ := http.NewRequest("GET", p.url+"/metrics", nil)
				resp, err := p.client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				text, err := io.ReadAll(resp.Body)
				found := regexp.MustCompile(`(?m)^go_goroutines (\d+)$`).FindSubmatch(text)
				if err != nil || found == nil {
					t.Fatal(err, string(text))
				}
				fmt.Sscan(string(found[1]), &n)
				return n
			}
			before := goroutines()
			stuck := func(protocols ...string) net.Conn { // a client that takes little, and stops reading
				dialer := net.Dialer{Control: func(_, _ string, c syscall.RawConn) error {
					return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
				}}
				conn, err := dialer.Dial("tcp", p.address())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { conn.Close() })
				if secure {
					own := trusts.Clone()
					own.NextProtos = protocols
					conn = tls.Client(conn, own)
				}
				return conn
			}
			events := "GET /api/v1/runs/" + run + "/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + p.token + "\r\n\r\n"
			for i := range 20 {
				conn := stuck("http/1.1")
				if _, err := io.WriteString(conn, events); err != nil {
					t.Fatal(err)
				}
				if _, err := bufio.NewReaderSize(conn, 16).ReadString('\n'); err != nil {
					t.Fatal(err)
				}
				switch i % 4 {
				case 0:
					conn.Close()
				case 1:
					if tcp, plain := conn.(*net.TCPConn); plain {
						_ = tcp.SetLinger(0)
					}
					conn.Close()
				}
			}
			if secure { // HTTP/2: streams that are canceled, and a connection that is closed under its streams
				h2 := &http.Client{Transport: &http.Transport{TLSClientConfig: trusts, ForceAttemptHTTP2: true, DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
					conn := stuck("h2")
					return conn, conn.(*tls.Conn).Handshake()
				}}}
				for range 10 {
					r, _ := http.NewRequest("GET", p.url+"/api/v1/runs/"+run+"/events", nil)
					r.Header.Set("Authorization", "Bearer "+p.token)
					resp, err := h2.Do(r)
					if err != nil || resp.ProtoMajor != 2 {
						t.Fatal(resp, err)
					}
					_, _ = resp.Body.Read(make([]byte, 10))
				}
				h2.CloseIdleConnections()
			}
			p.await(`"msg":"ended"`, `"flow":"watched"`, `"status":"succeeded"`)
			p.until("the handlers of clients that do not read end", func() bool { return goroutines() <= before+15 })
			if status, a := p.ask("POST", "/hooks/hello", ""); status != http.StatusOK || a["result"] != "hello" {
				t.Errorf("afterwards: got %d %v", status, a)
			}
			p.signal(syscall.SIGTERM)
			if code := p.code(); code != 0 {
				t.Errorf("it ended with %d:\n%s", code, p.text())
			}
		})
	}
}

// certificate returns the files of a certificate for this machine and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalECPrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "EC PRIVATE KEY", Bytes: encoded}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
