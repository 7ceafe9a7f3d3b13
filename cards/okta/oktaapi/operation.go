package oktaapi

import (
	"context"
	"fmt"
	"net/url"

	"github.com/okta/okta-sdk-golang/v5/okta"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// An Operation is one call of Okta's API, with the name that Okta's OpenAPI description gives it. The files
// operations*.go have the operations that cards use; they are generated from operations.txt. An Operation is never modified, so that it is
// safe for concurrent use.
type Operation struct {
	Name     string   // the operationId of the description, such as "suspendUser"
	Bucket   string   // method and path template: the key of its rate limit, until the answers show a better one
	Params   []string // the parameters of the path, in order
	Required []string // the query parameters that Okta requires
	Body     bool     // Okta requires a body
	Answers  Answers  // of a success; zero for one that Okta's description is not consulted for

	// send makes the SDK build and send the request. The transport replaces the SDK's bodies and parameters by those
	// of Args, and the SDK's view of the answer is not used.
	send func(ctx context.Context, c *okta.APIClient, path []string) error
}

// Args are the arguments of an operation. The zero value is for an operation without parameters and without a body.
type Args struct {
	Path  []string   // the arguments of the path in order, not escaped
	Query url.Values // sent unchanged, whether or not the SDK knows the parameters
	Body  []byte     // sent unchanged; nil for no body
	Type  string     // the media type of Body; "" means JSON
	Match string     // the entity tag that the thing must have; "" means any
}

// check refuses arguments that would make a different request. For example, with an empty user the path for one
// member becomes the path for all members. A session calls it before it sends anything.
func (op Operation) check(args Args) error {
	wrong := func(kind card.Kind, format string, values ...any) error {
		return &card.Error{Kind: kind, Message: op.Name + ": " + fmt.Sprintf(format, values...)}
	}
	if len(args.Path) != len(op.Params) {
		return wrong(card.Internal, "the path has the parameters %q, not %q", op.Params, args.Path)
	}
	for i, arg := range args.Path {
		if leads := wire.BadSegment(arg); leads != "" {
			return wrong(card.Invalid, "%s is %q, which %s", op.Params[i], arg, leads)
		}
	}
	for _, name := range op.Required {
		if !args.Query.Has(name) {
			return wrong(card.Internal, "the query parameter %s is missing", name)
		}
	}
	if op.Body && args.Body == nil {
		return wrong(card.Internal, "the body is missing")
	}
	return nil
}
