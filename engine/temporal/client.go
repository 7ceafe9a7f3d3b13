package temporal

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Server is a Temporal server, and how to connect to it.
type Server struct {
	Address   string       // HOST:PORT
	Namespace string       // empty: default
	TLS       *tls.Config  // nil: the connection is not encrypted. What it carries is: see Sealed
	APIKey    string       // empty: none
	Secret    []byte       // of the histories: see Sealed
	Log       *slog.Logger // of the warnings of the SDK; nil: they are dropped
}

// Client starts runs, and asks them. It is safe for concurrent use.
//
// Its errors are *card.Error: of the kind not_found for a run that the server does not have, unavailable for a server that cannot be reached.
type Client struct {
	sdk                client.Client
	address, namespace string
	data               converter.DataConverter
	failures           converter.FailureConverter
	mark               func(string) string
	stuck              func(ctx context.Context, run string) string // lastFailure
}

// Dial connects to a server. It fails if that cannot be reached, or does not have the namespace.
func Dial(ctx context.Context, o Server) (*Client, error) {
	data, failures, err := Sealed(o.Secret)
	if err != nil {
		return nil, err
	}
	mark, err := marks(o.Secret)
	if err != nil {
		return nil, err
	}
	if o.Namespace == "" {
		o.Namespace = client.DefaultNamespace
	}
	c := &Client{address: o.Address, namespace: o.Namespace, data: data, failures: failures, mark: mark}
	options := client.Options{
		HostPort: o.Address, Namespace: o.Namespace, DataConverter: data, FailureConverter: failures, Logger: warnings{o.Log},
		ConnectionOptions: client.ConnectionOptions{TLS: o.TLS, TLSDisabled: o.TLS == nil},
	}
	if o.APIKey != "" {
		options.Credentials = client.NewAPIKeyStaticCredentials(o.APIKey)
	}
	c.stuck = c.lastFailure
	if c.sdk, err = client.DialContext(ctx, options); err != nil {
		return nil, c.failed("connect", err)
	}
	if _, err := c.Served(ctx, "flowdeck", false); err != nil { // the namespace exists
		c.Close()
		return nil, err
	}
	return c, nil
}

// Close ends the connection to the server. Runs go on.
func (c *Client) Close() { c.sdk.Close() }

// Mark returns a short text for another one: the same in all clients with the secret of this one, and in no others. It says nothing about the text or the
// secret to whoever has not got that.
func (c *Client) Mark(text string) string { return c.mark(text) }

// Note is what a list of runs shows, besides what the server knows.
type Note struct {
	Flow   string
	By     string
	Person string // who started it, as approvals know people; empty for a trigger
	Parent string // the run that started it
	Digest string // of its plan
}

// noteMemo is the name of the Note among the memos of a run. It is encrypted.
const noteMemo = "flowdeck"

// memo returns the memos of a run.
func (j Job) memo(parent string) map[string]any {
	return map[string]any{noteMemo: Note{j.Flow, j.Start.By, j.Start.Person, parent, j.Origin.Digest}}
}

// Start starts a run on a task queue. A run with its id, also one that has ended, is an error of the kind conflict.
func (c *Client) Start(ctx context.Context, queue string, job Job) error {
	if err := fits(job); err != nil {
		return &card.Error{Kind: card.Invalid, Message: "the run cannot be started: its flows and inputs are too large: " + err.Error()}
	}
	_, err := c.sdk.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: job.Start.Run, TaskQueue: queue, WorkflowTaskTimeout: TaskTimeout, WorkflowIDReusePolicy: once,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL, WorkflowExecutionErrorWhenAlreadyStarted: true, Memo: job.memo(""),
	}, RunWorkflow, job)
	return c.failed("start the run", err)
}

// Wait waits until a run ends, and returns its result. It is the result of a run that has ended, too.
func (c *Client) Wait(ctx context.Context, run string) (e Ended, err error) {
	return e, c.result(ctx, run, &e)
}

// result waits for the result of a workflow.
func (c *Client) result(ctx context.Context, id string, to any) error {
	return c.failed("wait for "+id, c.sdk.GetWorkflow(ctx, id, "").Get(ctx, to))
}

// Job returns what a run was started with, from the first event of its history.
func (c *Client) Job(ctx context.Context, run string) (job Job, err error) {
	events := c.sdk.GetWorkflowHistory(ctx, run, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	if !events.HasNext() {
		return job, &card.Error{Kind: card.NotFound, Message: "the Temporal server has no run " + run}
	}
	first, err := events.Next()
	if err == nil {
		err = c.data.FromPayloads(first.GetWorkflowExecutionStartedEventAttributes().GetInput(), &job)
	}
	return job, c.failed("read the start of run "+run, err)
}

// Pause makes a run pause until it is resumed: nothing new starts.
func (c *Client) Pause(ctx context.Context, run string, p Paused) error {
	return c.failed("pause the run", c.sdk.SignalWorkflow(ctx, run, "", PauseSignal, p))
}

// Resume makes a run go on that was paused.
func (c *Client) Resume(ctx context.Context, run string, r Resumed) error {
	return c.failed("resume the run", c.sdk.SignalWorkflow(ctx, run, "", ResumeSignal, r))
}

// SetWidth changes the number of records in flight.
func (c *Client) SetWidth(ctx context.Context, run string, w Width) error {
	return c.failed("change the run", c.sdk.SignalWorkflow(ctx, run, "", WidthSignal, w))
}

// Stop stops a run. It does not wait for its end.
func (c *Client) Stop(ctx context.Context, run string, s Stopped) error {
	return c.failed("stop the run", c.sdk.SignalWorkflow(ctx, run, "", StopSignal, s))
}

// Decide decides about an approval, given the workflow that asks: see Whole. The error has the kind conflict if nothing is asked there any more.
func (c *Client) Decide(ctx context.Context, workflow string, d Decided) error {
	return c.answer(ctx, workflow, Decide, d)
}

// Settle decides about a write in doubt. Its errors are those of Decide.
func (c *Client) Settle(ctx context.Context, workflow string, s Settled) error {
	return c.answer(ctx, workflow, Settle, s)
}

func (c *Client) answer(ctx context.Context, workflow, update string, arg any) error {
	sent, err := c.sdk.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflow, UpdateName: update, WaitForStage: client.WorkflowUpdateStageCompleted, Args: []any{arg},
	})
	if err == nil {
		err = sent.Get(ctx, nil)
	}
	if refused := (*temporal.ApplicationError)(nil); errors.As(err, &refused) {
		return &card.Error{Kind: card.Conflict, Code: "not_open", Message: refused.Message()}
	}
	return c.failed("send the decision", err)
}

// Served reports whether a worker takes the tasks of runs, or of calls, from a queue.
func (c *Client) Served(ctx context.Context, queue string, calls bool) (bool, error) {
	kind := enums.TASK_QUEUE_TYPE_WORKFLOW
	if calls {
		kind = enums.TASK_QUEUE_TYPE_ACTIVITY
	}
	n, err := c.pollers(ctx, queue, kind)
	return n > 0, c.failed("look for workers", err)
}

func (c *Client) pollers(ctx context.Context, queue string, kind enums.TaskQueueType) (int, error) {
	described, err := c.sdk.DescribeTaskQueue(ctx, queue, kind)
	return len(described.GetPollers()), err
}

// failed returns the error of something that the client was asked for; nil if err is nil.
func (c *Client) failed(doing string, err error) error {
	none, started, lost, ended := (*serviceerror.NotFound)(nil), (*serviceerror.WorkflowExecutionAlreadyStarted)(nil), (*serviceerror.Unavailable)(nil), (*temporal.WorkflowExecutionError)(nil)
	nowhere, refused, late := (*serviceerror.NamespaceNotFound)(nil), (*serviceerror.PermissionDenied)(nil), (*serviceerror.DeadlineExceeded)(nil)
	known := (*card.Error)(nil)
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: %w", engine.ErrCanceled, err)
	case errors.As(err, &nowhere):
		return &card.Error{Kind: card.NotFound, Code: "no_namespace", Message: fmt.Sprintf("the Temporal server at %s has no namespace %q", c.address, c.namespace)}
	case errors.As(err, &none):
		return &card.Error{Kind: card.NotFound, Message: "the Temporal server does not have it, or it has ended: " + err.Error(), Err: err}
	case errors.As(err, &started):
		return &card.Error{Kind: card.Conflict, Message: "a run with this id was started before"}
	case errors.As(err, &refused):
		return &card.Error{Kind: card.Forbidden, Message: fmt.Sprintf("the Temporal server at %s refused to %s: %v", c.address, doing, err)}
	case errors.As(err, &ended):
		return &card.Error{Kind: card.Internal, Message: "the run ended outside of flowdeck: " + err.Error(), Err: err}
	case errors.As(err, &late), errors.Is(err, context.DeadlineExceeded):
		return &card.Error{Kind: card.Timeout, Message: fmt.Sprintf("the Temporal server at %s did not answer in time: %s", c.address, doing)}
	case errors.As(err, &lost):
		return &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("the Temporal server at %s cannot be reached: %v", c.address, err)}
	}
	return &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("Temporal: %s: %v", doing, err), Err: err}
}

// soon is the time that a query of a run may take.
const soon = 5 * time.Second

// largePayload starts the warning of a payload that is large and allowed, such as a page of a list.
const largePayload = "[TMPRL1103]"

// warnings logs the warnings and errors of the SDK; nothing if there is no log. What it says besides is for those who work on it.
type warnings struct{ to *slog.Logger }

var _ log.Logger = warnings{}

func (warnings) Debug(string, ...any) {}
func (warnings) Info(string, ...any)  {}

func (w warnings) Warn(message string, about ...any) {
	if w.to != nil && !strings.HasPrefix(message, largePayload) {
		w.to.Warn(message, about...)
	}
}

func (w warnings) Error(message string, about ...any) {
	if w.to != nil {
		message, about = withoutPlan(message, about)
		w.to.Error(message, about...)
	}
}
