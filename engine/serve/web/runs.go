package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/store"
)

// The numbers of runs or occasions of a page.
const (
	usualPage   = 50
	longestPage = 500
)

// page returns the parameter `limit` of a list.
func (c *call) page() (limit int, err error) {
	text := c.URL.Query().Get("limit")
	if text == "" {
		return usualPage, nil
	}
	if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > longestPage {
		return 0, fail(http.StatusBadRequest, "invalid", "limit must be an integer from 1 to 500", "")
	}
	return limit, nil
}

func (c *call) listRuns() error {
	query := c.URL.Query()
	none, filter := "", store.Filter{Flow: query.Get("flow"), Status: store.Status(query.Get("status")), Flows: c.who.flows, Before: query.Get("before")}
	if c.who.isDelegate() {
		filter.By = c.who.by
	}
	if query.Get("started") != "all" {
		filter.Parent = &none
	}
	page, err := c.page()
	if err != nil {
		return err
	}
	if text := query.Get("since"); text != "" {
		since, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return fail(http.StatusBadRequest, "invalid", "since must be a time", "such as since=2026-03-08T14:00:00Z")
		}
		filter.Since = since
	}
	if all := store.Statuses(); filter.Status != "" && !slices.Contains(all, string(filter.Status)) {
		return fail(http.StatusBadRequest, "invalid", "status must be that of a run", "one of "+strings.Join(all, ", "))
	}
	if filter.Before != "" {
		switch _, err := c.seen(filter.Before); {
		case errors.Is(err, notFound):
			return fail(http.StatusBadRequest, "invalid", "before must be the id of a run", "the `next` of the page before")
		case err != nil:
			return err
		}
	}
	filter.Limit = page + 1 // to see whether there are more
	runs, err := c.Serve.Workspace.Runs(c.Context(), filter)
	if err != nil {
		return err
	}
	answer := map[string]any{"runs": runs}
	if len(runs) > page {
		answer["runs"], answer["next"] = runs[:page], runs[page-1].Run
	}
	return c.reply(http.StatusOK, answer)
}

// past returns a run without the places of files on this machine.
func (c *call) past(id string) (*host.Past, error) {
	past, err := c.Serve.Workspace.Past(c.Context(), id)
	if err != nil {
		return nil, err
	}
	for _, counts := range past.Report.Streams {
		counts.Results = ""
	}
	return past, nil
}

// run returns the run in the URL.
func (c *call) run() (*host.Past, error) { return c.seen(c.PathValue("run")) }

// seen returns a run: only by its whole id. For one that the caller may not see, the error is notFound, as for one that does not exist.
func (c *call) seen(id string) (*host.Past, error) {
	past, err := c.past(id)
	if usage := (*host.UsageError)(nil); err != nil && errors.As(err, &usage) {
		return nil, notFound
	}
	if err != nil {
		return nil, err
	}
	if past.Run.ID != id || !c.who.seesStart(past.Run.Flow, past.Run.Start.By) {
		return nil, notFound
	}
	past.Started = slices.DeleteFunc(past.Started, func(r store.Run) bool { return !c.who.seesStart(r.Flow, r.Start.By) })
	return past, nil
}

func (c *call) getRun() error {
	past, err := c.run()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, past)
}

func (c *call) stopRun() error  { return c.ask(store.Stop) }
func (c *call) pauseRun() error { return c.ask(store.Pause) }

func (c *call) ask(kind store.ControlKind) error {
	past, err := c.run()
	if err != nil {
		return err
	}
	if err := c.history.Ask(c.Context(), past.Run.ID, store.Control{Kind: kind, By: c.who.by}); err != nil {
		return err
	}
	c.log.Info("asked", "run", past.Run.ID, "to", kind, "by", c.who.by)
	return c.reply(http.StatusAccepted, map[string]any{"run": past.Run.ID, "asked": kind})
}
