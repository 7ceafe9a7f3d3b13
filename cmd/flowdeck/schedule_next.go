package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

type nextOptions struct {
	dir, after string
	count      int
	json       bool
}

// mostTimes is the maximum of --count.
const mostTimes = 10_000

func scheduleNextCommand(e env) *cobra.Command {
	var o nextOptions
	cmd := &cobra.Command{
		Use:   "next FLOW",
		Short: "Show the next times of the schedules of a flow",
		Long: `Show the next times of each schedule of a flow, in the time zone of the schedule. If the clocks of this machine differ, the
time here is shown, too. A time that a change of the clocks moves or repeats has a note.

FLOW is the name of a flow in the workspace, a FILE with one flow, or FILE#NAME.

--after shows the times after another moment than now: a date, or a time such as 2026-03-08T01:30, which is that of this machine
unless it has an offset, as in 2026-03-08T01:30:00-05:00.

--json prints a list of {"flow", "cron", "timezone", "dst", "next": [{"at", "local"}]}: at is the moment, local is the time of
the schedule, with #2 for the second pass of a repeated hour.

Exit codes: 0 done, 2 wrong usage, 3 problems in the flow.`,
		Example: `  flowdeck schedule next monthly-report
  flowdeck schedule next monthly-report --after 2027-01-01 --count 12
  flowdeck schedule next monthly-report --json | jq -r '.[].next[].at'`,
		Args:              exactlyOne("FLOW"),
		ValidArgsFunction: completeFlow(e, &o.dir),
		RunE:              func(_ *cobra.Command, args []string) error { return showNext(e, args[0], o) },
	}
	flags := cmd.Flags()
	workspaceFlag(cmd, &o.dir)
	flags.IntVar(&o.count, "count", listedTimes, "show `N` times of each schedule")
	flags.StringVar(&o.after, "after", "", "show the times after `TIME`, such as 2026-03-08 or 2026-03-08T01:30")
	flags.BoolVar(&o.json, "json", false, "print one JSON list on standard output, and nothing else")
	return cmd
}

func showNext(e env, arg string, o nextOptions) error {
	if o.count < 1 || o.count > mostTimes {
		return usage("", "--count %d: must be from 1 to %d", o.count, mostTimes)
	}
	after := now(e)
	if o.after != "" {
		var ok bool
		if after, ok = readTime(o.after); !ok {
			return usage("such as 2026-03-08, 2026-03-08T01:30 or 2026-03-08T01:30:00-05:00", "--after %q is not a time", o.after)
		}
	}
	_, _, plan, err := planFor(e, o.dir, arg)
	if err != nil {
		return err
	}
	all := timesOf(plan, after, o.count)
	if o.json {
		return printJSON(e.data, all)
	}
	for _, s := range all {
		if len(s.Next) == 0 {
			fmt.Fprintf(e.err, "%q has no time after %s\n", s.Cron, after.Format(time.RFC3339))
		}
	}
	if len(all) == 0 {
		fmt.Fprintf(e.err, "flow %s has no schedule\n", plan.Flow)
	}
	return writeSchedules(e, all, false)
}
