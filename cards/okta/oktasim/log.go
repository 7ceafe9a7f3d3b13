package oktasim

import "time"

// An eventLog is the system log: the last logCapacity events, in the order in which they were
// stored. An event's number is its place among all that there ever were.
//
// Events may be stored later than they happen (System Log API, "Bounded requests": "events may be
// delayed. Such delays are rare but possible"). Here it is every second one, by exactly the seed's
// log_delay; without it, none. Nothing happens when the time has come: readers see the late events
// whose time has come after those of the ring, with the numbers that the next event to be added gives
// them for good.
type eventLog struct {
	delay time.Duration
	count uint64  // how many events there were, stored or not
	ring  []event // event n is at n % logCapacity
	next  uint64  // number of the next event
	late  []event // not stored when it was last looked, the first to come first; their numbers start at next
}

const (
	logCapacity  = 100_000
	logRetention = 90 * 24 * time.Hour
	logSince     = 7 * 24 * time.Hour   // before until
	logReach     = 180 * 24 * time.Hour // a since before that is refused
)

// add adds an event that has just happened.
func (l *eventLog) add(e event) {
	here := int(l.end(e.published) - l.next)
	for _, due := range l.late[:here] {
		l.append(due)
	}
	l.late = l.late[here:]
	l.count++
	if l.delay > 0 && l.count%2 == 0 {
		e.stored = e.published.add(l.delay)
		l.late = append(l.late, e)
		return
	}
	e.stored = e.published
	l.append(e)
}

func (l *eventLog) append(e event) {
	if at := l.next % logCapacity; int(at) < len(l.ring) {
		l.ring[at] = e
	} else {
		l.ring = append(l.ring, e)
	}
	l.next++
}

// first is the number of the oldest event that is still there.
func (l *eventLog) first() uint64 { return l.next - uint64(len(l.ring)) }

// end is the number after that of the last event stored by a moment.
func (l *eventLog) end(now instant) uint64 {
	n := l.next
	for _, e := range l.late {
		if e.stored > now {
			break
		}
		n++
	}
	return n
}

func (l *eventLog) at(number uint64) *event {
	if number >= l.next {
		return &l.late[number-l.next]
	}
	return &l.ring[number%logCapacity]
}
