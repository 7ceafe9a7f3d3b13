package web

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/store"
)

// occasion is an occasion in an answer.
type occasion struct {
	Occasion int64                `json:"occasion"`
	Flow     string               `json:"flow"`
	Trigger  string               `json:"trigger"`
	By       string               `json:"by,omitempty"`
	Status   store.OccasionStatus `json:"status"`
	Reason   string               `json:"reason,omitempty"`
	Run      string               `json:"run,omitempty"`
	Received time.Time            `json:"received"`
	URL      string               `json:"url"` // of the occasion, from the root of the server
}

func answered(o store.Occasion) occasion {
	if o.Status == store.Waiting {
		o.Run = "" // whether it was started elsewhere is not known yet
	}
	return occasion{o.ID, o.Flow, o.Trigger, o.By, o.Status, o.Reason, o.Run, o.Received, fmt.Sprintf("/api/v1/occasions/%d", o.ID)}
}

func (c *call) getOccasion() error {
	o, err := c.start()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, answered(o))
}

// start returns the occasion in the URL. For one that the caller may not see, the error is notFound, as for one that does not exist.
func (c *call) start() (o store.Occasion, err error) {
	id, err := strconv.ParseInt(c.PathValue("occasion"), 10, 64)
	if err != nil || id < 1 {
		return o, notFound
	}
	found, err := c.history.Starts(c.Context(), store.StartFilter{ID: id})
	if err != nil {
		return o, err
	}
	if len(found) == 0 || !c.who.seesStart(found[0].Flow, found[0].By) {
		return o, notFound
	}
	return found[0], nil
}

func (c *call) listOccasions() error {
	query := c.URL.Query()
	filter := store.StartFilter{Flow: query.Get("flow"), Flows: c.who.flows, Status: store.OccasionStatus(query.Get("status"))}
	if c.who.isDelegate() {
		filter.By = c.who.by
	}
	if all := store.OccasionStatuses(); filter.Status != "" && !slices.Contains(all, string(filter.Status)) {
		return fail(http.StatusBadRequest, "invalid", "status must be that of an occasion", "one of "+strings.Join(all, ", "))
	}
	page, err := c.page()
	if err != nil {
		return err
	}
	if text := query.Get("before"); text != "" {
		if filter.Before, err = strconv.ParseInt(text, 10, 64); err != nil || filter.Before < 1 {
			return fail(http.StatusBadRequest, "invalid", "before must be the id of an occasion", "the `next` of the page before")
		}
	}
	filter.Limit = page + 1 // to see whether there are more
	found, err := c.history.Starts(c.Context(), filter)
	if err != nil {
		return err
	}
	list := []occasion{}
	for _, o := range found[:min(len(found), page)] {
		list = append(list, answered(o))
	}
	answer := map[string]any{"occasions": list}
	if len(found) > page {
		answer["next"] = strconv.FormatInt(found[page-1].ID, 10)
	}
	return c.reply(http.StatusOK, answer)
}

// dropOccasion drops an occasion that waits. One that was dropped before is answered in the same way.
func (c *call) dropOccasion() error {
	o, err := c.start()
	if err != nil {
		return err
	}
	n, err := c.history.DropWaiting(c.Context(), []int64{o.ID}, "", "dropped by "+c.who.by)
	if err != nil {
		return err
	}
	if n > 0 {
		c.log.Info("dropped", "flow", o.Flow, "occasion", o.ID, "by", c.who.by)
	}
	if o, err = c.start(); err != nil {
		return err
	}
	switch o.Status {
	case store.Started:
		return fail(http.StatusConflict, "conflict", fmt.Sprintf("the occasion has started run %s", o.Run), "POST /api/v1/runs/"+o.Run+"/stop stops it")
	case store.Waiting:
		return fail(http.StatusConflict, "conflict", "its run may have been started on Temporal, which does not answer", "try again when it answers")
	}
	return c.reply(http.StatusOK, answered(o))
}
