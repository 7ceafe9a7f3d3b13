package oktasim

import "time"

// An eventLog is the system log: the last logCapacity events, in the order in which they were stored. The number of
// an event is its position among all events that were ever stored.
//
// Events may be stored some time after they happen (System Log API, "Bounded requests": "events may be delayed. Such
// delays are rare but possible"). Here every second event is delayed by exactly the seed's log_delay; without
// log_delay, none. No timer stores a delayed event: once it is due, readers see it after the events of the ring, with
// the number that it gets when the next event is added.
type eventLog struct {
	delay  time.Duration
	count  uint64  // number of the events of changes that are kept, stored or delayed
	passed uint64  // number of the others, which are not delayed
	ring   []event // event n is at n % logCapacity
	next   uint64  // number of the next event
	late   []event // events that were delayed when the last event was added, the earliest first; their numbers start at next
}

const (
	logCapacity  = 100_000
	logRetention = 90 * 24 * time.Hour
	logSince     = 7 * 24 * time.Hour   // before until
	logReach     = 180 * 24 * time.Hour // an earlier since is refused
)

// add adds an event that has just happened.
func (l *eventLog) add(e event) {
	here := int(l.end(e.published) - l.next)
	for _, due := range l.late[:here] {
		l.append(due)
	}
	l.late = l.late[here:]
	if e.passing {
		l.passed++
		e.stored = e.published
		l.append(e)
		return
	}
	l.count++
	if l.delay > 0 && l.count%2 == 0 {
		e.stored = e.published.add(l.delay)
		l.late = append(l.late, e)
		return
	}
	e.stored = e.published
	l.append(e)
}

// uuid returns the uuid of the next event. The uuids of events that are kept must be the same in each process.
func (l *eventLog) uuid(passing bool) string {
	if passing {
		return uuidOf(roll(l.passed, 2, 0), roll(l.passed, 3, 0))
	}
	return uuidOf(roll(l.count, 0, 0), roll(l.count, 1, 0))
}

func (l *eventLog) append(e event) {
	if at := l.next % logCapacity; int(at) < len(l.ring) {
		l.ring[at] = e
	} else {
		l.ring = append(l.ring, e)
	}
	l.next++
}

// first returns the number of the oldest event in the ring.
func (l *eventLog) first() uint64 { return l.next - uint64(len(l.ring)) }

// end returns the number after the last event that is stored by the given time.
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
