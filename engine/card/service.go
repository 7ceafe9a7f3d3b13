package card

import (
	"context"
	"io/fs"
	"slices"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/clock"
)

// Service opens the connections of one type, which a connection's `type:` names: "okta". NewService makes one. Cards
// that need no connection (Spec.NoConnection) need no Service.
type Service struct {
	Name   string
	Config *jsonschema.Schema // the settings of a connection of this type in flowdeck.yaml

	// Includes reports whether a granted scope includes another one; nil: only itself.
	Includes func(granted, scope string) bool

	// LacksRole returns the admin roles, as in Access, of which an account with certain roles needs one for what a scope allows; nil if it
	// needs no other one, or if nobody knows. nil: the service has no admin roles.
	LacksRole func(held []string, scope string) (oneOf []string)

	// Seed describes the seeds of simulated servers; nil: the service has none.
	Seed *Seed

	open   func(Settings) (Connection, error)
	decode func(Settings) (any, error)
}

// NewService binds a service's name to the function that opens a connection to it. Config, a struct, has
// the settings of a connection besides its type (see SchemaFor for its tags). A method Check(Settings) error of it finds
// mistakes that the schema cannot describe, without a secret and without a request. A method Describe() Description describes a
// connection. With the methods of signsInPeople, a person can connect it.
func NewService[Config any](name string, open func(Settings, Config) (Connection, error)) Service {
	return Service{
		Name:   name,
		Config: SchemaFor[Config](),
		open: func(s Settings) (Connection, error) {
			config, err := decodeInput[Config](s.Config)
			if err != nil {
				return nil, err
			}
			return open(s, config)
		},
		decode: func(s Settings) (any, error) { return decodeInput[Config](s.Config) },
	}
}

// Open makes a connection. It may start what the connection needs, but sends nothing to the service yet:
// Connection.Test does. Its errors are *Error.
func (s Service) Open(settings Settings) (Connection, error) {
	if settings.Clock == nil {
		settings.Clock = clock.System{}
	}
	if settings.Excerpt == nil {
		settings.Excerpt = func(text string, most int, _ ...string) string { return Cut(text, most) }
	}
	return s.open(settings)
}

// Opening returns the service with another function that opens a connection, such as one to something simulated.
func (s Service) Opening(open func(Settings) (Connection, error)) Service {
	s.open = open
	return s
}

// Check returns the first mistake in the settings of a connection that can be found without opening it. It needs Config and
// Files. Its errors are *Error.
func (s Service) Check(settings Settings) error {
	config, err := s.decode(settings)
	if err != nil {
		return err
	}
	if own, ok := config.(interface{ Check(Settings) error }); ok {
		return own.Check(settings)
	}
	return nil
}

// Describe returns what the settings of a connection say about it. It needs Config. Its errors are *Error.
func (s Service) Describe(settings Settings) (Description, error) {
	config, err := s.decode(settings)
	if own, ok := config.(describer); ok && err == nil {
		return own.Describe(), nil
	}
	return Description{}, err
}

// Least returns the fewest of these scopes that include all of them, sorted, each once.
func (s Service) Least(scopes []string) []string {
	least := slices.Compact(slices.Sorted(slices.Values(scopes)))
	return slices.DeleteFunc(slices.Clone(least), func(scope string) bool {
		return slices.ContainsFunc(least, func(other string) bool { return other != scope && s.Grants([]string{other}, scope) })
	})
}

// Grants reports whether granted scopes include a scope.
func (s Service) Grants(granted []string, scope string) bool {
	return slices.ContainsFunc(granted, func(one string) bool { return one == scope || s.Includes != nil && s.Includes(one, scope) })
}

// Settings is the configuration of one connection.
type Settings struct {
	Name    string                      // the connection's name in the workspace
	Config  map[string]Value            // as in flowdeck.yaml, fitting Service.Config
	Secret  func(Value) (Secret, error) // resolves a reference, such as {env: OKTA_API_TOKEN}
	Files   fs.FS                       // the workspace's folder, for files that Config names
	State   string                      // a folder for data that must outlive the process; it need not exist; empty: nothing is kept
	Product string                      // "flowdeck/1.2.3", for the service's own logs
	Clock   clock.Clock                 // the time for waiting, and for a simulated server; nil: the system clock
	Hide    func(...string)             // hides texts from now on: secrets that a connection receives or creates; nil: nothing is hidden
	Excerpt Excerpt                     // nil: texts are cut only
	// Exchanged is called when a request of a card has its answer, or failed without one, on any goroutine. nil: nothing is called.
	Exchanged func(Exchange)
	Grants    Grants // what people have allowed connections; nil: nothing can be kept
	// Offline means that nothing may leave this process: a simulated server delivers to nobody, and other connections are refused. Connection.Test
	// need not ask a simulated server.
	Offline bool
}

// Excerpt returns the start of a text of a service, of at most so many bytes, without the secrets that were passed to Hide or resolved, and
// without more texts that are secret. A connection cuts texts that a service sent only with it: a part of a secret is not found later.
type Excerpt func(text string, most int, secrets ...string) string

// Connection is an open connection to a service. It is safe for concurrent use.
type Connection interface {
	// Test asks the service for the identity behind the credentials. Its errors are *Error.
	Test(context.Context) (Identity, error)
	// Close releases the resources of Open. No call may be in progress.
	Close() error
}

// Waiter is a Connection that knows how long its requests waited for the service's rate limits.
type Waiter interface {
	// Waited returns the time since Open during which at least one request waited: for any limit, and for each limit by
	// the name that people know, such as "POST /api/v1/users". It is safe for concurrent use, also while requests
	// wait.
	Waited() (total time.Duration, byLimit map[string]time.Duration)
}

// Limiter is a Connection that can ask the service for its rate limits.
type Limiter interface {
	// Limits sends a small read for each limit that a read can show, and changes nothing. A refusal is in the
	// Limit; the error is the cause of the context's cancellation.
	Limits(context.Context) ([]Limit, error)
}

// Limit is a rate limit of a service at the time of the question.
type Limit struct {
	Name      string        // as people know it, such as "GET /api/v1/users"
	PerMinute int           // requests
	Remaining int           // requests until it resets
	ResetsIn  time.Duration // 0 if the service does not report it
	Err       *Error        // the reason why it is not known; the numbers are then 0
}

// Identity is the account that a connection acts as, and its org.
type Identity struct {
	Org       string // "acme.okta.com"
	As        string // the login or client behind the credentials
	Simulated bool   // nothing real can change. This is taken from the settings of the connection, never from an answer
	Key       string // what a resumed run must find again: more than Org if that is not enough, or less than it if Org changes; empty: Org
	What      string // for people: what Org is, such as "mailbox"; empty: an org
	Note      string // for people: the origin of a simulated org, or why an org does not count as simulated; may be empty
}
