package host

import (
	"context"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/flow"
)

// SignIn asks a person to sign in for a connection, and keeps the grant. It calls show with the question. granted are the scopes that
// were granted. The error is a ConnectionError; if ctx
// has ended, it wraps engine.ErrCanceled.
func (w *Workspace) SignIn(ctx context.Context, conn flow.Connection, show func(card.Consent) error) (granted []string, err error) {
	granted, err = w.config.Services[conn.Type.Text].Connect(ctx, w.Settings(ctx, conn), show)
	if err != nil {
		return nil, failed(ctx, w.config.Veil, conn.Name.Text, err)
	}
	return granted, nil
}

// SignOut revokes and deletes the grant of a connection. While the service is not available, it tries again, as Connect does. A grant that is
// not revoked is kept, unless the service cannot be reached. Without revoke, the grant is only deleted, even if it cannot be read. was is false
// if there was none. The errors are those of SignIn.
func (w *Workspace) SignOut(ctx context.Context, conn flow.Connection, revoke bool) (was bool, err error) {
	var again func(func() error) error
	if revoke {
		again = func(try func() error) error { return w.Again(ctx, conn.Name.Text, try) }
	}
	was, err = w.config.Services[conn.Type.Text].Disconnect(ctx, w.Settings(ctx, conn), again)
	if err != nil {
		return was, failed(ctx, w.config.Veil, conn.Name.Text, err)
	}
	return was, nil
}
