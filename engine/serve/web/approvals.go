package web

import (
	"errors"
	"net/http"
	"slices"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

func (c *call) listApprovals() error {
	query := c.URL.Query()
	page, err := c.page()
	if err != nil {
		return err
	}
	status := query.Get("status")
	if status != "" && status != "all" {
		return fail(http.StatusBadRequest, "invalid", "status must be all", "without it, the approvals that are open are listed")
	}
	all, err := c.Serve.Workspace.Approvals(c.Context(), query.Get("run"), status == "all")
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(a host.Approval) bool { return !c.who.seesStart(a.Flow, a.StartedBy) })
	return c.reply(http.StatusOK, map[string]any{"approvals": all[:min(len(all), page)]})
}

// decide decides about the approval of a run that has the digest of the body.
func (c *call) decide() error {
	body, err := c.raw()
	if err != nil {
		return err
	}
	fields, err := object(body)
	if err != nil {
		return err
	}
	past, err := c.run()
	if err != nil {
		return err
	}
	digest, isText := fields["digest"].(string)
	approved, isBool := fields["approved"].(bool)
	note, _ := fields["note"].(string)
	for name := range fields {
		isText = isText && slices.Contains([]string{"digest", "approved", "note"}, name)
	}
	if !isText || !isBool {
		return fail(http.StatusBadRequest, "invalid", "the body must have `digest`, `approved` and, if there is a reason, `note`", `such as {"digest": "4f1c…", "approved": true}, with the digest of the approval as it was listed`)
	}
	all, err := c.Serve.Workspace.Approvals(c.Context(), past.Run.ID, true)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(a host.Approval) bool { return a.Digest == digest })
	if i < 0 {
		return fail(http.StatusConflict, string(card.Conflict), "the run does not ask for what has this digest", "list the approvals again")
	}
	decided, err := c.Serve.Workspace.Decide(c.Context(), all[i], host.Verdict{Person: c.who.by, Digest: digest, Approved: approved, Note: note})
	if refused := (*card.Error)(nil); errors.As(err, &refused) && refused.Kind == card.Forbidden {
		return fail(http.StatusForbidden, string(refused.Kind), refused.Message, refused.Hint)
	} else if errors.As(err, &refused) && refused.Kind == card.Invalid {
		return fail(http.StatusBadRequest, string(refused.Kind), refused.Message, refused.Hint)
	}
	if err != nil {
		return err
	}
	c.log.Info("decided", "run", past.Run.ID, "step", decided.Step, "approved", approved, "by", c.who.by)
	return c.reply(http.StatusOK, decided)
}
