package oktasim

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// An outbox delivers events to event hooks. A hook's deliveries are made one after another, and a slow server delays only its own.
// No goroutine runs while nothing waits.
type outbox struct {
	org    *Org
	client http.Client
	ctx    context.Context
	stop   context.CancelFunc
	log    deliveryLog

	mu      sync.Mutex
	queues  map[string]*queue // by the id of the hook; only those in which something waits
	running sync.WaitGroup
}

// A queue has the waiting deliveries of one event hook, in the order in which they are made unless they are late.
type queue struct {
	waiting []*delivery
	added   uint64
	changed chan struct{} // has a token if something was added, or if the data clock moved
}

// A delivery is a POST to an event hook.
type delivery struct {
	hook    subscriber
	body    string
	events  []event
	request string  // X-Okta-Request-Id
	due     instant // a fault: not earlier
	past    uint64  // a fault: so many later deliveries overtake this one, or those that come
	until   instant // before this time
	place   uint64  // in the queue: its number among all that were added, plus past
}

const (
	hookPatience = 3 * time.Second // until an answer ("Event hooks", "Timeout and retry")
	hookQueue    = 20_000          // waiting deliveries of one hook; further ones are lost. A burst of 10,000 events with duplicates has room
	hookOvertake = time.Minute     // how long a delivery waits for others to overtake it

	hookLost = "lost: 20000 deliveries to this event hook are waiting"
)

func newOutbox(org *Org, transport http.RoundTripper) *outbox {
	if transport == nil {
		transport = toThisMachine()
	}
	b := &outbox{org: org, queues: map[string]*queue{}, client: http.Client{
		Transport: transport,
		// That Okta does not follow redirects is our guess. Headers are secrets of the hook's own server.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	b.ctx, b.stop = context.WithCancel(context.Background())
	return b
}

// close cancels all deliveries, and waits until no goroutine runs.
func (b *outbox) close() {
	b.mu.Lock()
	b.stop()
	b.mu.Unlock()
	b.running.Wait()
}

// add queues a delivery, in the order of the calls. It does not block. It reports whether the delivery was lost.
func (b *outbox) add(d delivery) (lost bool) {
	twice := false
	for _, f := range *b.org.faults.Load() {
		twice = f.strikeDelivery(&d, b.now()) || twice
	}
	lost = b.queue(d)
	if twice {
		b.queue(d)
	}
	return lost
}

func (b *outbox) queue(d delivery) (lost bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx.Err() != nil {
		return false
	}
	q := b.queues[d.hook.id]
	if q == nil {
		q = &queue{changed: make(chan struct{}, 1)}
		b.queues[d.hook.id] = q
		b.running.Go(func() { b.run(d.hook.id, q) })
	}
	if len(q.waiting) == hookQueue {
		b.log.note(b.now(), d.post(nil), result{problem: hookLost})
		return true
	}
	q.put(&d)
	q.wake()
	return false
}

// put adds a delivery. One that is to be overtaken comes after those that overtake it.
func (q *queue) put(d *delivery) {
	q.added++
	d.place = q.added + d.past
	at := len(q.waiting)
	for at > 0 && q.waiting[at-1].comesAfter(d) {
		at--
	}
	q.waiting = slices.Insert(q.waiting, at, d)
}

func (d *delivery) comesAfter(other *delivery) bool {
	return d.place > other.place || d.place == other.place && d.past > other.past
}

func (b *outbox) now() instant { return b.org.dataTime() }

func (q *queue) wake() {
	select {
	case q.changed <- struct{}{}:
	default:
	}
}

// moved makes the outbox look at the data clock again.
func (b *outbox) moved() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, q := range b.queues {
		q.wake()
	}
}

// run makes the deliveries of a queue until none waits.
func (b *outbox) run(id string, q *queue) {
	for {
		b.mu.Lock()
		d, wait := q.take(b.now())
		if d == nil && len(q.waiting) == 0 || b.ctx.Err() != nil {
			delete(b.queues, id)
			b.mu.Unlock()
			return
		}
		b.mu.Unlock()
		if d != nil {
			b.deliver(d)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-q.changed:
		case <-b.ctx.Done():
		}
		timer.Stop()
	}
}

// take removes the first delivery that is due. If none is due, it returns the time until one is.
func (q *queue) take(now instant) (d *delivery, wait time.Duration) {
	for i, d := range q.waiting {
		left := d.due.since(now)
		if q.added < d.place {
			left = max(left, d.until.since(now))
		}
		if left > 0 {
			if wait == 0 || left < wait {
				wait = left
			}
			continue
		}
		copy(q.waiting[1:i+1], q.waiting[:i]) // those that are late are few
		q.waiting[0] = nil
		q.waiting = q.waiting[1:]
		return d, 0
	}
	return nil, wait
}

// deliver makes a delivery, as long as its hook wants it.
func (b *outbox) deliver(d *delivery) {
	r := b.send(d.post(func() bool { return b.org.wants(d) }))
	if !r.accepted() && !r.unwanted && b.ctx.Err() == nil {
		b.org.logFailure(d, r)
	}
}

// post returns the request of a delivery.
func (d *delivery) post(wanted func() bool) outgoing {
	o := outgoing{hook: d.hook, method: http.MethodPost, body: d.body, request: d.request, wanted: wanted}
	if len(d.events) > 0 {
		o.event = d.events[0].uuid
	}
	return o
}
