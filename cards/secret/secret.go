// Package secret resolves the references to secrets in flowdeck.yaml.
//
// It must not know the purpose of a secret. Its errors never contain one.
package secret

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// Resolver resolves the references of one workspace. It is safe for concurrent use if Env is.
type Resolver struct {
	Dir string                      // the workspace's folder; paths and commands are relative to it
	Env func(string) (string, bool) // looks up a variable, such as os.LookupEnv; must not be nil
	Err io.Writer                   // receives the errors and questions that commands write, up to 64 KiB each; nil drops them

	// Environ is the environment of which commands get a part, such as os.Environ(): see passes.
	Environ []string

	// Mute lets commands have no terminal, so that they cannot ask for anything.
	Mute bool
}

// timeout is the time limit of reading a file, of the keyring, and of a command.
const timeout = 10 * time.Second

var errTooLate = fmt.Errorf("it did not end within %s", timeout)

// waysToRefer is the hint for a reference that is not valid.
const waysToRefer = "write {env: NAME}, {file: PATH}, {keyring: NAME} or {command: [PROGRAM, ARGUMENT]}"

// Resolve returns the secret of a reference, which is an object with one of these keys:
//
//	{env: NAME}         an environment variable
//	{file: PATH}        the text of a file, without a line end; relative to the workspace
//	{keyring: NAME}     a secret in the keyring of the system, of the service flowdeck
//	{command: [...]}    the output of a program, without a line end
//
// Any other reference, and a secret that is missing or empty, is an error of type *card.Error. When ctx ends, Resolve
// returns at once, and kills the program.
func (r Resolver) Resolve(ctx context.Context, reference card.Value) (card.Secret, error) {
	how, ok := reference.(map[string]any)
	if !ok || len(how) != 1 {
		return card.Secret{}, wrong(waysToRefer, "a secret must be a reference, not the secret itself")
	}
	for kind, where := range how {
		switch kind {
		case "env":
			return r.env(fmt.Sprint(where))
		case "file":
			return r.file(ctx, fmt.Sprint(where))
		case "keyring":
			return r.keyring(ctx, fmt.Sprint(where))
		case "command":
			return r.command(ctx, where)
		}
	}
	return card.Secret{}, wrong(waysToRefer,
		"a reference to a secret has one of the keys env, file, keyring, command (its own is not shown: it may be the secret)")
}

// variable matches the usual form of a variable's name, which secrets do not have.
var variable = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

func (r Resolver) env(name string) (card.Secret, error) {
	if name == "" {
		return card.Secret{}, wrong("write {env: OKTA_API_TOKEN}, and export the secret", "the name of a secret's environment variable is empty")
	}
	text, ok := r.Env(name)
	if (!ok || text == "") && !variable.MatchString(name) {
		return card.Secret{}, wrong("write {env: OKTA_API_TOKEN}, and export the secret",
			"the environment variable is not set (its name is not shown: it looks like the secret itself)")
	}
	if !ok || text == "" {
		state := "not set"
		if ok {
			state = "empty"
		}
		return card.Secret{}, wrong(fmt.Sprintf("read -rs %s && export %s  keeps it out of the shell's history", name, name),
			"the environment variable %s is %s", name, state)
	}
	return card.NewSecret(text), nil
}

func (r Resolver) file(ctx context.Context, path string) (card.Secret, error) {
	if path == "" {
		return card.Secret{}, wrong("write {file: PATH}", "the path of a secret's file is empty")
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.Dir, path)
	}
	text, err := within(ctx, path, func() ([]byte, error) { return inside.ReadFile(path, longest) })
	if err != nil {
		return card.Secret{}, wrong("", "read the secret's file: %v", err)
	}
	return trimmed(text, "the file "+path)
}

// within returns the result of reading a file, unless ctx or the time limit ends first. A file may look regular and block, such as
// /proc/kmsg or one on a network that is down. The read itself cannot be canceled: its goroutine then waits until the process ends.
func within(ctx context.Context, path string, read func() ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errTooLate)
	defer cancel()
	type content struct {
		text []byte
		err  error
	}
	got := make(chan content, 1)
	go func() {
		text, err := read()
		got <- content{text, err}
	}()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", path, context.Cause(ctx))
	case c := <-got:
		return c.text, c.err
	}
}

// longest is the maximum size of a secret in bytes. An endless file or program must not fill the memory.
const longest = 64 << 10

var errTooLong = fmt.Errorf("longer than %d KiB", longest>>10)

func trimmed(text []byte, from string) (card.Secret, error) {
	s := strings.TrimPrefix(string(text), "\ufeff") // editors of Windows write a byte order mark
	s = strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r")
	if s == "" {
		return card.Secret{}, wrong("", "%s is empty", from)
	}
	return card.NewSecret(s), nil
}

func wrong(hint, format string, args ...any) error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
