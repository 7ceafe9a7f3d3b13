package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"
	"gopkg.in/yaml.v3"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/scim/scimmy"
	"github.com/flowdeck/flowdeck/engine/words"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"flowdeck": main, opener()[0]: browse})
}

// TestScripts runs the scripts, which start flowdeck as a separate process and use orgs over HTTP. Every script has
// the shipped workspace in flows/. In addition to testscript's own, scripts have the conditions nohup (SIGHUP is
// ignored) and scimmy (a SCIM server that others wrote is installed) and these commands:
//
//	org SEED [real]               starts a simulated org, and points the connection `local` of flows/ and work/ at it.
//	                              real: its answers do not identify it as simulated; real-domain: they do, but the
//	                              workspace does not declare it as simulated; lossy: it carries out every write, but
//	                              answers it with 504; held N: it carries out the first N writes, and never answers them
//	target SEED [held N] FILE...  starts a simulated SCIM target; its URL replaces http://localhost:2 in the files, and get and await ask it
//	keys SEED FOLDER              creates private keys in a folder, and puts the public ones in a seed
//	hooks FILE...                 starts a server of event hooks; their URL, $HOOKS, replaces http://localhost:1 in the files
//	shop FILE                     starts an HTTP service, and points the connections in FILE, a flowdeck.yaml, at it; get asks it
//	port FILE...                  replaces the port 8765 in files with one that is free
//	scimmy FILE...                starts that SCIM server; its URL replaces http://localhost:2 in the files
//	people FILE WRITES            writes its users and groups, one a line, and its requests since the last time that are not GET
//	torn SEED                     starts an org with TLS that resets one connection instead of answering a suspension
//	get PATH FILE                 stores the answer of the org; control endpoints work too: get /-/dump before.yaml
//	await PATH PATTERN            repeats a request until the answer of the org matches
//	lines FILE N                  waits until a file has N lines
//	idle GROUP DAYS BEFORE AFTER  fails unless AFTER is BEFORE with exactly the idle active members suspended
//	terminal FILE ARG...          runs flowdeck in a terminal, with the input in FILE
//	tty FILE SCRIPT               runs a script of sh in a terminal, types the text of FILE, and writes `shown`
//	counts                        fails unless the interrupted run's JSON on standard output agrees with the org
//	signin APP LOGIN FILE [NAME=VALUE...]   signs a person in to an application of the org, and writes the claims to FILE; with !, the reason of the refusal
//	answered FILE                 writes the secrets in the org's answers so far, one per line
//	nosecret FILE PATH...         fails if the outputs or the files below a path contain a line of FILE in any encoding
//	unmoved ARG...                runs flowdeck with harmful variables, and fails if the output changes
//	visible                       fails if the outputs contain control characters that a terminal would obey
//	recorded N GLOB REQUEST       fails if the org received more such requests than the results have lines, plus N
//	server LOG                    waits until a server has logged its address
//	ask FILE METHOD PATH [TOKEN [JSON]]   sends a request to it, with the token in a file or -, and writes the status and the answer to FILE
//	collector [fails|hangs|down]  starts a collector of traces; spans FILE writes what it received as a tree, and the bytes to FILE.raw
//	receiver FILE [N]             starts a receiver of events of runs, $EVENTS, which appends them to FILE; it answers the first N requests with 503
//	object                        fails unless standard output is one JSON object and nothing else
func TestScripts(t *testing.T) {
	t.Parallel()
	dir, files := "../../testdata/script", []string(nil)
	if testing.Short() {
		for _, name := range racing {
			files = append(files, filepath.Join(dir, name+".txtar"))
		}
		dir = ""
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		Files:               files,
		UpdateScripts:       os.Getenv("UPDATE") != "", // UPDATE=1 go test ./cmd/flowdeck -run TestScripts
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("OKTA_API_TOKEN", "demo-token")
			e.Setenv("FLOWDECK_TRUST", "1")
			e.Setenv("GORACE", "atexit_sleep_ms=0") // with the race detector, each command would sleep for a second at its end
			e.Values[answersKey{}] = &answers{clients: map[string]string{}}
			e.Values[smtpKey{}] = &mailServer{}
			e.Values[spannedKey{}] = new(*spanned)
			e.Values[scimmyKey{}] = &realTarget{}
			flows := filepath.Join(e.WorkDir, "flows")
			err := os.CopyFS(flows, os.DirFS("../../flows"))
			return errors.Join(err, os.RemoveAll(filepath.Join(flows, ".flowdeck"))) // left by a demo
		},
		Condition: func(name string) (bool, error) {
			switch name {
			case "nohup":
				return signal.Ignored(syscall.SIGHUP), nil
			case "scimmy":
				return scimmy.Installed() == nil, nil
			}
			return false, fmt.Errorf("there is no condition %q", name)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"server": findServer, "ask": askServer, "post": postServer, "cmpjson": sameJSON, "org": bootOrg, "target": bootTarget, "keys": makeKeys, "port": choosePort, "hooks": bootHooks, "shop": startShop, "torn": bootTorn, "get": getFile, "await": await, "until": until, "lines": awaitLines, "terminal": onTerminal, "tty": withTTY, "idle": onlyIdleSuspended, "counts": countsAgree, "recorded": wasRecorded, "object": oneObject,
			"answered": answeredSecrets, "visible": allVisible, "unmoved": unmoved(variables(t)), "nosecret": noSecret, "signin": signIn, "smtp": bootSMTP, "mails": writeMails,
			"collector": bootCollector, "spans": writeSpans, "receiver": bootReceiver, "scimmy": bootSCIMMY, "people": lookAtSCIMMY,
		},
	})
}

// racing are the scripts in which much happens at the same time: servers, runs that end in the middle, and loops. A short test, as with the race
// detector, is about these.
var racing = []string{
	"approvals-wait", "provision-people", "run-events", "run-interrupt", "run-max-changes", "runs-at-a-time", "runs-control", "schedule",
	"serve", "serve-http", "serve-monitoring", "serve-starts", "suspend-idle-members",
}

// localOrg matches the address in the shipped workspace's connection `local`.
var localOrg = regexp.MustCompile(`https?://127\.0\.0\.1:[0-9]{4,}`)

func bootOrg(ts *testscript.TestScript, _ bool, args []string) {
	seed, err := oktasim.Load([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	org, err := oktasim.New(seed, oktasim.Options{})
	ts.Check(err)
	heard := ts.Value(answersKey{}).(*answers)
	var held atomic.Int32
	if len(args) == 3 {
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		held.Store(int32(n))
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w = overheard{w, heard}
		heard.sent(r)
		switch {
		case len(args) > 1 && args[1] == "real":
			w = unnamed{w}
		case len(args) > 1 && args[1] == "lossy" && r.Method != http.MethodGet && (len(args) == 2 || held.Add(-1) >= 0):
			org.ServeHTTP(httptest.NewRecorder(), r)
			w.WriteHeader(http.StatusGatewayTimeout)
			return
		}
		holding(org, &held).ServeHTTP(w, r)
	})
	server := httptest.NewServer(handler)
	ts.Defer(server.Close)
	ts.Defer(func() { ts.Check(org.Close()) })
	connectTo(ts, server, len(args) == 1 || args[1] != "real-domain")
}

// connectTo points the connection `local` at a server.
func connectTo(ts *testscript.TestScript, server *httptest.Server, simulated bool) {
	ts.Setenv("ORG", server.URL)
	for _, name := range []string{"flows/flowdeck.yaml", "work/flowdeck.yaml"} {
		file := ts.MkAbs(name)
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		ts.Check(err)
		text = localOrg.ReplaceAll(text, []byte(server.URL))
		if !simulated {
			text = bytes.ReplaceAll(text, []byte("simulated: true"), []byte("simulated: false"))
		}
		ts.Check(os.WriteFile(file, text, 0o600))
	}
}

// bootTorn starts an org that resets the connection of its 20th suspension. The client notices when it reads. It then
// closes the TLS session, which writes to the broken connection and causes a SIGPIPE.
func bootTorn(ts *testscript.TestScript, _ bool, args []string) {
	seed, err := oktasim.Load([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	org, err := oktasim.New(seed, oktasim.Options{})
	ts.Check(err)
	var suspensions atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/lifecycle/suspend") || suspensions.Add(1) != 20 {
			org.ServeHTTP(w, r)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			err = conn.(*tls.Conn).NetConn().(*net.TCPConn).SetLinger(0) // Close then sends a reset
			_ = conn.(*tls.Conn).NetConn().Close()
		}
		if err != nil {
			panic(err)
		}
	}))
	ts.Defer(server.Close)
	trusted := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	ts.Check(os.WriteFile(ts.MkAbs("org.pem"), trusted, 0o600))
	ts.Setenv("SSL_CERT_FILE", ts.MkAbs("org.pem"))
	connectTo(ts, server, true)
}

// unnamed removes the name of the simulator from answers.
type unnamed struct{ http.ResponseWriter }

func (u unnamed) WriteHeader(status int) {
	u.Header().Del("Server")
	u.ResponseWriter.WriteHeader(status)
}

func (u unnamed) Write(b []byte) (int, error) {
	u.Header().Del("Server")
	return u.ResponseWriter.Write(b)
}

func getFile(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), request(ts, args[0]), 0o600))
}

func request(ts *testscript.TestScript, path string) []byte {
	req, err := http.NewRequest(http.MethodGet, ts.Getenv("ORG")+path, nil)
	ts.Check(err)
	req.Header.Set("Authorization", "SSWS demo-token")
	answer, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	return body
}

// await polls, because the process that it waits for does not report its progress.
func await(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile(args[1])
	for deadline := time.Now().Add(time.Minute); !pattern.Match(request(ts, args[0])); {
		if time.Now().After(deadline) {
			ts.Fatalf("%s never matched %s", args[0], args[1])
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// until runs a command again and again until its output matches a pattern: until PATTERN COMMAND...
func until(ts *testscript.TestScript, _ bool, args []string) {
	pattern := regexp.MustCompile("(?m)" + args[0])
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("the output of %s never matched %s: %v", strings.Join(args[1:], " "), args[0], err)
		}
	}
}

// awaitLines polls, like await.
func awaitLines(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		files, err := filepath.Glob(ts.MkAbs(args[0]))
		ts.Check(err)
		for _, file := range files {
			if text, err := os.ReadFile(file); err == nil && bytes.Count(text, []byte("\n")) >= want {
				return
			}
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s never had %d lines", args[0], want)
		}
	}
}

// countsAgree compares the report of an interrupted run with the number of requests that the org counted.
func countsAgree(ts *testscript.TestScript, _ bool, args []string) {
	var report struct {
		Streams map[string]struct{ Read, OK, Skipped, Failed int }
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &report))
	var stats struct{ Requests map[string]int }
	ts.Check(json.Unmarshal(request(ts, "/-/stats"), &stats))
	sweep := report.Streams["sweep"]
	if sweep.Read != sweep.OK+sweep.Skipped+sweep.Failed || sweep.Failed != 0 {
		ts.Fatalf("the counts do not add up: %+v", sweep)
	}
	if done := stats.Requests["POST /api/v1/users/{id}/lifecycle/suspend"]; sweep.OK != done {
		ts.Fatalf("%d records are ok, and the org suspended %d", sweep.OK, done)
	}
	if sweep.Read >= 1000 {
		ts.Fatalf("all %d records were read: this run was not interrupted", sweep.Read)
	}
}

func allVisible(ts *testscript.TestScript, _ bool, _ []string) {
	for _, name := range []string{"stdout", "stderr"} {
		text := ts.ReadFile(name)
		if i := strings.IndexFunc(text, words.IsHarmful); i >= 0 || !utf8.ValidString(text) {
			ts.Fatalf("%s has control characters, the first at byte %d: %q", name, i, text)
		}
	}
}

// wasRecorded compares the results of a killed run with the number of requests that the org counted.
func wasRecorded(ts *testscript.TestScript, _ bool, args []string) {
	inFlight, err := strconv.Atoi(args[0])
	ts.Check(err)
	files, err := filepath.Glob(ts.MkAbs(args[1]))
	ts.Check(err)
	lines := 0
	for _, file := range files {
		lines += strings.Count(ts.ReadFile(file), "\n")
	}
	var stats struct{ Requests map[string]int }
	ts.Check(json.Unmarshal(request(ts, "/-/stats"), &stats))
	if did := stats.Requests[args[2]]; lines == 0 || did > lines+inFlight {
		ts.Fatalf("the org did %d, and the results have %d lines", did, lines)
	}
}

func oneObject(ts *testscript.TestScript, _ bool, _ []string) {
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
}

// dump has the parts of an org's dump that the scripts need.
type dump struct {
	Users []struct {
		Login     string
		Status    string
		Created   time.Time
		LastLogin *time.Time `yaml:"lastLogin"`
	}
	Groups []struct {
		Name    string
		Members []string
	}
}

// onlyIdleSuspended applies the rule of suspend-idle-members to the state before a run, and compares the result with
// the state after it.
func onlyIdleSuspended(ts *testscript.TestScript, _ bool, args []string) {
	var before, after dump
	ts.Check(yaml.Unmarshal([]byte(ts.ReadFile(args[2])), &before))
	ts.Check(yaml.Unmarshal([]byte(ts.ReadFile(args[3])), &after))
	days, err := time.ParseDuration(args[1] + "h")
	ts.Check(err)
	cutoff := time.Now().Add(-24 * days)

	members := map[string]bool{}
	for _, g := range before.Groups {
		if g.Name == args[0] {
			for _, login := range g.Members {
				members[login] = true
			}
		}
	}
	if len(before.Users) != len(after.Users) {
		ts.Fatalf("%d users before, %d after", len(before.Users), len(after.Users))
	}
	suspended := 0
	for i, u := range before.Users {
		want := u.Status
		seen := u.Created
		if u.LastLogin != nil {
			seen = *u.LastLogin
		}
		if members[u.Login] && u.Status == "ACTIVE" && !seen.After(cutoff) {
			want = "SUSPENDED"
			suspended++
		}
		if got := after.Users[i]; got.Login != u.Login || got.Status != want {
			ts.Fatalf("%s (%s, seen %s): %s is %s after the run, want %s", u.Login, u.Status, seen, got.Login, got.Status, want)
		}
	}
	if suspended == 0 {
		ts.Fatalf("nobody was idle: this proves nothing")
	}
	ts.Logf("%d idle members of %s, and nobody else, were suspended", suspended, args[0])
}
