package card

import "context"

// HookKeeper creates and changes the hooks by which a service sends events to a server. A call has a connection of the service, and nothing of a run. Its
// methods are safe for concurrent use; their errors are *Error, or ctx's.
type HookKeeper interface {
	// Hooks returns the hooks of the org, also those that a server did not create.
	Hooks(ctx context.Context, call Call) ([]KeptHook, error)
	// Create creates a hook, and returns its id. It receives no events until Keep has verified it. A hook whose answer was lost is found by Hooks.
	Create(ctx context.Context, call Call, want Hook) (id string, err error)
	// Keep makes a hook be as wanted, active and verified: the service asks the URL whether it expects the events, which must be answered while Keep runs.
	// changed names what was different, for people: nil if nothing was. With renew the secret is sent also if nothing else differs, since no service shows it.
	// The error is of kind NotFound if the hook does not exist.
	Keep(ctx context.Context, call Call, id string, want Hook, renew bool) (changed []string, err error)
	// Delete deletes a hook. It succeeds if the hook does not exist.
	Delete(ctx context.Context, call Call, id string) error
}

// Hook is what a hook of a service must be.
type Hook struct {
	Name    string   // for people
	URL     string   // where the service sends the events
	Types   []string // of the events, at least one; their order does not matter
	Headers map[string]string
	Secret  Secret // by which the server knows the service
}

// KeptHook is a hook that a service has.
type KeptHook struct {
	ID, Name, URL string
	Ours          bool // HookKeeper.Create has made it, for this workspace or another one
	Status        HookStatus
}

// HookStatus is whether a hook receives events. The texts are for people and programs.
type HookStatus string

const (
	HookActive     HookStatus = "active"
	HookInactive   HookStatus = "inactive"
	HookUnverified HookStatus = "unverified" // the URL has not shown yet that it expects the events
)
