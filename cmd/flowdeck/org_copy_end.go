package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/okta/orgcopy"
	"github.com/flowdeck/flowdeck/cmd/flowdeck/terminal"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/words"
)

// print shows what was copied, what was not, and what to do with the seed, if an org starts from it.
func (c copiedOrg) print(e env, dir, file string, starts bool) {
	var counts []string
	for _, key := range slices.Sorted(maps.Keys(c.Copied)) {
		counts = append(counts, terminal.Thousands(c.Copied[key])+" "+key)
	}
	what := "a copy of "
	if c.Anonymized {
		what = "an anonymized copy of "
	}
	fmt.Fprintf(e.err, "%s: %s%s\n", c.File, what, words.VisibleLine(c.Org))
	for _, line := range terminal.Wrap(strings.Join(counts, ", "), 100) {
		fmt.Fprintf(e.err, "   %s\n", line)
	}
	if c.resumed {
		fmt.Fprintf(e.err, "   read from %s to %s\n", terminal.Time(c.From), terminal.Time(c.To))
	}
	if len(c.Kept) > 0 {
		fmt.Fprintf(e.err, "   not replaced: the attributes %s\n", strings.Join(c.Kept, ", "))
	}
	for _, m := range c.Missing {
		fmt.Fprintf(e.err, "   not read: %s\n", words.VisibleLine(m.String()))
	}
	for _, r := range c.Refused {
		fmt.Fprintf(e.err, "   left out: %s %q, which a simulated org does not accept: %s\n", r.Key, r.Name, words.VisibleLine(r.Why))
	}
	if fields := 0; len(c.Lacking) > 0 {
		for _, l := range c.Lacking {
			fields += len(l.Fields)
		}
		fmt.Fprintf(e.err, "   left out: %s of %s that may be private, which comments of the seed name\n",
			counted(fields, "setting"), counted(len(c.Lacking), "object"))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Unreplaced)) {
		fmt.Fprintf(e.err, "   left out: %s of %s, which no replacement can have in the form that the schema asks for\n", counted(c.Unreplaced[name], "value"), name)
	}
	for _, u := range c.Undecided {
		what := "inactive"
		if u.Active {
			what = "decides in another way"
		}
		fmt.Fprintf(e.err, "   %s: %s %q, which compares parts or sizes of texts that were replaced\n", what, u.Key, u.Name)
	}
	if c.Dropped > 0 {
		fmt.Fprintf(e.err, "   left out: %s to what the copy does not have\n", counted(c.Dropped, "reference"))
	}
	if c.InactivePolicies > 0 {
		fmt.Fprintf(e.err, "   made inactive: %s of policies, since the copy has nobody of those whom they include\n", counted(c.InactivePolicies, "part"))
	}
	if c.OtherStates > 0 {
		fmt.Fprintf(e.err, "   not copied: status or state of synchronization of %s, which a simulated org shows in another way\n",
			counted(c.OtherStates, "assignment"))
	}
	if c.Renamed > 0 {
		fmt.Fprintf(e.err, "   renamed: %s with the name of another one, which a seed cannot have\n", counted(c.Renamed, "group or application"))
	}
	fmt.Fprintf(e.err, "   never copied: %s\n", orgcopy.NotCopied)
	if !starts {
		return
	}
	fmt.Fprintf(e.err, "next: flowdeck org %s serves it", c.File)
	if rel, err := filepath.Rel(dir, file); err == nil && filepath.IsLocal(rel) {
		fmt.Fprintf(e.err, ", and flows run on it with this connection in flowdeck.yaml:\n   rehearsal: {type: okta, simulate: {seed: %s}}", filepath.ToSlash(rel))
	}
	fmt.Fprintln(e.err)
}

// largestTried is the size, in bytes, of the largest seed from which an org is started to try it. That takes 40 times as much memory, and half a second for
// each MB (measured): trying one of more than largeTried is announced.
const (
	largestTried = 32 << 20
	largeTried   = 4 << 20
)

// try checks that a simulated org can start from a draft, and leaves out what hinders it, since Okta accepts values that a simulated org does not. A very
// large draft is not checked, as the copy itself takes little memory.
func (c *copiedOrg) try(e env, draft string) error {
	info, err := os.Stat(draft)
	switch {
	case err != nil:
		return inside.Plain(err)
	case info.Size() > oktasim.MaxSeedSize:
		return &exit{
			code: exitProblems, err: fmt.Errorf("%s has %d MB, and a seed has at most %d", c.File, info.Size()>>20, oktasim.MaxSeedSize>>20),
			hint: "--sample and --only make it smaller",
		}
	case info.Size() > largestTried:
		fmt.Fprintf(e.err, "it is large: 'flowdeck check %s' checks that an org can start from it\n", c.File)
		return nil
	case info.Size() > largeTried:
		fmt.Fprintln(e.err, "the copy is large: trying to start an org from it")
	}
	source, err := inside.ReadFile(draft, oktasim.MaxSeedSize)
	if err != nil {
		return err
	}
	rest, refused, mistakes := startable(source)
	for _, r := range refused {
		c.Refused = append(c.Refused, r)
		c.Copied[r.Key]--
	}
	if len(refused) > 0 {
		if err := os.WriteFile(draft, rest, 0o600); err != nil {
			return inside.Plain(err)
		}
	}
	if mistakes == nil {
		return nil
	}
	return &exit{
		code: exitProblems, err: fmt.Errorf("no simulated org can start from %s yet: %w", c.File, firstMistakes(mistakes)),
		hint: "correct these lines: 'flowdeck check " + c.File + "' checks it again",
	}
}

// startsFrom starts a simulated org from a seed, and ends it.
func startsFrom(source []byte) error {
	seed, err := oktasim.Load(source)
	if err != nil {
		return err
	}
	org, err := oktasim.New(seed, oktasim.Options{})
	if err != nil {
		return err
	}
	return org.Close()
}

// refusal returns why no org starts from a seed with one object, without the place in that seed.
func refusal(source []byte) error {
	err := startsFrom(source)
	if mistake := (*oktasim.SeedError)(nil); errors.As(err, &mistake) {
		return errors.New(mistake.Message)
	}
	return err
}

// firstMistakes returns an error with the first ten of the mistakes that err joins.
func firstMistakes(err error) error {
	const most = 10
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) <= most {
		return err
	}
	all := joined.Unwrap()
	return fmt.Errorf("%w\nand %d more", errors.Join(all[:most]...), len(all)-most)
}
