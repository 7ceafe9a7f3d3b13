package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/flowdeck/flowdeck/engine/store"
)

// occasion is an occasion in an answer.
type occasion struct {
	Occasion int64                `json:"occasion"`
	Flow     string               `json:"flow"`
	Trigger  string               `json:"trigger"`
	Status   store.OccasionStatus `json:"status"`
	Reason   string               `json:"reason,omitempty"`
	Run      string               `json:"run,omitempty"`
	Received time.Time            `json:"received"`
	URL      string               `json:"url"` // of the occasion, from the root of the server
}

func answered(o store.Occasion) occasion {
	return occasion{o.ID, o.Flow, o.Trigger, o.Status, o.Reason, o.Run, o.Received, fmt.Sprintf("/api/v1/occasions/%d", o.ID)}
}

func (c *call) getOccasion() error {
	id, err := strconv.ParseInt(c.PathValue("occasion"), 10, 64)
	if err != nil || id < 1 {
		return notFound
	}
	found, err := c.history.Occasions(c.Context(), store.OccasionFilter{ID: id, Limit: 1})
	if err != nil {
		return err
	}
	if len(found) == 0 || !c.who.may(found[0].Flow) {
		return notFound
	}
	return c.reply(http.StatusOK, answered(found[0]))
}

const (
	longestWait = time.Minute            // of a caller for a run
	lookAgain   = 200 * time.Millisecond // between two looks at what another goroutine or process writes
)

// await answers when the run of an occasion has ended, or with the occasion after a minute.
func (c *call) await(o store.Occasion) error {
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Now().Add(longestWait + writeTimeout)) // without it, the answer is cut off early
	over := time.NewTimer(longestWait)
	defer over.Stop()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		found, err := c.history.Occasions(c.Context(), store.OccasionFilter{ID: o.ID, Limit: 1})
		if err != nil {
			return err
		}
		if len(found) > 0 {
			o = found[0]
		}
		if o.Status == store.Dropped {
			return c.reply(http.StatusConflict, answered(o))
		}
		if o.Run != "" {
			run, err := c.Serve.Workspace.RunNamed(c.Context(), o.Run)
			if err != nil {
				return err
			}
			switch run.Status {
			case store.Running, store.Queued, store.Interrupted: // the next leader goes on with one that was interrupted
			case store.Paused: // until a person resumes it, or the next server
				return c.reply(http.StatusAccepted, answered(o))
			default:
				past, err := c.past(o.Run)
				if err != nil {
					return err
				}
				return c.reply(http.StatusOK, past)
			}
		}
		select {
		case <-again.C:
		case <-over.C:
			return c.reply(http.StatusAccepted, answered(o))
		case <-c.stopping.Done():
			return c.reply(http.StatusAccepted, answered(o))
		case <-c.Context().Done():
			return http.ErrAbortHandler // nobody waits any more; the run goes on
		}
	}
}
