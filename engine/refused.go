package engine

// refusal returns an error if a run of p can reach something that this version checks but cannot enforce, in p or in a flow
// that it runs. To run without a fuse that the author relies on would be worse than not to run at all, and so would half a run.
func (p *Plan) refusal(seen map[*Plan]bool) (err error) {
	if seen[p] {
		return nil
	}
	seen[p] = true
	if len(p.Refused) > 0 {
		return invalid("", "flow %q has `%s`, which this version of flowdeck checks but cannot enforce yet", p.Flow, p.Refused[0])
	}
	walk(p.Steps, func(s *Step) {
		if to := runs(s.Do); to != nil && err == nil {
			err = to.refusal(seen)
		}
	})
	return err
}
