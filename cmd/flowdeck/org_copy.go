package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
)

type orgCopyOptions struct {
	dir, into, only, keep  string
	sample                 int
	anonymize, force, json bool
	fresh                  bool
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
--keep names more attributes that stay. Group rules, policies and hooks that compare sizes or parts of replaced texts are
inactive in the copy, and named.

A copy that was interrupted or killed goes on when the same command runs again: until it is done, what it has read is in
.flowdeck/copies. What is older than 4 hours is read again, and with --fresh all is.

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a simulated org cannot start from the seed, 4 connection, 6 done, but the
connection may not read all, 130 interrupted.`,
		Example: `  flowdeck org copy prod --into orgs/acme.yaml --anonymize
  flowdeck org copy prod --into orgs/small.yaml --sample 500
  flowdeck org copy prod --into orgs/groups.yaml --only members,rules`,
		Args:              exactlyOne("CONNECTION"),
		ValidArgsFunction: completeConnection(e, &o.dir),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("sample") && o.sample < 1 {
				return usage("leave it out to copy all users", "--sample must be 1 or more, not %d", o.sample)
			}
			return copyOrg(cmd.Context(), e, args[0], o)
		},
	}
	workspaceFlag(cmd, &o.dir)
	flags := cmd.Flags()
	flags.StringVar(&o.into, "into", "", "the `FILE` that is written")
	flags.BoolVar(&o.anonymize, "anonymize", false, "replace what identifies people")
	flags.StringVar(&o.keep, "keep", "", "with --anonymize: `ATTRIBUTES` of profiles that stay, such as title,city")
	flags.IntVar(&o.sample, "sample", 0, "copy `N` users, at even distances in the list, with all groups and applications")
	flags.StringVar(&o.only, "only", "", "copy these `KINDS` only, such as groups,apps, and those that they need")
	flags.BoolVar(&o.fresh, "fresh", false, "read all again, also what an interrupted copy has read")
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
	resumed bool
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
	conn, err := w.WorkingConnection(name)
	if err != nil {
		return err
	}
	if conn.Type.Text != "okta" { // before it sends a request
		return usage("", "connection %q does not reach an Okta org", name)
	}
	target, err := o.target(ctx, e, w.Dir, seedOf(w, conn))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.folder.Close()) }()
	file := target.path
	conns, err := w.Connect(ctx, []engine.Use{{Service: conn.Type.Text, Name: name}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conns.Close()) }()
	org := conns.Open(name).(orgcopy.Org)
	id := conns.Identity(name)
	options.Fresh, options.Clock = o.fresh, func() time.Time { return now(e) }
	options.Hide = func(text string) string { return string(w.Hide([]byte(text))) }
	options.Identity = fmt.Sprintf("%x", sha256.Sum256([]byte(cmp.Or(id.Key, id.Org)+" as "+id.As)))
	if options.Org = id.Org; id.Simulated { // the port of its address is another one each time
		options.Org = name + " (simulated)"
	}
	whole, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(whole))
	folder := fmt.Sprintf("%s-%x", name, sum[:6])
	copies := filepath.Join(w.Dir, host.StateDir, "copies")
	if err := orgcopy.Sweep(copies, now(e)); err != nil {
		return fmt.Errorf("remove copies that did not end: %w", inside.Plain(err))
	}
	c, err := orgcopy.Open(copies, folder, options)
	if errors.Is(err, orgcopy.ErrBusy) {
		return usage("wait until it has ended", "another process copies %q to %s", name, fromHere(file))
	} else if err != nil {
		return fmt.Errorf("store what is read: %w", inside.Plain(err))
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if c.Resumed {
		from, to := c.Span()
		fmt.Fprintf(e.err, "going on with a copy of which parts were read from %s to %s\n", terminal.Time(from), terminal.Time(to))
		terminal.Hint(e.err, "--fresh reads all again")
	}
	if c.Expired > 0 {
		fmt.Fprintf(e.err, "%s of an earlier copy, older than %.0f hours: read again\n", counted(c.Expired, "list"), orgcopy.MaxAge.Hours())
	}
	if err := o.read(ctx, e, w, name, c, org, func() time.Duration { return conns.Waited().Total }); err != nil {
		fmt.Fprintf(e.err, "what was read is kept in %s: the same command goes on from there\n", fromHere(filepath.Join(copies, folder)))
		return err
	}
	done := copiedOrg{File: fromHere(file), resumed: c.Resumed}
	draft, err := c.Draft(func(to io.Writer) (err error) {
		done.Summary, err = c.Write(&stopping{ctx, to}, now(e), refusal)
		return err
	})
	if unknown := (*orgcopy.KeepError)(nil); errors.As(err, &unknown) {
		return usage("", "--keep %v", unknown)
	}
	if err != nil {
		return inside.Plain(err)
	}
	mistakes := done.try(e, draft)
	if mistakes != nil && target.exists {
		end := *exitOf(mistakes)
		end.hint = fromHere(file) + " was not replaced: the lines are those of " + fromHere(draft)
		return &end
	}
	if err := target.put(draft); errors.Is(err, errChanged) {
		return usage("what was read is kept: name another file, or pass --force with the same command", "%s: %v", fromHere(file), err)
	} else if err != nil {
		return fmt.Errorf("write %s: %w", fromHere(file), err)
	}
	if err := c.Remove(); err != nil {
		return fmt.Errorf("remove what was stored: %w", inside.Plain(err))
	}
	if o.json {
		if err := printJSON(e.data, done); err != nil {
			return err
		}
	} else {
		done.print(e, w.Dir, file, mistakes == nil)
	}
	if mistakes != nil {
		return mistakes
	}
	if slices.ContainsFunc(done.Missing, func(m orgcopy.Missing) bool { return m.Lists > 0 }) {
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

// read reads the org, and shows how far it is, also while it waits for a rate limit. waited is how long it has done so.
func (o orgCopyOptions) read(ctx context.Context, e env, w *host.Workspace, name string, c *orgcopy.Copy, org orgcopy.Org, waited func() time.Duration) error {
	screen := terminal.NewScreen(e.screen, e.lookup, w.Hide, func() {})
	shown := terminal.NewReading(screen)
	defer shown.Done()
	var mu sync.Mutex // shown is not safe for concurrent use
	var last terminal.ReadSoFar
	show := func(at terminal.ReadSoFar) {
		mu.Lock()
		defer mu.Unlock()
		last = at
		shown.Show(at)
	}
	defer every(waitTick, func(before, now time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		if last.Waiting = now-before > waitTick/2; last.Waiting && !last.Done {
			shown.Show(last)
		}
	}, waited)()
	err := c.Read(ctx, org, func(try func() error) error { return w.Again(ctx, name, try) }, func(p orgcopy.Progress) {
		show(terminal.ReadSoFar{Name: string(p.Kind), Records: p.Records, Lists: p.Lists, Of: p.Of, Done: p.Done})
	})
	if ctx.Err() != nil {
		return errInterrupted
	} else if failure := (*card.Error)(nil); errors.As(err, &failure) {
		return &host.ConnectionError{Name: name, Cause: failure}
	}
	return inside.Plain(err)
}

// waitTick is the time after which it is looked at whether the reading waits.
const waitTick = 5 * time.Second

// every calls do at each tick with the last value and the present one of a duration, until the function that it returns is called.
func every(tick time.Duration, do func(before, now time.Duration), value func() time.Duration) (stop func()) {
	done, ticks, ended := make(chan struct{}), time.NewTicker(tick), make(chan struct{})
	go func() {
		defer close(ended)
		for before := value(); ; {
			select {
			case <-ticks.C:
				now := value()
				do(before, now)
				before = now
			case <-done:
				return
			}
		}
	}()
	return func() { ticks.Stop(); close(done); <-ended }
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
