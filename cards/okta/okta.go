// Package okta has the cards that act on an Okta org, one file per resource, and the service that connects to an org.
//
// A card is a literal of a card.Spec and short functions. Package oktaapi sends the requests. The engine is
// responsible for retries, concurrency and dry runs.
package okta

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/okta/oktasim"
	"github.com/flowdeck/flowdeck/cards/pace"
	"github.com/flowdeck/flowdeck/cards/simhost"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// Cards returns every card of this package.
func Cards() []card.Card {
	all := slices.Concat(
		users, groups, ensureGroupCards, members, syncMembersCards, groupRoleCards, groupRuleCards, groupOwnerCards, policyCards,
		realmCards, authenticatorCards, zoneCards, appCards, appUserCards, appGroupCards,
		appGrantCards, deviceCards, eventHookCards, eventHookWrites, importCards, logs, requests,
	)
	for i, c := range all {
		all[i] = refusing(c)
		if c.Effect != card.Reads {
			all[i] = alone(all[i])
		}
	}
	return all
}

// idsAmong returns the inputs that are ids, sorted.
func idsAmong(inputs iter.Seq[string]) []string {
	return slices.DeleteFunc(slices.Sorted(inputs), func(name string) bool { return !strings.HasSuffix(name, "_id") })
}

// alone makes a card that writes wait until no other call works on the same objects, which its required ids name: most cards read before they
// write.
func alone(c card.Card) card.Card {
	ids := idsAmong(slices.Values(c.In.Required))
	if len(ids) == 0 {
		return c
	}
	return c.Around(func(ctx context.Context, call card.Call, in card.Value, next func() (card.Value, error)) (card.Value, error) {
		given, _ := in.(map[string]any)
		var key []string
		for _, name := range ids {
			id, _ := given[name].(string)
			key = append(key, name+"="+id)
		}
		return inTurn(ctx, call, strings.Join(key, " "), next)
	})
}

// inTurn calls do while no other call works on the thing that key identifies.
func inTurn[T any](ctx context.Context, call card.Call, key string, do func() (T, error)) (out T, err error) {
	org, err := session(call)
	if err != nil {
		return out, err
	}
	end, err := org.Alone(ctx, key)
	if err != nil {
		return out, err
	}
	defer end()
	return do()
}

// Service returns the service for `type: okta`.
func Service() card.Service {
	service := card.NewService("okta", open)
	service.Includes, service.LacksRole = includes, lacksRole
	service.Seed = &card.Seed{
		Keys: oktasim.SeedKeys(), Unshown: oktasim.Undumped(), Org: true, Beside: []string{"rate_limit"}, MaxSize: oktasim.MaxSeedSize,
		Check: func(source []byte) []card.FileMistake {
			seed, err := oktasim.Load(source)
			if err == nil && seed.HasObjects() { // they refer to things, also to generated ones
				_, err = oktasim.New(seed, oktasim.Options{})
			}
			return simhost.Mistakes(err)
		},
	}
	return service
}

// includes reports whether a granted scope includes another one: okta.users.manage allows to read users, too. Okta's guide "Scopes and
// supported endpoints" does not mention this; the cards that read before they write rely on it.
func includes(granted, scope string) bool {
	resource, reads := strings.CutSuffix(scope, ".read")
	return reads && granted == resource+".manage"
}

// config has the settings of a connection of type okta: the org and how to authenticate, or a simulated org
// instead.
type config struct {
	Domain    string         `json:"domain,omitempty" jsonschema:"the org's domain, such as acme.okta.com"`
	Auth      *auth          `json:"auth,omitempty" jsonschema:"how to authenticate"`
	Simulate  *simulate      `json:"simulate,omitempty" jsonschema:"a simulated org instead of a real one; needs no account"`
	Simulated bool           `json:"simulated,omitempty" jsonschema:"the domain is a simulated org on this machine, as flowdeck org serves it: nobody is asked before a write"`
	RateLimit *pace.Fraction `json:"rate_limit,omitempty" jsonschema:"how much of the org's rate limits to use, such as {share: 50%}"`
}

// simulatedServer is the Server header of every answer of a simulated org.
const simulatedServer = "oktasim"

// connection is an open session, and the simulated org that it reaches, if any.
type connection struct {
	*oktaapi.Session
	simulation *simhost.Simulation // nil for an org with a domain
	excerpt    card.Excerpt
	simulated  bool   // the workspace declares the org to be simulated
	offline    bool   // the org is of this process alone
	app        client // which the connection signs in as; nil for an API token
}

// Check finds the mistakes of a configuration and its seed.
func (c config) Check(s card.Settings) error {
	if err := c.check(); err != nil || c.Simulate == nil {
		return err
	}
	_, err := c.Simulate.load(s)
	return err
}

// check finds the mistakes of a configuration itself.
func (c config) check() error {
	_, err := c.RateLimit.Part()
	switch {
	case err != nil:
		return misconfigured(`write it as "50%", or as a number from 1 to 100`, err.Error())
	case c.Simulate != nil && (c.Domain != "" || c.Auth != nil || c.Simulated):
		return misconfigured("", "`simulate` replaces `domain`, `auth` and `simulated`, and cannot be combined with them")
	case c.Simulate != nil:
		return nil
	case c.Domain == "" || c.Auth == nil:
		return misconfigured("or `simulate: {seed: FILE}` for a simulated org", "an okta connection needs `domain` and `auth`")
	}
	if err := c.Auth.check(); err != nil {
		return err
	}
	_, err = oktaapi.OrgURL(c.Domain)
	return err
}

func open(s card.Settings, c config) (card.Connection, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	share, err := c.RateLimit.Part()
	if err != nil {
		return nil, err
	}
	door := pace.New(s.Clock, share)
	if c.Simulate != nil {
		return openSimulated(s, *c.Simulate, door)
	}
	if s.Offline {
		return nil, misconfigured("", c.Domain+" is not simulated, and nothing may be sent")
	}
	credentials, app, err := c.Auth.credentials(s, c.Domain)
	if err != nil {
		return nil, err
	}
	session, err := oktaapi.Open(oktaapi.Config{
		Domain: c.Domain, Credentials: credentials, Product: s.Product, Door: door, Trace: wire.TraceOf(s),
	})
	if err == nil && c.Simulated && !session.Local() {
		err = misconfigured("remove `simulated`", "`simulated` is only for an org on this machine, and "+session.Org()+" is not on this machine")
	}
	if err != nil && app != nil {
		err = errors.Join(err, app.Close())
	}
	if err != nil {
		return nil, err
	}
	return &connection{Session: session, excerpt: s.Excerpt, simulated: c.Simulated, app: app}, nil
}

func misconfigured(hint, message string) error {
	return &card.Error{Kind: card.Invalid, Message: message, Hint: hint}
}

// Test asks the org who owns the API token, which needs okta.users.read; for an app or a person who signed in, see client. An org counts as simulated only
// if the workspace declares it and the server confirms it. An address of this machine proves nothing: it may be a tunnel to a real org.
func (c *connection) Test(ctx context.Context) (card.Identity, error) {
	if c.offline { // an org of a test may be empty, and its faults are for the requests of the flow
		return card.Identity{Org: c.Org(), Simulated: true}, nil
	}
	as, note, answer, err := c.who(ctx)
	if err != nil {
		return card.Identity{}, err
	}
	id := card.Identity{Org: c.Org(), As: as, Simulated: c.simulated && answer.Get("Server") == simulatedServer, Note: note}
	if c.simulated {
		id.Key = id.Org
	}
	if c.simulated && !id.Simulated {
		id.Note = "not simulated: the server does not answer `Server: " + simulatedServer + "`, as flowdeck org does"
	}
	if c.simulation != nil {
		if err := c.simulation.Identify(&id); err != nil {
			return card.Identity{}, err
		}
	}
	return id, nil
}

// who returns the login or the client ID that the connection acts as, what people should know about it, and the headers of an answer.
func (c *connection) who(ctx context.Context) (as, note string, answer http.Header, err error) {
	if c.app != nil {
		return c.app.who(ctx, c.Session)
	}
	if as, answer, err = c.Me(ctx); err != nil {
		err = c.ownerless(err)
	}
	return as, "", answer, err
}

// HowToGrant returns what people do to grant a connection a scope, for hints.
func (c *connection) HowToGrant(name string) string {
	if c.app != nil {
		return c.app.howToGrant(name)
	}
	return fmt.Sprintf("connection %q needs an API token of an administrator with this permission", name)
}

// ownerless explains the error of the request for the owner of the token.
func (c *connection) ownerless(err error) error {
	explained := *card.AsError(err)
	switch explained.Kind {
	case card.NotFound:
		explained.Kind, explained.Message = card.Unauthorized, "the owner of the token was deleted"
		explained.Hint = "make an API token of another administrator"
		if c.simulation != nil {
			explained.Hint = c.simulation.Reset
		}
	case card.Forbidden:
		explained.Hint = "flowdeck asks Okta first whose token it is, which needs okta.users.read: " +
			"add this permission to those that the cards of the flow need"
	default:
		return err
	}
	return &explained
}

// Dump writes the complete state of a simulated org as a YAML seed. Equal states have equal dumps. For a real org it
// returns an error of kind invalid.
func (c *connection) Dump(ctx context.Context, w io.Writer) error {
	if c.simulation == nil {
		return misconfigured("only a connection with `simulate` can be dumped", "it does not have `simulate`")
	}
	return c.simulation.Dump(ctx, w)
}

// Inspect writes to w what the simulated org shows of itself: at dump?ids=all its state with all ids, at faults a JSON list that says which of the
// faults of its seed have struck. Without `simulate` it writes nothing.
func (c *connection) Inspect(ctx context.Context, what string, w io.Writer) error {
	if c.simulation == nil {
		return nil
	}
	return c.simulation.Get(ctx, "/-/"+what, w)
}

// Close closes the session, the source of its tokens, and the simulated org.
func (c *connection) Close() error {
	err := c.Session.Close()
	if c.app != nil {
		err = errors.Join(err, c.app.Close())
	}
	if c.simulation != nil {
		err = errors.Join(err, c.simulation.Close())
	}
	return err
}

// session returns the session of a call.
func session(call card.Call) (*oktaapi.Session, error) {
	c, ok := call.Conn.(*connection)
	if !ok {
		return nil, &card.Error{Kind: card.Internal, Message: fmt.Sprintf("connection %q is not an okta connection", call.ConnName)}
	}
	return c.Session, nil
}
