package temporal

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// CodeStuck is the code of the error of Client.State for a run with which a worker cannot go on. Another one perhaps can.
const CodeStuck = "stuck"

// cannotPlan begins the message of the panic of a workflow whose plan this worker cannot make.
const cannotPlan = "the flow cannot run on this worker: "

// lastFailure returns what a worker said when the last task of a run failed; empty if that did not fail, or it is not known.
func (c *Client) lastFailure(ctx context.Context, run string) string {
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	last, err := c.sdk.WorkflowService().GetWorkflowExecutionHistoryReverse(ctx, &workflowservice.GetWorkflowExecutionHistoryReverseRequest{
		Namespace: c.namespace, Execution: &common.WorkflowExecution{WorkflowId: run}, MaximumPageSize: 5,
	})
	if err != nil {
		return ""
	}
	for _, e := range last.GetHistory().GetEvents() {
		switch e.GetEventType() {
		case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED:
			if failure := e.GetWorkflowTaskFailedEventAttributes().GetFailure(); failure != nil {
				return c.failures.FailureToError(failure).Error()
			}
			return ""
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			return ""
		}
	}
	return ""
}

// stack is the name under which the SDK logs the stack of a panic.
const stack = "StackTrace"

// withoutPlan returns what to log of a panic of workflow code. Where the worker cannot make the plan of the flow, the stack explains nothing, and is left out.
func withoutPlan(message string, about []any) (string, []any) {
	if !slices.ContainsFunc(about, func(v any) bool { return strings.Contains(fmt.Sprint(v), cannotPlan) }) {
		return message, about
	}
	var kept []any
	for i := 0; i+1 < len(about); i += 2 {
		if about[i] != stack {
			kept = append(kept, about[i], about[i+1])
		}
	}
	return "a run waits for another worker", kept
}
