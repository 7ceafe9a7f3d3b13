package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

type orgCopyOptions struct {
	dir, into, only, keep  string
	sample                 int
	anonymize, force, json bool
}

func orgCopyCommand(e env) *cobra.Command {
	var o orgCopyOptions
	cmd := &cobra.Command{
		Use:   "copy CONNECTION --into FILE",
		Short: "Copy an Okta org to a seed, from which a simulated org starts",
		Long: `Copy the org of a connection to a seed, from which a simulated org starts: so a flow is rehearsed on the data of an org,
without touching it. A relative FILE is in the folder of the workspace.

It reads users, user types, schemas, groups, members, group rules, applications, assignments, policies and event hooks,
within the connection's share of the rate limits. It never reads or writes a password, a client secret, a factor or
the answer to a recovery question, and leaves out the values of the headers of hooks. What the connection may not read is
listed, and named in the seed. --only takes some kinds: ` + kindNames() + `.

With --anonymize, names, logins, addresses, phone numbers, the ids of users and free text are replaced, the same text in
the same way everywhere, by a key that is thrown away. Statuses, dates, departments, numbers and the names of groups, applications and policies stay.
--keep names more attributes that stay. Group rules that compare sizes or parts of replaced texts are inactive in the copy.

A copy that was interrupted or killed goes on when the same command runs again: until it is done, what it has read is in
.flowdeck/copies.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a simulated org cannot start from the seed, 4 connection, 6 done, but the
connection lacks scopes, 130 interrupted.`,
		Example: `  flowdeck org copy prod --into orgs/acme.yaml --anonymize
  flowdeck org copy prod --into orgs/small.yaml --sample 500
  flowdeck org copy prod --into orgs/groups.yaml --only members,rules`,
		Args:              exactlyOne("CONNECTION"),
		ValidArgsFunction: completeConnection(e, &o.dir),
		RunE:              func(cmd *cobra.Command, args []string) error { return copyOrg(cmd.Context(), e, args[0], o) },
	}
	workspaceFlag(cmd, &o.dir)
	flags := cmd.Flags()
	flags.StringVar(&o.into, "into", "", "the `FILE` that is written")
	flags.BoolVar(&o.anonymize, "anonymize", false, "replace what identifies people")
	flags.StringVar(&o.keep, "keep", "", "with --anonymize: `ATTRIBUTES` of profiles that stay, such as title,city")
	flags.IntVar(&o.sample, "sample", 0, "copy `N` users, at even distances in the list, with all groups and applications")
	flags.StringVar(&o.only, "only", "", "copy these `KINDS` only, such as groups,apps, and those that they need")
	flags.BoolVar(&o.force, "force", false, "replace FILE if it exists")
	flags.BoolVar(&o.json, "json", false, "print one JSON object on standard output, and nothing else")
	completes(cmd, "only", cobra.FixedCompletions(strings.Split(kindNames(), ", "), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func kindNames() string {
	var names []string
	for _, k := range orgcopy.Kinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// copiedOrg is the object that --json prints.
type copiedOrg struct {
	File string `json:"file"`
	orgcopy.Summary
}

func copyOrg(ctx context.Context, e env, name string, o orgCopyOptions) (err error) {
	ctx, _, stop := interrupts(ctx)
	defer stop()
	options, err := o.options()
	if err != nil {
		return err
	}
	w, err := openWorkspace(e, o.dir, ".")
	if err != nil {
		return err
	}
	file, err := o.file(ctx, e, w.Dir)
	if err != nil {
		return err
	}
	conn, err := w.WorkingConnection(name)
	if err != nil {
		return err
	}
	conns, err := w.Connect(ctx, []engine.Use{{Service: conn.Type.Text, Name: name}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conns.Close()) }()
	org, ok := conns.Open(name).(orgcopy.Org)
	if !ok {
		return usage("", "connection %q does not reach an Okta org", name)
	}
	if options.Org = conns.Identity(name).Org; conns.Identity(name).Simulated { // the port of its address is another one each time
		options.Org = name + " (simulated)"
	}
	whole, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(whole))
	folder := fmt.Sprintf("%s-%x", name, sum[:6])
	copies := filepath.Join(w.Dir, host.StateDir, "copies")
	c, err := orgcopy.Open(copies, folder, options)
	if errors.Is(err, orgcopy.ErrBusy) {
		return usage("wait until it has ended", "another process copies %q to %s", name, fromHere(file))
	} else if err != nil {
		return fmt.Errorf("store what is read: %w", inside.Plain(err))
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if c.Resumed {
		fmt.Fprintf(e.err, "going on with a copy that was started at %s\n", terminal.Time(c.Started))
		terminal.Hint(e.err, "remove "+fromHere(filepath.Join(copies, folder))+" to read all again")
	}
	if err := o.read(ctx, e, w, name, c, org); err != nil {
		fmt.Fprintln(e.err, "what was read is kept: the same command goes on from there")
		return err
	}
	done := copiedOrg{File: fromHere(file)}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return inside.Plain(err)
	}
	if err := replaceFile(file, func(to io.Writer) (err error) {
		done.Summary, err = c.Write(&stopping{ctx, to}, now(e), refusal)
		return err
	}); err != nil {
		if unknown := (*orgcopy.KeepError)(nil); errors.As(err, &unknown) {
			return usage("", "--keep %v", unknown)
		}
		return err
	}
	if err := c.Remove(); err != nil {
		return fmt.Errorf("remove what was stored: %w", inside.Plain(err))
	}
	if o.json {
		if err := printJSON(e.data, done); err != nil {
			return err
		}
	} else {
		done.print(e, w.Dir, file)
	}
	if err := starts(e, file); err != nil {
		return err
	}
	if slices.ContainsFunc(done.Missing, func(m orgcopy.Missing) bool { return m.Scope != "" }) {
		return &exit{code: exitWithErrors}
	}
	return nil
}

// options returns the options of a copy.
func (o orgCopyOptions) options() (c orgcopy.Options, err error) {
	c = orgcopy.Options{Anonymize: o.anonymize, Sample: o.sample, Keep: commaSeparated(o.keep)}
	switch {
	case o.into == "":
		return c, usage("such as --into orgs/acme.yaml", "--into is missing")
	case o.sample < 0:
		return c, usage("leave it out to copy all users", "--sample must be 1 or more, not %d", o.sample)
	case len(c.Keep) > 0 && !o.anonymize:
		return c, usage("without it, everything is kept", "--keep is for --anonymize")
	}
	if err := orgcopy.CanKeep(c.Keep); err != nil {
		return c, usage("", "--keep %v", err)
	}
	if c.Kinds, err = orgcopy.Select(commaSeparated(o.only)); err != nil {
		return c, usage("kinds: "+kindNames(), "--only: %v", err)
	}
	return c, nil
}

// commaSeparated returns the parts of a text between commas.
func commaSeparated(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// file returns the path of the seed. It asks before an existing file is replaced.
func (o orgCopyOptions) file(ctx context.Context, e env, dir string) (string, error) {
	path := o.into
	if !filepath.IsAbs(path) {
		if !filepath.IsLocal(path) {
			return "", usage("a relative path is in the folder of the workspace", "--into %s leads out of %s", path, dir)
		}
		path = filepath.Join(dir, path)
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) || o.force {
		return path, nil
	} else if err != nil {
		return "", inside.Plain(err)
	}
	asked := person(e, o.json)
	if asked == nil {
		return "", usage("pass --force to replace it", "%s exists", fromHere(path))
	}
	yes, err := asked.Confirm(ctx, "replace "+fromHere(path)+"?")
	if err == nil && !yes {
		err = errors.New("aborted, nothing was changed")
	}
	return path, interrupted(err)
}

// read reads the org, and shows how far it is.
func (o orgCopyOptions) read(ctx context.Context, e env, w *host.Workspace, name string, c *orgcopy.Copy, org orgcopy.Org) error {
	screen := terminal.NewScreen(e.screen, e.lookup, w.Hide, func() {})
	shown := terminal.NewReading(screen)
	defer shown.Done()
	err := c.Read(ctx, org, func(try func() error) error { return w.Again(ctx, name, try) }, func(p orgcopy.Progress) {
		shown.Show(terminal.ReadSoFar{Name: string(p.Kind), Records: p.Records, Lists: p.Lists, Of: p.Of, Done: p.Done})
	})
	if ctx.Err() != nil {
		return errInterrupted
	} else if err != nil {
		return orgFailed(name, err)
	}
	return nil
}

// stopping is a writer that fails when ctx ends.
type stopping struct {
	ctx context.Context
	io.Writer
}

func (s *stopping) Write(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, errInterrupted
	}
	return s.Writer.Write(p)
}
