package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Create adds a new run, with this process as its owner. It sets Started, and Status: to Queued if the run has
// a Quota, otherwise to Running. If it repeats a run that another one repeats already, the error is a *RepeatedError.
func (s *Store) Create(ctx context.Context, r Run) (*Log, error) {
	r.Status, r.Started, r.Origin = Running, time.UnixMicro(s.now()), nil
	if r.Quota != "" {
		r.Status = Queued
	}
	return s.create(ctx, r)
}

// create adds a run with its Status, Started and Origin.
func (s *Store) create(ctx context.Context, r Run) (*Log, error) {
	owner, err := s.owner()
	if err != nil {
		return nil, err
	}
	start, err := s.pack(aad(r.ID, "run", "", "start", 0), r.Start)
	if err != nil {
		return nil, err
	}
	hash, files, err := packSources(r.Sources)
	if err != nil {
		return nil, s.failure(err)
	}
	if r.Connections == nil {
		r.Connections = []Connection{}
	}
	conns, err := json.Marshal(r.Connections)
	if err != nil {
		return nil, s.failure(err)
	}
	plan, err := zipped(r.Plan)
	if err != nil {
		return nil, s.failure(err)
	}
	l := s.newLog(r.ID, owner)
	l.fence = 1
	if l.key, err = s.keys.chainKey(); err != nil {
		return nil, err
	}
	var origin any
	if r.Origin != nil {
		text, err := json.Marshal(r.Origin)
		if err != nil {
			return nil, s.failure(err)
		}
		origin = string(text)
	}
	by := s.config.Veil.String(r.Start.By)
	if r.Quota != "" && r.Quota != r.Flow { // it has a value, which may be secret
		if r.Quota, err = s.keys.digest("quota", r.Quota); err != nil {
			return nil, err
		}
	}
	if err := s.write(ctx, func(tx *tx) error {
		if r.Status == fetching {
			if err := r.unknown(tx); err != nil {
				return err
			}
		} else if err := r.first(tx); err != nil {
			return err
		}
		if hash != nil {
			if err := tx.exec("INSERT OR IGNORE INTO sources (hash, files) VALUES (?, ?)", hash, files); err != nil {
				return err
			}
		}
		if err := tx.row(`INSERT INTO runs (id, flow, status, started_by, started, parent, dry, digest, sources, start, connections, owner, quota, limits, plan, origin)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq`,
			[]any{r.ID, r.Flow, string(r.Status), by, r.Started.UnixMicro(), r.Parent, r.Start.DryRun, r.Digest, hash, start.row, string(conns), owner.id, r.Quota,
				nullable(r.Limits), plan, origin}, &l.seq); err != nil {
			return err
		}
		l.writes = firstWrite(l.seq)
		if err := r.starts(tx); err != nil {
			return err
		}
		if err := l.key.link(tx, &tail{}, l.seq, startLink, 0, ""); err != nil {
			return err
		}
		if r.Limits != nil {
			if err := l.key.link(tx, &tail{}, l.seq, limitLink, 0, ""); err != nil {
				return err
			}
		}
		return start.keep(tx, l.seq)
	}); err != nil {
		return nil, err
	}
	s.add(l)
	return l, nil
}

// The ids of the writes of a run.
func firstWrite(seq int64) int64 { return seq << 32 }
func runOf(write int64) int64    { return write >> 32 }

func (s *Store) newLog(id string, owner *lease) *Log {
	return &Log{
		store: s, id: id, lease: owner, control: make(chan Control, 16),
		asides: map[string]int64{}, calls: calls{}, streams: map[string]int64{}, people: map[string][]string{}, counts: newCounts(),
		opening: map[string]opening{}, inside: map[string]bool{},
	}
}

func (s *Store) add(l *Log) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logs[l.seq] = l
}

// Take makes this process the owner of a run that has none which is alive, so that it can be resumed. If it has one, the error is
// an *OwnedError. If secrets of its start cannot be read, Run.Missing has the names of these inputs. From then on, the owner before cannot
// write any more. A run with a Quota is Queued until it may Enter. how is kept in the chain; its At is set.
func (s *Store) Take(ctx context.Context, id string, how Resumption) (*Log, Run, error) {
	r, err := s.Run(ctx, id)
	if err != nil {
		return nil, Run{}, err
	}
	if r.Origin != nil {
		return nil, Run{}, invalid(card.Conflict, "run_ended", fmt.Sprintf("run %s has ended: %s", r.ID, r.Status), "")
	}
	owner, err := s.owner()
	if err != nil {
		return nil, Run{}, err
	}
	seq, err := s.seq(ctx, r.ID)
	if err != nil {
		return nil, Run{}, err
	}
	start, err := s.start(ctx, seq, r.ID, false)
	switch {
	case isNotKept(err): // r.Start has what is not secret
		r.Missing = missing(r.Start.Inputs)
	case err != nil:
		return nil, Run{}, err
	default:
		r.Start = start
	}
	how.At = s.config.Clock.Now().UTC()
	note, err := json.Marshal(how)
	if err != nil {
		return nil, Run{}, s.failure(err)
	}
	l := s.newLog(r.ID, owner)
	l.resumed = true
	if l.key, err = s.keys.chainKey(); err != nil {
		return nil, Run{}, err
	}
	if err := s.write(ctx, func(tx *tx) error {
		var old string
		var status Status
		if err := tx.row("SELECT seq, fence, owner, status FROM runs WHERE id = ?", []any{r.ID}, &l.seq, &l.fence, &old, &status); err != nil {
			return err
		}
		if !slices.Contains([]Status{Queued, Running, Paused, engine.Canceled}, status) { // another process was faster
			return invalid(card.Conflict, "run_ended", fmt.Sprintf("run %s has ended: %s", r.ID, status), "")
		}
		if o := s.ownerOf(tx.conn, old); o != nil {
			return &card.Error{Kind: card.Conflict, Err: &OwnedError{r.ID, *o}}
		}
		l.fence++
		if err := tx.exec("DELETE FROM controls WHERE run = ?", l.seq); err != nil { // of the process before
			return err
		}
		if err := tx.row("UPDATE runs SET owner = ?, fence = ?, status = iif(quota = '', ?, ?), reason = '', ended = 0 WHERE seq = ? RETURNING status",
			[]any{owner.id, l.fence, string(Running), string(Queued), l.seq}, &r.Status); err != nil {
			return err
		}
		return l.key.link(tx, &tail{}, l.seq, resumeLink, 0, s.config.Veil.String(string(note)))
	}); err != nil {
		if owned := (*OwnedError)(nil); errors.As(err, &owned) {
			return nil, Run{}, owned
		}
		return nil, Run{}, err
	}
	s.add(l)
	if err := l.load(ctx); err != nil {
		return nil, Run{}, errors.Join(err, l.Release())
	}
	return l, r, nil
}

// Missing returns the names of the inputs of a run with secrets that were not kept, or that cannot be decrypted.
func (s *Store) Missing(ctx context.Context, id string) ([]string, error) {
	seq, err := s.seq(ctx, id)
	if err != nil {
		return nil, err
	}
	r, err := s.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	if _, err := s.start(ctx, seq, r.ID, false); !isNotKept(err) {
		return nil, err
	}
	return missing(r.Start.Inputs), nil
}

// missing returns the names of the inputs with a secret.
func missing(inputs map[string]engine.Value) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		if text, err := json.Marshal(engine.ValueJSON{Value: inputs[name]}); err != nil || bytes.Contains(text, []byte(card.Hidden)) {
			names = append(names, name)
		}
	}
	return names
}

// start reads the start of a run.
func (s *Store) start(ctx context.Context, seq int64, id string, people bool) (start engine.Start, err error) {
	var data []byte
	if err := s.db.QueryRowContext(ctx, "SELECT start FROM runs WHERE seq = ?", seq).Scan(&data); err != nil {
		return start, s.failure(err)
	}
	err = reader{store: s, run: seq, people: people}.read(aad(id, "run", "", "start", 0), data, &start)
	return start, err
}

// Update keeps the report so far.
func (l *Log) Update(report json.RawMessage) error {
	return l.put(len(report), func(tx *tx) error {
		return tx.exec("UPDATE runs SET report = ? WHERE seq = ?", []byte(report), l.seq)
	})
}

// Finish keeps the end of the run, or that it is Paused. The run has no owner from then on.
func (l *Log) Finish(status Status, reason string, report json.RawMessage) error {
	reason = l.hidden(reason)
	ended := l.store.now()
	switch {
	case status == Paused:
		ended = 0
	case !l.ended.IsZero():
		ended = l.ended.UnixMicro()
	}
	return l.commit(len(report), func(tx *tx) error {
		if err := tx.exec(`UPDATE runs SET status = ?, reason = ?, report = ?, ended = ?, owner = '',
			quota = CASE WHEN ? IN (?, ?) THEN quota ELSE '' END WHERE seq = ?`,
			string(status), reason, []byte(report), ended, string(status), string(Paused), string(engine.Canceled), l.seq); err != nil {
			return err
		}
		return l.link(tx, finishLink, 0)
	})
}

// Release writes what was added, and gives up the run. If it did not Finish, it reads as Interrupted and can be taken. If
// that cannot be written, such as on a full disk, it is tried again with each heartbeat while the process lives.
func (l *Log) Release() error {
	err := l.Flush()
	if err == nil {
		err = l.commit(0, func(tx *tx) error {
			return tx.exec("UPDATE runs SET owner = '' WHERE seq = ?", l.seq)
		})
	}
	l.fail(invalid(card.Storage, "run_released", "this process does not run run "+l.id+" any more", ""))
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	if l.store.logs[l.seq] == l {
		delete(l.store.logs, l.seq)
		close(l.control)
		if err != nil {
			l.store.unreleased[l.seq] = true
		}
	}
	return err
}

func packSources(files map[string]string) (hash, packed []byte, err error) {
	if files == nil {
		return nil, nil, nil
	}
	text, err := json.Marshal(files) // sorted by name
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(text)
	packed, err = zipped(text)
	return sum[:], packed, err
}

// zipped returns a text as it is kept; nil for nil.
func zipped(text []byte) ([]byte, error) {
	if text == nil {
		return nil, nil
	}
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(text)
	err = errors.Join(err, w.Close()) // writes the rest
	return out.Bytes(), err
}

// unzipped returns the first bytes of a text that was kept, at most so many.
func unzipped(packed []byte, most int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, most))
}

// mostSources is the number of bytes of the flows of a run.
const mostSources = 64 << 20

func unpackSources(packed []byte) (files map[string]string, err error) {
	if packed == nil {
		return nil, nil
	}
	text, err := unzipped(packed, mostSources)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &files); err != nil {
		return nil, fmt.Errorf("the flows of the run: %w", err)
	}
	return files, nil
}
