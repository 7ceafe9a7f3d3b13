package check

import (
	"errors"
	"time"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/schedule"
)

// schedule checks the cron expression and the time zone of a trigger.
func (b *builder) schedule(t *flow.Trigger) (when schedule.Schedule, ok bool) {
	zone := b.zone(t)
	in := zone
	if in == nil {
		in = time.UTC
	}
	dst := t.Node.Field("dst")
	when, err := schedule.Parse(t.Value.Text, in, schedule.DST{
		Gap: schedule.Gap(text(dst.Field("gap"))), Overlap: schedule.Overlap(text(dst.Field("overlap"))),
	})
	switch {
	case errors.Is(err, schedule.ErrNever):
		b.problem(t.Value, CodeCronNever, "does the month have that day?", "%q never happens", t.Value.Text)
	case errors.Is(err, schedule.ErrDST): // reported by package flow
	case err != nil:
		b.problem(t.Value, CodeBadCron, "minute, hour, day of month, month, day of week, such as \"0 6 1 * *\"; or @daily, @hourly", "%v", err)
	}
	return when, err == nil && zone != nil
}

// zone returns the time zone of a schedule; nil if it has none, which is a problem.
func (b *builder) zone(t *flow.Trigger) *time.Location {
	if zone := t.Node.Field("timezone"); zone != nil {
		return b.knownZone(zone)
	}
	if zone := b.workspace.Timezone; zone != nil {
		found, _ := schedule.Zone(zone.Text) // a problem of the workspace
		return found
	}
	if !t.Lacks {
		b.problem(t.Value, CodeMissingTimezone, "such as timezone: Europe/Berlin, here or in "+flow.WorkspaceFile,
			"this schedule has no time zone")
	}
	return nil
}

// knownZone returns the time zone with a name; nil if there is none, or no name.
func (r *report) knownZone(n *flow.Node) *time.Location {
	if n == nil {
		return nil
	}
	zone, err := schedule.Zone(n.Text)
	if err != nil {
		r.problem(n, CodeUnknownTimezone, "an IANA name such as Europe/Berlin, America/New_York or UTC", "%v", err)
	}
	return zone
}
