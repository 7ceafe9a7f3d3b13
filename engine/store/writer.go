package store

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/killpoint"
)

// writer is the only goroutine of the process that writes. Entries are committed in the order in which they were queued, many in
// one transaction.
type writer struct {
	store *Store
	tx    *tx
	ended chan struct{}

	copier  copier
	commits int

	mu     sync.Mutex
	queue  []*entry
	bytes  int           // of the queue
	urgent bool          // somebody waits for an entry of the queue
	room   *sync.Cond    // the queue became shorter
	wake   chan struct{} // has room for one: the queue became urgent, or longer
	closed bool
	lost   bool // the queue is dropped: only in tests
}

// entry is something to write.
type entry struct {
	log   *Log // the run; nil for what is not of a run
	apply func(*tx) error
	size  int        // bytes, about
	done  chan error // nil: nobody waits
	// settled is set by the writer when it starts with the entry, or by a caller that does not wait any more: whoever is first decides whether
	// the entry is written.
	settled atomic.Bool
}

const (
	latest     = 200 * time.Millisecond // after this time, an entry is committed even if nobody waits for it
	mostQueued = 8 << 20                // bytes
	largest    = 4 << 20                // bytes of a transaction
)

func (s *Store) newWriter() (*writer, error) {
	conn, err := s.db.Conn(context.Background())
	if err != nil {
		return nil, err
	}
	w := &writer{store: s, tx: &tx{conn: conn, prepared: map[string]*sql.Stmt{}}, ended: make(chan struct{}), copier: s.newCopier(), wake: make(chan struct{}, 1)}
	w.room = sync.NewCond(&w.mu)
	go w.run()
	return w, nil
}

// errClosed is the error of an entry for a store that was closed.
var errClosed = &card.Error{Kind: card.Storage, Message: "the journal is closed"}

// put queues an entry. It waits while the queue is full.
func (w *writer) put(e *entry) error {
	w.mu.Lock()
	for w.bytes > mostQueued && !w.closed {
		w.room.Wait()
	}
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	w.queue = append(w.queue, e)
	w.bytes += e.size
	wake := len(w.queue) == 1 || e.done != nil && !w.urgent || w.bytes > largest
	w.urgent = w.urgent || e.done != nil || w.bytes > largest
	w.mu.Unlock()
	if wake {
		w.signal()
	}
	return nil
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// wait queues an entry and waits for its commit.
func (w *writer) wait(ctx context.Context, e *entry) error {
	e.done = make(chan error, 1)
	if err := w.put(e); err != nil {
		return err
	}
	killpoint.Passed(killpoint.BeginQueued)
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		if e.settled.CompareAndSwap(false, true) {
			return context.Cause(ctx)
		}
		return <-e.done // it is being written, and may use what the caller has
	}
}

// close ends the writer, after it has written what is queued if flush is set.
func (w *writer) close(flush bool) error {
	w.mu.Lock()
	w.closed, w.lost = true, !flush
	w.room.Broadcast()
	w.mu.Unlock()
	w.signal()
	<-w.ended
	return w.tx.conn.Close()
}

// take returns the next entries to commit: nil when the writer has ended.
func (w *writer) take() []*entry {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	waits := false // for the timer
	for {
		w.mu.Lock()
		due := w.urgent || w.closed
		if n := len(w.queue); n > 0 && due || w.closed {
			if w.lost {
				n = 0
			}
			size, end := 0, 0
			for end < n && size <= largest {
				size += w.queue[end].size
				end++
			}
			batch := w.queue[:end:end]
			w.queue = w.queue[end:]
			w.bytes -= size
			w.urgent = len(w.queue) > 0
			w.room.Broadcast()
			w.mu.Unlock()
			return batch
		}
		if n := len(w.queue); n > 0 && !waits {
			timer.Reset(latest)
			waits = true
		}
		w.mu.Unlock()
		select {
		case <-w.wake:
		case <-timer.C:
			w.mu.Lock()
			w.urgent = true
			w.mu.Unlock()
		}
	}
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		batch := w.take()
		if len(batch) == 0 {
			break
		}
		w.commit(batch)
	}
	w.copier.stop()
	for _, s := range w.tx.prepared {
		s.Close()
	}
}

// commit writes entries. Those of runs go into one transaction, and one that is not of a run has its own.
func (w *writer) commit(batch []*entry) {
	for len(batch) > 0 {
		n := 1
		for batch[0].log != nil && n < len(batch) && batch[n].log != nil {
			n++
		}
		w.together(batch[:n])
		batch = batch[n:]
	}
}

// together writes entries in one transaction. The entries of a run that another process has taken over fail alone. Any other
// error is one of the disk, so that all of them fail.
func (w *writer) together(batch []*entry) {
	taken := map[*Log]error{}
	err := w.try(batch, taken)
	killpoint.Passed(killpoint.Committed)
	for _, e := range batch {
		why := err
		if e.log != nil && why == nil {
			why = taken[e.log]
		}
		if e.log != nil && why != nil {
			e.log.fail(why)
		}
		if e.done != nil {
			e.done <- why
		}
	}
}

// try makes a transaction. It adds the runs that this process must not write to any more to taken.
func (w *writer) try(batch []*entry, taken map[*Log]error) (err error) {
	tx := w.tx
	if err := tx.exec("BEGIN IMMEDIATE"); err != nil {
		return w.store.failure(err)
	}
	defer func() {
		if err != nil {
			_ = tx.exec("ROLLBACK") // fails if SQLite has done it already
		}
	}()
	for _, e := range batch {
		if e.log != nil {
			why, known := taken[e.log]
			if !known {
				why = e.log.holds(tx)
				taken[e.log] = why
			}
			if why != nil {
				continue
			}
		}
		if !e.settled.CompareAndSwap(false, true) {
			continue // nobody waits for it any more
		}
		if err := e.apply(tx); err != nil {
			return w.store.failure(err)
		}
	}
	for l, why := range taken {
		if why == nil {
			if err := l.complete(tx); err != nil {
				return w.store.failure(err)
			}
		}
	}
	killpoint.Passed(killpoint.InCommit)
	if w.commits++; w.commits%commitsToCopy == 0 {
		w.copier.want()
	}
	return w.store.failure(tx.exec("COMMIT"))
}

// tx executes statements on the connection of the writer. Each is prepared once.
type tx struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (t *tx) statement(text string) (*sql.Stmt, error) {
	if s := t.prepared[text]; s != nil {
		return s, nil
	}
	s, err := t.conn.PrepareContext(context.Background(), text)
	if err == nil {
		t.prepared[text] = s
	}
	return s, err
}

func (t *tx) exec(text string, args ...any) error {
	_, err := t.change(text, args...)
	return err
}

// change returns the number of rows that the statement changed.
func (t *tx) change(text string, args ...any) (int64, error) {
	s, err := t.statement(text)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row reads the first row; sql.ErrNoRows if there is none.
func (t *tx) row(text string, args []any, into ...any) error {
	s, err := t.statement(text)
	if err != nil {
		return err
	}
	return s.QueryRowContext(context.Background(), args...).Scan(into...)
}
