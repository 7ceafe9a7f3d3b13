package pace

import (
	"cmp"
	"slices"
	"time"
)

// forget is how long two lanes that were seen apart are not joined again.
const forget = 10 * time.Minute

// denies reports whether an answer shows that its lane does not share a bucket with the others of its
// pool: another limit, another window, or more left than there was before the request left.
func (g *Governor) denies(pass *Pass, s headers, now time.Time) bool {
	p := pass.lane.pool
	if len(p.lanes) == 1 || pass.pool != p || pass.epoch != pass.lane.epoch || p.guessed || s.reset == 0 || pass.seq < p.latest {
		return false
	}
	switch {
	case s.limit != p.limit, s.reset < p.reset-1, s.reset > p.reset+1 && !p.ends(now):
		return true // join would need these to agree, so nothing has to be remembered
	case pass.seen != unseen && s.remaining > pass.seen && p.setBy != nil && p.setBy != pass.lane:
		g.apart[pair(pass.lane, p.setBy)] = now
		return true
	}
	return false
}

// split gives a lane a pool of its own, at least until join has reason to bring it back.
func (g *Governor) split(l *lane) {
	old := l.pool
	old.lanes = slices.DeleteFunc(old.lanes, func(other *lane) bool { return other == l })
	fresh := g.newPool(l)
	fresh.trip = old.trip
	var stay []*waiter
	for _, w := range old.queue {
		if w.pass.lane == l {
			fresh.queue = append(fresh.queue, w)
		} else {
			stay = append(stay, w)
		}
	}
	old.queue = stay
}

// join puts a lane's pool together with one that it evidently is the same as: the same limit and window,
// counts that agree, and more used than the lane alone has sent.
func (g *Governor) join(l *lane, now time.Time) {
	p := l.pool
	if p.reset == 0 || p.guessed || p.others() == 0 {
		return
	}
	for _, q := range g.pools {
		if q == p || q.guessed || q.limit != p.limit || q.reset != p.reset || q.sent() == 0 || g.wereApart(p, q, now) {
			continue
		}
		if apart := q.remaining - p.remaining; max(apart, -apart) > q.flying()+p.flying()+2 {
			continue
		}
		g.merge(p, q)
		q.met = [2]bool{} // what looked like others may have been the other lane
		q.know()
		return
	}
}

func (g *Governor) merge(p, q *pool) {
	for _, l := range p.lanes {
		l.pool = q
	}
	q.lanes = append(q.lanes, p.lanes...)
	if p.remaining < q.remaining {
		q.remaining, q.setBy = p.remaining, p.setBy
	}
	if p.over.Before(q.over) {
		q.over = p.over
	}
	q.latest = max(q.latest, p.latest)
	q.queue = append(q.queue, p.queue...)
	slices.SortFunc(q.queue, func(a, b *waiter) int { return cmp.Compare(a.pass.seq, b.pass.seq) })
	g.drop(p)
}

func (g *Governor) wereApart(p, q *pool, now time.Time) bool {
	for _, a := range p.lanes {
		for _, b := range q.lanes {
			if at, ok := g.apart[pair(a, b)]; ok && now.Sub(at) < forget {
				return true
			}
		}
	}
	return false
}

// pair is two lanes in an order of their own.
func pair(a, b *lane) [2]*lane {
	if a.name > b.name {
		a, b = b, a
	}
	return [2]*lane{a, b}
}
