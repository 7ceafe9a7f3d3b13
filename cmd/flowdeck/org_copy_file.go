package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// A seedTarget is the file to which a copy of an org is written, in its folder.
type seedTarget struct {
	path   string
	folder *os.Root
	exists bool
	before fs.FileInfo // of the file, if it exists
}

// target returns the file to which the seed is written, whose folder it makes. A relative one stays in the workspace, also by links. It asks before an existing
// file is replaced, which must be a seed.
//
// own is the file from which the simulated org of the connection starts, "" if none: it is not replaced.
func (o orgCopyOptions) target(ctx context.Context, e env, dir, own string) (t seedTarget, err error) {
	if strings.HasSuffix(o.into, "/") || strings.HasSuffix(o.into, string(filepath.Separator)) {
		return t, usage("such as --into "+o.into+"org.yaml", "--into %s is a folder", o.into)
	}
	t.path = o.into
	within, name := filepath.Dir(o.into), filepath.Base(o.into)
	if filepath.IsAbs(o.into) {
		if err := os.MkdirAll(within, 0o777); err != nil {
			return t, inside.Plain(err)
		}
		t.folder, err = os.OpenRoot(within)
	} else {
		outside := func() error {
			return usage("a relative path is in the folder of the workspace", "--into %s leads out of %s", o.into, dir)
		}
		if !filepath.IsLocal(o.into) {
			return t, outside()
		}
		t.path = filepath.Join(dir, o.into)
		var workspace *os.Root
		if workspace, err = os.OpenRoot(dir); err != nil {
			return t, inside.Plain(err)
		}
		defer workspace.Close()
		if err = workspace.MkdirAll(within, 0o777); err == nil {
			t.folder, err = workspace.OpenRoot(within)
		}
		if errors.Is(inside.Plain(err), inside.ErrOutside) {
			return t, outside()
		}
	}
	if err != nil {
		return t, inside.Plain(err)
	}
	if err := t.replaceable(ctx, e, o, name, own); err != nil {
		t.folder.Close()
		return t, err
	}
	return t, nil
}

// replaceable returns an error if the file exists and is not to be replaced.
func (t *seedTarget) replaceable(ctx context.Context, e env, o orgCopyOptions, name, own string) error {
	info, err := t.folder.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return inside.Plain(err)
	}
	t.exists, t.before = true, info
	if !info.Mode().IsRegular() {
		return usage("", "%s is not a regular file, and is not replaced", fromHere(t.path))
	}
	if of, err := os.Stat(own); err == nil && os.SameFile(info, of) {
		return usage("name another file", "%s is the seed from which the org of the connection starts, and is not replaced", fromHere(t.path))
	}
	if seed, err := t.isSeed(name); err != nil {
		return inside.Plain(err)
	} else if !seed {
		return usage("name another file", "%s is not the seed of an Okta org, and is not replaced", fromHere(t.path))
	}
	if o.force {
		return nil
	}
	asked := person(e, o.json)
	if asked == nil {
		return usage("pass --force to replace it", "%s exists", fromHere(t.path))
	}
	yes, err := asked.Confirm(ctx, "replace "+fromHere(t.path)+"?")
	if err == nil && !yes {
		err = errors.New("aborted, nothing was changed")
	}
	return interrupted(err)
}

// isSeed reports whether a file is a seed, or a copy that has mistakes.
func (t *seedTarget) isSeed(name string) (bool, error) {
	file, err := t.folder.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	source, err := io.ReadAll(io.LimitReader(file, oktasim.MaxSeedSize))
	if err != nil {
		return false, err
	}
	if bytes.HasPrefix(source, []byte(orgcopy.Heading)) {
		return true, nil
	}
	_, err = oktasim.Load(source)
	return err == nil, nil
}

// seedOf returns the file from which the simulated org of a connection starts; "" if it has none.
func seedOf(w *host.Workspace, conn flow.Connection) string {
	simulate, _ := check.Settings(conn)["simulate"].(map[string]any)
	seed, _ := simulate["seed"].(string)
	if seed == "" {
		return ""
	}
	return filepath.Join(w.Dir, filepath.FromSlash(seed))
}

// errChanged is the error of put if the file is not the one that target found.
var errChanged = errors.New("the file was made or changed while the org was copied, and is not replaced")

// put moves a draft to the file, unless another program has changed that. If the draft is on another file system, it is copied beside the file before: what a
// killed process leaves there is written over by the next one.
func (t *seedTarget) put(draft string) error {
	name := filepath.Base(t.path)
	now, err := t.folder.Lstat(name)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return inside.Plain(err)
	case (err == nil) != t.exists, t.exists && (!os.SameFile(now, t.before) || !now.ModTime().Equal(t.before.ModTime())):
		return errChanged
	}
	err = os.Rename(draft, filepath.Join(t.folder.Name(), name))
	if err == nil {
		return nil
	}
	from, err := os.Open(draft)
	if err != nil {
		return inside.Plain(err)
	}
	defer from.Close()
	beside := "." + name + ".draft"
	_ = t.folder.Remove(beside) // the next line says if it cannot be written
	to, err := t.folder.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return inside.Plain(err)
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Sync(), to.Close()); err == nil {
		err = t.folder.Rename(beside, name)
	}
	if err != nil {
		_ = t.folder.Remove(beside) // the error says why
	}
	return inside.Plain(err)
}
