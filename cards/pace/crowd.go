package pace

import "time"

const (
	shortestPause = 250 * time.Millisecond
	longestPause  = 4 * time.Second
	fewAnswers    = 8 // this many rounds of answers without a refusal before one more may fly
	manyAnswers   = 64
)

// A crowd is all requests in flight, whatever their bucket: the org limits how many there may be at once,
// and shows it only by refusing. The zero crowd has no limit.
type crowd struct {
	flying   int
	most     int    // that may fly at once; 0 is any number
	peak     int    // that flew when the first refusal came
	last     uint64 // refusals of requests up to this one have been paused for
	until    time.Time
	pause    time.Duration
	answers  int // since the last growth or refusal
	step     int // the next growth
	patience int // rounds of answers before it
}

func (c *crowd) admits(now time.Time) bool {
	return c.most == 0 || c.flying < c.most && !c.until.After(now)
}

// refused takes in that the request seq was one too many; it still counts as flying. newest is the latest request
// there is. Of a batch that left together every refusal takes one off, which ends at the number that the
// org did bear; only the first pauses.
func (c *crowd) refused(seq, newest uint64, now time.Time) {
	c.answers, c.step = 0, 1
	if c.most > 0 && seq <= c.last {
		c.most = max(1, c.most-1)
		return
	}
	c.peak = max(c.peak, c.flying)
	c.most = max(1, c.flying-1)
	c.last = newest
	c.pause = min(max(shortestPause, 2*c.pause), longestPause)
	c.until = now.Add(c.pause)
	c.patience = min(max(fewAnswers, 2*c.patience), manyAnswers)
}

// answered lets more fly after enough answers: one, then two, then four. Past what ever flew there is no
// limit any more.
func (c *crowd) answered() {
	if c.most == 0 {
		return
	}
	c.pause = 0
	if c.answers++; c.answers < c.most*c.patience {
		return
	}
	c.grow()
}

func (c *crowd) grow() {
	c.answers = 0
	c.most += c.step
	if c.step > 1 { // the growth before this one was borne
		c.patience = fewAnswers
	}
	c.step *= 2
	if c.most > 2*c.peak {
		*c = crowd{flying: c.flying}
	}
}
