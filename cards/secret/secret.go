// Package secret resolves the references to secrets in flowdeck.yaml.
//
// It must not know the purpose of a secret. Its errors never contain one.
package secret

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
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
}

// commandTimeout is the time limit of a command that prints a secret.
const commandTimeout = 10 * time.Second

var errTooLate = fmt.Errorf("it did not end within %s", commandTimeout)

// Resolve returns the secret of a reference, which is an object with one of these keys:
//
//	{env: NAME}         an environment variable
//	{file: PATH}        the text of a file, without a line end; relative to the workspace
//	{command: [...]}    the output of a program, without a line end
//
// Any other reference, and a secret that is missing or empty, is an error of type *card.Error. When ctx ends, Resolve
// kills the program.
func (r Resolver) Resolve(ctx context.Context, reference card.Value) (card.Secret, error) {
	how, ok := reference.(map[string]any)
	if !ok || len(how) != 1 {
		return card.Secret{}, wrong("write {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT]}", "a secret must be a reference, not the secret itself")
	}
	for kind, where := range how {
		switch kind {
		case "env":
			return r.env(fmt.Sprint(where))
		case "file":
			return r.file(fmt.Sprint(where))
		case "command":
			return r.command(ctx, where)
		}
	}
	return card.Secret{}, wrong("write {env: NAME}, {file: PATH} or {command: [PROGRAM, ARGUMENT]}",
		"a reference to a secret has one of the keys env, file, command (its own is not shown: it may be the secret)")
}

// variable matches the usual form of a variable's name, which secrets do not have.
var variable = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)

func (r Resolver) env(name string) (card.Secret, error) {
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

func (r Resolver) file(path string) (card.Secret, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.Dir, path)
	}
	text, err := inside.ReadFile(path, longest)
	if err != nil {
		return card.Secret{}, wrong("", "read the secret's file: %v", err)
	}
	return trimmed(text, "the file "+path)
}

// longest is the maximum size of a secret in bytes. An endless file or program must not fill the memory.
const longest = 64 << 10

var errTooLong = fmt.Errorf("longer than %d KiB", longest>>10)

func (r Resolver) command(ctx context.Context, words card.Value) (card.Secret, error) {
	list, _ := words.([]any)
	var argv []string
	for _, word := range list {
		argv = append(argv, fmt.Sprint(word))
	}
	if len(argv) == 0 {
		return card.Secret{}, wrong("write {command: [PROGRAM, ARGUMENT]}", "a secret's command must be a list of words")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, commandTimeout, errTooLate)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = r.Dir
	if r.Err != nil {
		cmd.Stderr = &cut{to: r.Err, left: longest}
	}
	cmd.WaitDelay = lastOutput
	var out bounded
	cmd.Stdout = &out
	end := ownGroup(cmd)
	err := cmd.Run()
	if end() {
		<-ctx.Done() // whoever listens to the signal ends the context
	}
	switch {
	case out.full:
		err = errTooLong
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return card.Secret{}, wrong("", "the secret's command %q: %v", argv[0], err)
	}
	return trimmed(out.text, fmt.Sprintf("the command %q", argv[0]))
}

// lastOutput is the time that a command's output may stay open after the command has ended. A process that it started
// may keep the output open forever.
const lastOutput = 500 * time.Millisecond

// bounded collects a program's output up to longest bytes. A further write fails.
type bounded struct {
	text []byte
	full bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > longest {
		b.full = true
		return 0, errTooLong
	}
	b.text = append(b.text, p...)
	return len(p), nil
}

// cut passes a program's output on up to a number of bytes, and drops the rest.
type cut struct {
	to   io.Writer
	left int
}

func (c *cut) Write(p []byte) (int, error) {
	kept := p[:min(len(p), c.left)]
	c.left -= len(kept)
	if len(kept) > 0 {
		if _, err := c.to.Write(kept); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func trimmed(text []byte, from string) (card.Secret, error) {
	s := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if s == "" {
		return card.Secret{}, wrong("", "%s is empty", from)
	}
	return card.NewSecret(s), nil
}

func wrong(hint, format string, args ...any) error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
