package check

import (
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/flow"
)

// schedule checks the cron expression and the time zone of a trigger.
func (b *builder) schedule(t *flow.Trigger) {
	b.zone(t)
	when, err := parseCron(t.Value.Text)
	if err != nil {
		b.problem(t.Value, CodeBadCron, "minute, hour, day of month, month, day of week, such as \"0 6 1 * *\"; or @daily, @hourly, @every 1h", "%v", err)
		return
	}
	if when.Next(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		b.problem(t.Value, CodeCronNever, "does the month have that day?", "%q never happens", t.Value.Text)
	}
}

func (b *builder) zone(t *flow.Trigger) {
	zone := t.Node.Field("timezone")
	if zone == nil {
		if b.workspace.Timezone == nil && !t.Lacks {
			b.problem(t.Value, CodeMissingTimezone, "such as timezone: Europe/Berlin, here or in "+flow.WorkspaceFile,
				"this schedule has no time zone")
		}
		return
	}
	b.knownZone(zone)
}

// knownZone checks the name of a time zone; nil means that there is none.
func (r *report) knownZone(n *flow.Node) {
	if n == nil {
		return
	}
	if !strings.Contains(n.Text, "/") && n.Text != "UTC" { // CET, EST5EDT, Japan: not the clocks of one place, or old names
		r.problem(n, CodeUnknownTimezone, "an IANA name such as Europe/Berlin, America/New_York or UTC", "unknown time zone %q", n.Text)
		return
	}
	_, err := guarded("the library for time zones", func() (*time.Location, error) { return time.LoadLocation(n.Text) })
	if err != nil {
		r.problem(n, CodeUnknownTimezone, "an IANA name such as Europe/Berlin, America/New_York or UTC", "unknown time zone %q", n.Text)
	}
}
