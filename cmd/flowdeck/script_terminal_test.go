package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// onTerminal is the script command `terminal FILE ARG...`. It runs flowdeck in a terminal of 80 by 24, to which all
// three of its streams are connected, and executes each line of FILE:
//
//	silent          waits until the terminal has switched off echo, which happens some time after a plain question
//	await PATTERN   waits until the output since the last input matches
//	resize COLUMNS  changes the width of the terminal
//	type "TEXT"     types a Go string: "\r" is Enter, "\x1b" Esc, "\x03" Ctrl-C
//
// The output on the terminal, without colors and cursor movements, becomes the standard output of the script. Its
// last line is the exit code. The command ttyin of testscript types everything at once, which a person does not do.
func onTerminal(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "flowdeck"), args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = environment(ts)
	races := filepath.Join(ts.Getenv("TMPDIR"), "races") // of a binary with the race detector, one file for each process
	cmd.Env = append(cmd.Env, "TERM=xterm-256color", "GORACE=exitcode=0 log_path="+races)
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	ts.Check(err)
	defer tty.Close()
	shown := newDisplay(tty)
	for _, step := range strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n") {
		switch do, what, _ := strings.Cut(step, " "); do {
		case "await":
			if err := shown.await(regexp.MustCompile(what)); err != nil {
				_ = cmd.Process.Kill()
				ts.Fatalf("await %s: %v; it showed:\n%q", what, err, shown.text[shown.seen:])
			}
		case "silent":
			if err := silent(tty); err != nil {
				_ = cmd.Process.Kill()
				ts.Fatalf("%v; it showed:\n%q", err, shown.text[shown.seen:])
			}
		case "resize":
			columns, err := strconv.ParseUint(what, 10, 16)
			ts.Check(err)
			ts.Check(pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: uint16(columns)}))
		case "type":
			text, err := strconv.Unquote(what)
			ts.Check(err)
			shown.seen = len(shown.text)
			_, err = io.WriteString(tty, text)
			ts.Check(err)
		default:
			ts.Fatalf("%q is not await, silent, resize or type", step)
		}
	}
	err = shown.end()
	if at := forbidden.FindString(shown.text); at != "" {
		ts.Fatalf("the terminal got %q in %q", at, shown.text)
	}
	if err != nil {
		_ = cmd.Process.Kill()
		ts.Fatalf("it does not end: %v; it showed:\n%q", err, shown.text[shown.seen:])
	}
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	noRaces(ts, races)
	fmt.Fprintf(ts.Stdout(), "%sexit code %d\n", plain(shown.text), cmd.ProcessState.ExitCode())
}

// environment returns the variables of a script that flowdeck needs, and the additional ones.
func environment(ts *testscript.TestScript, more ...string) (env []string) {
	for _, name := range append([]string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR", "OKTA_API_TOKEN", "FLOWDECK_TRUST", "XDG_CONFIG_HOME", "CI", "ACCESSIBLE", "TEA_TRACE", "PAGER"}, more...) {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// noRaces fails if the race detector has reported a race. One known race is ignored: when a form ends,
// muesli/cancelreader v0.2.2, which the form library uses, closes its file while a goroutine that reads it gets its
// descriptor.
func noRaces(ts *testscript.TestScript, path string) {
	files, err := filepath.Glob(path + ".*")
	ts.Check(err)
	for _, file := range files {
		for _, report := range strings.Split(ts.ReadFile(file), "WARNING: DATA RACE")[1:] {
			if !strings.Contains(report, "cancelreader.(*epollCancelReader).Close") {
				ts.Fatalf("a data race:\n%s", report)
			}
		}
		ts.Check(os.Remove(file))
	}
}

// silent waits until the terminal has switched off echo.
func silent(tty *os.File) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		stty := exec.Command("stty", "-a")
		stty.Stdin = tty
		settings, err := stty.Output()
		if err != nil {
			return fmt.Errorf("stty: %w", err)
		}
		if strings.Contains(string(settings), " -echo ") {
			return nil
		}
	}
	return errors.New("the terminal goes on to echo")
}

// display is the output on a terminal.
type display struct {
	shown chan string // the output in pieces; closed at the end
	text  string
	seen  int // where await starts to search
}

// moves matches escape sequences for colors, cursor movements and queries.
var moves = regexp.MustCompile(`\x1b(\[[0-9;?>=$ ]*[a-zA-Z]|\][^\x07\x1b]*(\x07|\x1b\\)|[=>])|\r`)

// erased matches a character, such as that of a spinner, that is overwritten by the next one.
var erased = regexp.MustCompile(`.\x08`)

// forbidden matches characters and sequences that flowdeck never sends to a terminal.
var forbidden = regexp.MustCompile(`\x1b\]52|[\x{80}-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]|\x1b\[31mRED`)

// plain returns a text without escape sequences and overwritten characters.
func plain(text string) string { return erased.ReplaceAllString(moves.ReplaceAllString(text, ""), "") }

func newDisplay(tty *os.File) *display {
	s := &display{shown: make(chan string)}
	go func() {
		defer close(s.shown)
		buf := make([]byte, 1<<16)
		for {
			n, err := tty.Read(buf)
			if err != nil { // EIO: no process has the terminal open
				return
			}
			s.shown <- string(buf[:n])
		}
	}()
	return s
}

const patience = time.Minute

// await reads until the output since seen matches.
func (s *display) await(pattern *regexp.Regexp) error {
	late := time.After(patience)
	for {
		if pattern.MatchString(plain(s.text[s.seen:])) {
			return nil
		}
		select {
		case piece, more := <-s.shown:
			if !more {
				return errors.New("it ended")
			}
			s.text += piece
		case <-late:
			return errors.New("it never came")
		}
	}
}

// end reads to the end of the output.
func (s *display) end() error {
	late := time.After(patience)
	for {
		select {
		case piece, more := <-s.shown:
			if !more {
				return nil
			}
			s.text += piece
		case <-late:
			return errors.New("it goes on")
		}
	}
}
