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
	if len(found) == 0 || !c.who.seesStart(found[0].Flow, found[0].By) {
		return notFound
	}
	return c.reply(http.StatusOK, answered(found[0]))
}
