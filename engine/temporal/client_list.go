package temporal

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/flowdeck/flowdeck/engine/card"
)

// Listed is a run in a list.
type Listed struct {
	Run    string
	Queue  string    // its task queue
	Closed time.Time // zero while it goes on
	Began  time.Time
	Broken bool // it was ended outside of flowdeck, such as by an administrator of the server
	Note
}

// OtherKey reports whether the run was started with another secret than that of the client, so that nothing of it can be read.
func (l Listed) OtherKey() bool { return l.Flow == "" }

// Filter selects runs. Zero fields select all.
type Filter struct {
	Prefix string    // of their ids
	Since  time.Time // when they started
	Open   bool      // only those that go on
}

// Runs returns the runs that a filter selects, the last that started first, as far as the server has indexed them: a run is there about
// a second after its start.
func (c *Client) Runs(ctx context.Context, f Filter) iter.Seq2[Listed, error] {
	return byStart(c.pages(ctx, f))
}

// byStart yields runs in the order of their starts, the last first. A server lists those that go on first, then the others by their ends.
func byStart(pages iter.Seq2[[]Listed, error]) iter.Seq2[Listed, error] {
	return func(yield func(Listed, error) bool) {
		var read []Listed
		flush := func(since time.Time) bool { // those that come may have started before it
			slices.SortStableFunc(read, func(a, b Listed) int { return b.Began.Compare(a.Began) })
			for len(read) > 0 && !read[0].Began.Before(since) {
				if !yield(read[0], nil) {
					return false
				}
				read = read[1:]
			}
			return true
		}
		for page, err := range pages {
			if err != nil {
				if flush(time.Time{}) {
					yield(Listed{}, err)
				}
				return
			}
			read = append(read, page...)
			if n := len(page); n > 0 && !page[n-1].Closed.IsZero() && !flush(page[n-1].Closed) {
				return
			}
		}
		flush(time.Time{})
	}
}

// pages returns the pages of a list.
func (c *Client) pages(ctx context.Context, f Filter) iter.Seq2[[]Listed, error] {
	return func(yield func([]Listed, error) bool) {
		ask := &workflowservice.ListWorkflowExecutionsRequest{Namespace: c.namespace, Query: f.query(), PageSize: 100}
		for {
			page, err := c.sdk.ListWorkflow(ctx, ask)
			if err != nil {
				yield(nil, c.failed("list the runs", err))
				return
			}
			all := make([]Listed, 0, len(page.GetExecutions()))
			for _, info := range page.GetExecutions() {
				all = append(all, c.listed(ctx, info))
			}
			if !yield(all, nil) {
				return
			}
			if ask.NextPageToken = page.GetNextPageToken(); len(ask.NextPageToken) == 0 {
				return
			}
		}
	}
}

func (f Filter) query() string {
	parts := []string{"WorkflowType = '" + RunWorkflow + "'"}
	if f.Prefix != "" {
		parts = append(parts, "WorkflowId STARTS_WITH '"+strings.ReplaceAll(f.Prefix, "'", "")+"'")
	}
	if !f.Since.IsZero() {
		parts = append(parts, "StartTime >= '"+f.Since.UTC().Format(time.RFC3339Nano)+"'")
	}
	if f.Open {
		parts = append(parts, "ExecutionStatus = 'Running'")
	}
	return strings.Join(parts, " AND ")
}

// Find returns the run with an id, or the start of one. The error has the kind not_found if there is none, and invalid if there are several.
func (c *Client) Find(ctx context.Context, id string) (Listed, error) {
	described, err := c.sdk.DescribeWorkflowExecution(ctx, id, "")
	if err == nil && described.GetWorkflowExecutionInfo().GetType().GetName() == RunWorkflow {
		return c.listed(ctx, described.GetWorkflowExecutionInfo()), nil
	}
	if failure := (*card.Error)(nil); err != nil && errors.As(c.failed("find the run", err), &failure) && failure.Kind != card.NotFound {
		return Listed{}, failure
	}
	var found []Listed
	for one, err := range c.Runs(ctx, Filter{Prefix: id}) {
		if err != nil {
			return Listed{}, err
		}
		if strings.Contains(one.Run, ".") && !strings.Contains(id, ".") { // another run has started it
			continue
		}
		if found = append(found, one); len(found) > 1 {
			return Listed{}, &card.Error{Kind: card.Invalid, Message: fmt.Sprintf("several runs start with %q", id)}
		}
	}
	if len(found) == 0 {
		return Listed{}, &card.Error{Kind: card.NotFound, Message: fmt.Sprintf("the Temporal server has no run %q", id)}
	}
	return found[0], nil
}

func (c *Client) listed(ctx context.Context, info *workflow.WorkflowExecutionInfo) Listed {
	l := Listed{Run: info.GetExecution().GetWorkflowId(), Queue: info.GetTaskQueue(), Began: info.GetStartTime().AsTime()}
	if closed := info.GetCloseTime(); closed != nil {
		l.Closed = closed.AsTime()
	}
	switch info.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED:
	default:
		l.Broken = true
	}
	if memo := info.GetMemo().GetFields()[noteMemo]; memo == nil || c.data.FromPayload(memo, &l.Note) != nil {
		l.Note = Note{}
	}
	return l
}
