package oktaapi

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/okta/okta-sdk-golang/v5/okta"

	"github.com/flowdeck/flowdeck/engine/card"
)

// An Operation is one call of Okta's API, as its OpenAPI description names it. operations.go has those that the cards
// use; it is generated from operations.txt.
type Operation struct {
	Name     string   // the description's operationId: "suspendUser"
	Bucket   string   // method and path template: the key of its rate limit, until the answers show a better one
	Params   []string // the parameters of the path, in its order
	Required []string // the query parameters that Okta requires
	Body     bool     // Okta requires a body

	// send has the SDK build and send the request. What the SDK makes of the answer is not used, nor are the bodies
	// and parameters that it insists on: the transport puts those of Args in their place.
	send func(ctx context.Context, c *okta.APIClient, path []string) error
}

// Args are the arguments of an operation.
type Args struct {
	Path  []string   // the path's arguments in their order, not escaped
	Query url.Values // sent as they are, whether or not the SDK knows them
	Body  []byte     // sent as it is; nil for none
	Type  string     // of Body; "" is JSON
}

// check refuses arguments that would make another request than the one that is meant: with an empty user, the path of
// one member is that of all members. Nothing is sent then.
func (op Operation) check(args Args) error {
	wrong := func(kind card.Kind, format string, values ...any) error {
		return &card.Error{Kind: kind, Message: op.Name + ": " + fmt.Sprintf(format, values...)}
	}
	if len(args.Path) != len(op.Params) {
		return wrong(card.Internal, "the path has the parameters %q, not %q", op.Params, args.Path)
	}
	for i, arg := range args.Path {
		if leads := astray(arg); leads != "" {
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

// astray returns why an argument, not escaped, cannot be one segment of a path; "" if it can. To escape a slash or a
// question mark does not help: Okta finds users whose login has one by id alone.
//
// Source: Okta, "Users", "Get User with Login", https://developer.okta.com/docs/reference/api/users/
func astray(arg string) string {
	switch {
	case strings.TrimSpace(arg) == "":
		return "is empty"
	case arg == "." || arg == "..":
		return "leads to another path"
	case strings.ContainsAny(arg, `/\?`):
		return "has a slash or a question mark, so that it leads to another path"
	case strings.ContainsFunc(arg, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "contains a control character"
	}
	return ""
}
