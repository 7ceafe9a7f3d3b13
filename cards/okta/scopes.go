package okta

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// FindApp returns the application with an id or a label. conn must be a connection of this package. The error is a *card.Error, or ctx's.
func FindApp(ctx context.Context, conn card.Connection, name string) (found App, err error) {
	call := card.Call{Conn: conn}
	org, err := session(call)
	if err != nil {
		return App{}, err
	}
	if wire.BadSegment(name) == "" {
		app, err := org.Resource(ctx, oktaapi.GetApplication, oktaapi.Args{Path: []string{name}})
		if !isNotFound(err) {
			return appOf(app), err
		}
	}
	// q finds labels by their start, so that a page may have others
	for at := card.Cursor(""); ; {
		apps, next, err := org.Page(ctx, oktaapi.ListApplications, oktaapi.Args{Query: query("q", name)}, at)
		if err != nil {
			return App{}, err
		}
		for _, item := range apps {
			if app, _ := item.(map[string]any); app["label"] == name {
				return appOf(app), nil
			}
		}
		if at = next; at == "" {
			return App{}, &card.Error{
				Kind: card.NotFound, Message: fmt.Sprintf("there is no application with the id or label %q", name),
				Hint: "the id of an OAuth client is its client ID, on the tab General of the application",
			}
		}
	}
}

func appOf(app map[string]any) App {
	label, _ := app["label"].(string)
	return App{ID: idOf(app), Label: label}
}

// GrantScope grants a scope to an application, by its id, and reports whether it was not granted already. conn must be a connection of this
// package. The error is a *card.Error, or ctx's, and reports whether the scope may have been granted.
func GrantScope(ctx context.Context, conn card.Connection, app, scope string) (changed bool, err error) {
	call, in := card.Call{Conn: conn}, addGrantInput{AppID: app, ScopeID: scope}
	grant, err := in.granted(ctx, call)
	if err != nil {
		return false, onlyRead(err)
	}
	if grant != nil && grant["status"] != "REVOKED" {
		return false, nil
	}
	granted, err := in.send(ctx, call)
	if err != nil {
		return false, err
	}
	answer, _ := granted.Value.(map[string]any)
	return answer["changed"] != false, nil
}

// RevokeScope revokes a scope of an application, by its id, and reports whether it was granted. conn must be a connection of this package. The
// error is a *card.Error, or ctx's, and reports whether the scope may have been revoked.
func RevokeScope(ctx context.Context, conn card.Connection, app, scope string) (changed bool, err error) {
	call := card.Call{Conn: conn}
	var ids []string
	for at := card.Cursor(""); ; {
		grants, next, err := listGrants(ctx, call, listGrantsInput{AppID: app}, at)
		if err != nil {
			return false, onlyRead(err)
		}
		for _, g := range grants {
			if grant, _ := g.Value.(map[string]any); grant["scopeId"] == scope && grant["status"] != "REVOKED" {
				ids = append(ids, idOf(grant))
			}
		}
		if at = next; at == "" {
			break
		}
	}
	for _, id := range slices.Compact(ids) {
		done, err := removing[grantInput](oktaapi.RevokeScopeConsentGrant)(ctx, call, grantInput{AppID: app, GrantID: id})
		if err != nil {
			return changed, err
		}
		changed = changed || done.Changed
	}
	return changed, nil
}

// onlyRead returns the error of a request that only reads.
func onlyRead(err error) error {
	failure := (*card.Error)(nil)
	if !errors.As(err, &failure) {
		return err
	}
	read := *failure
	read.Writes = card.Answered
	return &read
}
