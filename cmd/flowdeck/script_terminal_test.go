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

// onTerminal is the script command `terminal FILE ARG...`: it runs flowdeck in a terminal of 80 by 24, with all
// three of its streams, and follows each line of FILE:
//
//	silent          waits until the terminal has stopped to echo, some time after a plain question was shown
//	await PATTERN   waits until what was shown since something was typed matches
//	type "TEXT"     types, as Go writes a text: "\r" is Enter, "\x1b" Esc, "\x03" Ctrl-C
//
// All that was shown, without its colors and moves, is the standard output of the script; its last line is the
// exit code. testscript's own ttyin types everything at once, which no person does.
func onTerminal(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "flowdeck"), args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "GOCOVERDIR", "OKTA_API_TOKEN", "CI", "ACCESSIBLE", "TEA_TRACE"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
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
		case "type":
			text, err := strconv.Unquote(what)
			ts.Check(err)
			shown.seen = len(shown.text)
			_, err = io.WriteString(tty, text)
			ts.Check(err)
		default:
			ts.Fatalf("%q is not await, silent or type", step)
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

// noRaces fails for a race that the detector wrote down. One is known, and not ours: muesli/cancelreader v0.2.2, under
// the form library, closes its file when the form ends while the goroutine that reads from it asks for its number.
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

// silent waits until a terminal does not echo.
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

// display is what was shown on a terminal.
type display struct {
	shown chan string // piece by piece; closed when the terminal is
	text  string
	seen  int // where await starts to look
}

// moves is the sequences that color, move and ask a terminal.
var moves = regexp.MustCompile(`\x1b(\[[0-9;?>=$ ]*[a-zA-Z]|\][^\x07\x1b]*(\x07|\x1b\\)|[=>])|\r`)

// erased is a character, such as a cursor's, that the next one is written over.
var erased = regexp.MustCompile(`.\x08`)

// forbidden is characters and sequences that flowdeck itself never sends to a terminal.
var forbidden = regexp.MustCompile(`\x1b\]52|[\x{80}-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]|\x1b\[31mRED`)

// plain is a text without moves.
func plain(text string) string { return erased.ReplaceAllString(moves.ReplaceAllString(text, ""), "") }

func newDisplay(tty *os.File) *display {
	s := &display{shown: make(chan string)}
	go func() {
		defer close(s.shown)
		buf := make([]byte, 1<<16)
		for {
			n, err := tty.Read(buf)
			if err != nil { // EIO: nobody has the terminal open any more
				return
			}
			s.shown <- string(buf[:n])
		}
	}()
	return s
}

const patience = time.Minute

// await reads on until what was shown since seen matches.
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

// end reads to the end.
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
