package cases

import (
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/check"
	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// ends are the ways in which a started run ends.
var ends = []string{string(engine.Succeeded), string(engine.SucceededWithErrors), string(engine.Skipped), string(engine.Failed)}

// startedRuns checks what is expected of the runs that the run starts.
func (p *preparation) startedRuns() {
	started := p.at("expect", "started")
	if started == nil {
		return
	}
	var flows []string
	for plan := range p.plans() {
		flows = append(flows, plan.Flow)
	}
	slices.Sort(flows)
	for _, field := range started.Fields {
		if !slices.Contains(flows, field.Key.Text) {
			p.problem(field.Key, check.CodeUnknownFlow, words.Hint("flows", field.Key.Text, flows), "flow %q does not start %q", p.Flow, field.Key.Text)
		}
		for _, end := range field.Value.Fields {
			if !slices.Contains(ends, end.Key.Text) {
				p.problem(end.Key, flow.CodeUnknownKey, words.Hint("statuses", end.Key.Text, ends), "a started run does not end as %q", end.Key.Text)
			}
		}
	}
}

// startedRuns counts the runs that the run started, by flow and by status.
func (r *Result) startedRuns() map[string]map[string]int {
	counts := map[string]map[string]int{}
	for _, report := range r.raw.Started {
		if counts[report.Flow] == nil {
			counts[report.Flow] = map[string]int{}
		}
		counts[report.Flow][string(report.Status)]++
	}
	return counts
}

// compareStarted compares how the runs ended that the run started. They must not fail, as the run itself, unless this is expected.
func (c *Case) compareStarted(m matcher, r *Result) {
	counts := r.startedRuns()
	expected := c.at("expect", "started")
	for _, report := range r.raw.Started {
		named := expected.Field(report.Flow).Field(string(report.Status)) != nil
		if report.Status != engine.Succeeded && report.Status != engine.Skipped && !named {
			m.end(c.Node.Key("flow"), "started run of "+report.Flow, "succeeded or skipped", report)
		}
	}
	if expected == nil {
		return
	}
	for _, field := range expected.Fields {
		for _, end := range field.Value.Fields {
			if want, _ := end.Value.Value.(int); want != counts[field.Key.Text][end.Key.Text] {
				m.fail(end.Value, strings.Join([]string{"started", field.Key.Text, end.Key.Text}, "."), want, counts[field.Key.Text][end.Key.Text])
			}
		}
	}
}
