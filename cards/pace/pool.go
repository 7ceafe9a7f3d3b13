package pace

import (
	"slices"
	"time"
)

// A pool is a bucket as the service keeps it: one count of requests, shared by one or more lanes. It is
// unknown until the first answer; then free, when the answer had no headers, or it has a limit.
type pool struct {
	lanes []*lane
	queue []*waiter // in the order of their coming

	free      bool
	limit     int           // requests a window; 0 is not known
	remaining int           // by the answer that left fewest
	setBy     *lane         // whose answer that was; nil is nobody's
	reset     int64         // the window's end by the server; of the window before while guessed
	over      time.Time     // the window's end by our clock, at the latest
	guessed   bool          // no answer has described this window yet
	latest    uint64        // the latest request whose answer did
	few       int           // how many may fly while unknown or guessed
	base      int           // requests of others when the window became known
	met       [2]bool       // others made requests: in this window, and in the one before
	quiet     bool          // others made no requests since the window became known
	between   int           // requests of others while the latest answered one was on its way
	viewed    time.Time     // when that was answered
	trip      time.Duration // of a request and its answer, as a moving average
}

func (p *pool) flying() (n int) {
	for _, l := range p.lanes {
		n += l.flying[0] + l.flying[1]
	}
	return n
}

func (p *pool) sent() (n int) {
	for _, l := range p.lanes {
		n += l.sent
	}
	return n
}

// learned reports whether an answer has described the bucket.
func (p *pool) learned() bool { return p.free || p.limit > 0 }

// room is how many requests may leave now: what is left of our share, and what is left at all, both less
// those in flight, of which nobody knows whether the last answer counted them.
func (p *pool) room(share float64, now time.Time) int {
	if p.free {
		return 1
	}
	flying := p.flying()
	if p.limit == 0 {
		return p.few - flying
	}
	room := min(p.budget(share), p.remaining-flying-p.margin())
	switch {
	case p.shared():
		room = min(room, max(p.few, p.part(now))-flying)
	case p.guessed:
		room = min(room, p.few-flying)
	}
	return room
}

// part is how many requests may fly while others use the bucket, too: a part of what is left. If all clients do so,
// what is left runs out slower than they hear of it, and each gets as much. Slow requests need a larger part.
func (p *pool) part(now time.Time) int {
	if now.Sub(p.viewed) > 2*p.trip {
		return 1 // what is left is not known any more
	}
	part := least
	if left := p.over.Sub(now) - grace; left > 0 {
		part = min(most, max(part, 3*float64(p.trip)/float64(left)))
	}
	return max(1, int(part*float64(p.remaining)))
}

const least, most = 0.05, 0.25 // of what is left

// shared reports whether others use the bucket, as far as is known.
func (p *pool) shared() bool { return p.met[0] || p.met[1] || p.base > 0 && !p.quiet }

// budget is the rest of our share of the window.
func (p *pool) budget(share float64) int {
	return max(1, int(share*float64(p.limit))) - p.sent()
}

// others is how many requests of this window were certainly not ours.
func (p *pool) others() int { return max(0, p.limit-p.remaining-p.sent()) }

// margin is the number of requests that others may make while ours are on their way: as many as they made during the
// last one, but at least one for each of them.
func (p *pool) margin() int {
	if p.guessed || p.others() <= p.base {
		return 0
	}
	return max(1, min(max(p.between, p.peers()), 1+p.limit/10))
}

// peers is how many other clients there seem to be, if each of them has made as many requests as this one.
func (p *pool) peers() int {
	own := max(1, p.sent())
	return (p.others() + own/2) / own
}

// roll starts a new window if this one is over by our clock. Nothing is known about it but the headers of the one
// before: until an answer has come, a tenth of the limit may fly.
func (p *pool) roll(now time.Time) {
	if p.limit == 0 || now.Before(p.over) {
		return
	}
	p.restart()
	p.remaining, p.setBy = p.limit, nil
	p.guessed, p.few, p.over = true, max(1, p.limit/10), now.Add(window)
	if p.shared() {
		p.few = 1
	}
}

// restart starts a new count. Requests in flight may fall into the new window, so they count for it.
func (p *pool) restart() {
	p.met = [2]bool{false, p.met[0]}
	for _, l := range p.lanes {
		l.epoch++
		l.flying = [2]int{0, l.flying[0]}
		l.sent = l.flying[1]
	}
}

// settle believes headers by which the service counted less than we did, as it does for requests that never
// reached it.
func (p *pool) settle() {
	if p.limit == 0 || p.guessed {
		return
	}
	excess := p.sent() - p.flying() - (p.limit - p.remaining)
	for _, l := range p.lanes {
		if excess <= 0 {
			return
		}
		less := min(excess, l.sent)
		l.sent -= less
		excess -= less
	}
}

// learn takes in the headers of an answer.
func (g *Governor) learn(pass *Pass, s headers, now time.Time) {
	l := pass.lane
	if g.denies(pass, s, now) {
		g.split(l)
	}
	p := l.pool
	if trip := now.Sub(pass.sentAt); p.trip == 0 {
		p.trip = trip
	} else {
		p.trip += (trip - p.trip) / 8
	}
	late, before := pass.seq < p.latest, p.remaining
	switch {
	case p.limit == 0: // the first answer
		p.take(pass, s)
		p.over = s.over
		p.know()
	case s.reset == 0: // the window is what we make it
		switch {
		case p.guessed || s.limit != p.limit || s.remaining < p.remaining:
			p.take(pass, s)
		case pass.rises(s) && !late:
			p.restart()
			p.take(pass, s)
			p.over = s.over
			p.know()
		}
	case s.reset > p.reset+1 && (p.guessed || p.ends(now)): // the next window
		if !p.guessed {
			p.restart()
		}
		p.take(pass, s)
		p.over = s.over
		p.know()
	case abs(s.reset-p.reset) <= 1 && pass.epoch < l.epoch: // of the window before, late
		return
	case p.guessed && s.reset <= p.reset+1: // it is not over yet
		p.take(pass, s)
		p.over = s.over
	case s.reset < p.reset-1 && late: // of some window before
		return
	case abs(s.reset-p.reset) > 1: // the window moved
		p.take(pass, s)
		p.over = s.over
	default:
		p.again(pass, s, late)
	}
	// Each request leaves another number, so that a second answer with none left is a refusal: others were faster. So is a first
	// answer ever.
	if p.others() > p.base || s.remaining == 0 && before == 0 {
		p.met[0] = true
	}
	if pass.pool == p && pass.epoch == l.epoch {
		if pass.seen != unseen {
			p.quiet = true
			p.between = max(p.others()-pass.others, 0)
		}
		p.viewed = now
	}
	g.join(l, now)
}

// again takes in another answer of the window that is known. The end of the window is the earliest that
// any of them proves, which sheds what Date was cut by.
func (p *pool) again(pass *Pass, s headers, late bool) {
	if s.over.Before(p.over) {
		p.over = s.over
	}
	switch {
	case s.limit != p.limit && late:
	case s.limit != p.limit, s.remaining < p.remaining, pass.rises(s) && !late:
		p.take(pass, s)
	}
}

// rises reports whether an answer has more left than there was when the request left: the count was put
// back.
func (pass *Pass) rises(s headers) bool {
	return pass.seen != unseen && s.remaining > pass.seen && pass.epoch == pass.lane.epoch && pass.pool == pass.lane.pool
}

// ends reports whether the window may be over by the server's clock.
func (p *pool) ends(now time.Time) bool { return p.over.Sub(now) < grace+2*time.Second }

// know takes down what others had used when the window became known.
func (p *pool) know() { p.base, p.quiet = p.others(), false }

func (p *pool) take(pass *Pass, s headers) {
	p.free, p.guessed, p.few = false, false, 0
	p.limit, p.remaining, p.setBy = s.limit, s.remaining, pass.lane
	p.latest = max(p.latest, pass.seq)
	if s.reset != 0 {
		p.reset = s.reset
	}
}

func (g *Governor) newLane(name string) *lane {
	l := &lane{name: name}
	g.lanes[name] = l
	g.newPool(l)
	return l
}

func (g *Governor) newPool(l *lane) *pool {
	l.pool = &pool{lanes: []*lane{l}, few: 1}
	g.pools = append(g.pools, l.pool)
	return l.pool
}

func (g *Governor) drop(p *pool) {
	g.pools = slices.DeleteFunc(g.pools, func(other *pool) bool { return other == p })
}

func abs(n int64) int64 { return max(n, -n) }
