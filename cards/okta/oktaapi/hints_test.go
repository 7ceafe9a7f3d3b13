package oktaapi

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// The statuses and summaries are those of Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/.
func TestTheMostCommonErrorCodesHaveAHintWhateverTheirStatus(t *testing.T) {
	t.Parallel()
	common := []struct {
		code    string
		status  int
		summary string
		kind    card.Kind
	}{
		{"E0000003", 400, "The request body was not well-formed.", card.Invalid},
		{"E0000005", 403, "Invalid session", card.Unauthorized},
		{"E0000007", 404, "Not found: Resource not found: 00u1 (User)", card.NotFound},
		{"E0000008", 404, "The requested path was not found", card.Invalid},
		{"E0000009", 500, "Internal Server Error", card.Unavailable},
		{"E0000010", 503, "Service is in read only mode", card.Unavailable},
		{"E0000011", 401, "Invalid token provided", card.Unauthorized},
		{"E0000014", 403, "Update of credentials failed", card.Invalid},
		{"E0000015", 401, "You do not have permission to access the feature you are requesting", card.Forbidden},
		{"E0000016", 403, "Activation failed because the user is already active", card.Invalid},
		{"E0000017", 403, "Password reset failed", card.Invalid},
		{"E0000018", 400, "Bad request.  Accept and/or Content-Type headers are likely not set.", card.Invalid},
		{"E0000019", 400, "Bad request.  Accept and/or Content-Type headers likely do not match supported values.", card.Invalid},
		{"E0000021", 400, "Bad request.  Accept and/or Content-Type headers likely do not match supported values.", card.Invalid},
		{"E0000022", 405, "The endpoint does not support the provided HTTP method", card.Invalid},
		{"E0000023", 403, "Operation failed because user profile is mastered under another system", card.Invalid},
		{"E0000028", 400, "The request is missing a required parameter.", card.Invalid},
		{"E0000029", 400, "Invalid paging request.", card.Invalid},
		{"E0000030", 400, "Bad request. Invalid date.", card.Invalid},
		{"E0000031", 400, "Invalid search criteria.", card.Invalid},
		{"E0000032", 403, "Unlock is not allowed for this user.", card.Invalid},
		{"E0000033", 400, "Bad request. Can't specify a search query and filter in the same request.", card.Invalid},
		{"E0000035", 403, "Change password not allowed on specified user.", card.Invalid},
		{"E0000038", 403, "This operation is not allowed in the user's current status.", card.Invalid},
		{"E0000040", 400, "Application label must not be the same as an existing application label.", card.Conflict},
		{"E0000041", 400, "Credentials should not be set on this resource based on the scheme.", card.Invalid},
		{"E0000046", 403, "Deactivate application for user forbidden.", card.Invalid},
		{"E0000047", 429, "API call exceeded rate limit due to too many requests.", card.RateLimit},
		{"E0000053", 400, "Invalid SCIM filter.", card.Invalid},
		{"E0000056", 403, "Delete application forbidden.", card.Invalid},
		{"E0000060", 501, "Unsupported operation.", card.Invalid},
		{"E0000062", 409, "The specified user is already assigned to the application.", card.Conflict},
		{"E0000075", 403, "Cannot modify the firstName attribute because it has a field mapping and profile push is enabled.", card.Invalid},
		{"E0000077", 403, "Cannot modify the department attribute because it is read-only.", card.Invalid},
		{"E0000080", 403, "The password does meet the complexity requirements of the current password policy.", card.Invalid},
		{"E0000090", 409, "Duplicate role assignment exception.", card.Conflict},
		{"E0000112", 409, "Cannot update this user because they are still being activated.", card.Conflict},
		{"E0000231", 412, "ETag value doesn't match.", card.Conflict},
	}
	listed := map[string]bool{}
	for _, tt := range common {
		listed[tt.code] = true
		for _, status := range []int{tt.status, http.StatusTeapot} {
			s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				fmt.Fprintf(w, `{"errorCode":%q,"errorSummary":%q}`, tt.code, tt.summary)
			})
			_, err := s.Do(t.Context(), GetUser, Args{Path: []string{"00u1"}})
			e := card.AsError(err)
			if e.Code != tt.code || e.Hint != hints[tt.code] || e.Hint == "" || status == tt.status && e.Kind != tt.kind {
				t.Errorf("%d %s: got %s with the hint %q, want %s", status, tt.code, e.Kind, e.Hint, tt.kind)
			}
		}
	}
	for code := range hints {
		if !listed[code] {
			t.Errorf("%s has a hint, but no row here", code)
		}
	}
	if len(listed) < 30 {
		t.Errorf("%d codes", len(listed))
	}
}
