package okta

import (
	"context"
	"slices"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// ImportSession is a session that imports users from an identity source.
//
// Source: Okta, "Build an Anything-as-a-Source custom client integration", https://developer.okta.com/docs/guides/anything-as-a-source/
type ImportSession struct {
	ID               string `json:"id" jsonschema:"the session's id"`
	IdentitySourceID string `json:"identitySourceId" jsonschema:"the id of the identity source"`
	Status           string `json:"status" jsonschema:"CREATED, IN_PROGRESS, TRIGGERED, COMPLETED, CLOSED, EXPIRED or ERROR"`
	ImportType       string `json:"importType" jsonschema:"always INCREMENTAL"`
	Created          string `json:"created" jsonschema:"when the session was created"`
	LastUpdated      string `json:"lastUpdated" jsonschema:"when the session last changed"`
}

// WrittenImportSession is a session after a write, and whether the write changed it.
type WrittenImportSession struct {
	Changed bool `json:"changed" jsonschema:"false if nothing had to be changed"`
	ImportSession
}

type identitySourceInput struct {
	IdentitySourceID string `json:"identity_source_id" jsonschema:"the id of the identity source, which is the id of its application"`
}

type importSessionInput struct {
	identitySourceInput
	SessionID string `json:"session_id" jsonschema:"the session's id"`
}

func (in importSessionInput) ids() []string { return []string{in.IdentitySourceID, in.SessionID} }

type importUser struct {
	ExternalID string           `json:"external_id" jsonschema:"the id of the user in the identity source"`
	Profile    importAttributes `json:"profile" jsonschema:"the attributes of the user in the identity source: userName, email, firstName, lastName and others"`
}

// importAttributes are attributes of a user of an identity source.
type importAttributes map[string]any

// Attributes returns the names of the attributes that every identity source has.
//
// Source: Okta, "Identity Sources", schema IdentitySourceUserProfileForUpsert
func (importAttributes) Attributes() []string {
	return []string{"userName", "email", "firstName", "lastName", "secondEmail", "mobilePhone", "homeAddress"}
}

type upsertImportInput struct {
	importSessionInput
	Users []importUser `json:"users" jsonschema:"the users, at most 200; a session takes 50 uploads"`
}

type removeImportInput struct {
	importSessionInput
	ExternalIDs []string `json:"external_ids" jsonschema:"the ids of the users in the identity source, at most 200; a session takes 50 uploads"`
}

// importSessions describes import sessions.
var importSessions = kind{word: "import session", input: "session_id", get: oktaapi.GetIdentitySourceSession, fields: []string{"importType"}}

// noDataOfSession is why nobody knows whether an upload was done.
const noDataOfSession = "Okta does not show what was uploaded to a session"

var importCards = []card.Card{
	card.NewList(card.Spec{
		Name:    "okta.import.session.list",
		Title:   "List Import Sessions",
		Summary: "list the import sessions of an identity source",
		Scopes:  []string{"okta.identitySources.read"},
		Effect:  card.Reads,
		Key:     "id",
		Example: "card: okta.import.session.list\nwith: {identity_source_id: 0oa3}",
	}, listImportSessions),

	card.NewRead(card.Spec{
		Name:    "okta.import.session.get",
		Title:   "Get Import Session",
		Also:    []string{"Get an Import Session"},
		Summary: "read an import session",
		Scopes:  []string{"okta.identitySources.read"},
		Effect:  card.Reads,
		Example: "card: okta.import.session.get\nwith: {identity_source_id: 0oa3, session_id: uij1}",
	}, reading[ImportSession, importSessionInput](oktaapi.GetIdentitySourceSession)),

	card.NewWrite(card.Spec{
		Name:    "okta.import.session.create",
		Title:   "Create Import Session",
		Also:    []string{"Create an Import Session"},
		Summary: "create an import session; fails if the identity source has an active one, or had an import in the last five minutes",
		Scopes:  []string{"okta.identitySources.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.Exact, Card: "okta.import.session.delete"},
		Example: "card: okta.import.session.create\nwith: {identity_source_id: 0oa1}",
	}, card.Write[identitySourceInput, card.Raw[WrittenImportSession]]{Do: createImportSession, Before: beforeCreateImportSession, After: makes(importSessions, newImportSession), Back: createdImportSession, Did: didCreateImportSession}),

	card.NewWrite(card.Spec{
		Name:    "okta.import.session.upsert",
		Title:   "Bulk User Import",
		Summary: "upload users to an import session, which creates or updates them when it is started",
		Scopes:  []string{"okta.identitySources.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.None},
		InDoubt: noDataOfSession,
		Target:  "{identity_source_id} {session_id}",
		Example: "card: okta.import.session.upsert\nwith: {identity_source_id: 0oa2, session_id: uij2, users: [{external_id: e7, profile: {userName: eve@acme.example, email: eve@acme.example}}]}",
	}, card.Write[upsertImportInput, Changed]{Do: upsertImport, Before: before[upsertImportInput](importSessions), After: afterUpsertImport}),

	card.NewWrite(card.Spec{
		Name:    "okta.import.session.remove",
		Title:   "Bulk User Removal",
		Summary: "upload users to an import session, which deactivates them when it is started",
		Scopes:  []string{"okta.identitySources.manage"},
		Effect:  card.Creates,
		Undo:    card.Undo{Extent: card.None},
		InDoubt: noDataOfSession,
		Target:  "{identity_source_id} {session_id}",
		Example: "card: okta.import.session.remove\nwith: {identity_source_id: 0oa2, session_id: uij2, external_ids: [e8]}",
	}, card.Write[removeImportInput, Changed]{Do: removeImport, Before: before[removeImportInput](importSessions), After: afterRemoveImport}),

	card.NewWrite(card.Spec{
		Name:    "okta.import.session.start",
		Title:   "Trigger Import Session",
		Also:    []string{"Trigger an Import Session"},
		Summary: "start the import of what was uploaded to a session; Okta works on it after the call",
		Scopes:  []string{"okta.identitySources.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Target:  "{identity_source_id} {session_id}",
		Example: "card: okta.import.session.start\nwith: {identity_source_id: 0oa3, session_id: uij1}",
	}, card.Write[importSessionInput, card.Raw[WrittenImportSession]]{Do: startImport, Before: before[importSessionInput](importSessions), After: afterStartImport, Did: didStartImport}),

	card.NewWrite(card.Spec{
		Name:    "okta.import.session.delete",
		Title:   "Delete Import Session",
		Also:    []string{"Delete an Import Session"},
		Summary: "delete an import session that is not started, with what was uploaded",
		Scopes:  []string{"okta.identitySources.manage"},
		Effect:  card.Destroys,
		Undo:    card.Undo{Extent: card.None},
		Target:  "{identity_source_id} {session_id}",
		Example: "card: okta.import.session.delete\nwith: {identity_source_id: 0oa3, session_id: uij1}",
	}, card.Write[importSessionInput, Changed]{Do: removing[importSessionInput](oktaapi.DeleteIdentitySourceSession), Before: before[importSessionInput](importSessions), After: gone[importSessionInput], Did: didRemove[importSessionInput](importSessions)}),
}

func listImportSessions(ctx context.Context, call card.Call, in identitySourceInput, at card.Cursor) ([]card.Raw[ImportSession], card.Cursor, error) {
	return page[ImportSession](ctx, call, oktaapi.ListIdentitySourceSessions, oktaapi.Args{Path: []string{in.IdentitySourceID}}, at)
}

// changedSession sends a request whose answer is the session. Okta's older descriptions have a list of one session instead.
func changedSession(ctx context.Context, call card.Call, op oktaapi.Operation, ids ...string) (card.Raw[WrittenImportSession], error) {
	org, err := session(call)
	if err != nil {
		return card.Raw[WrittenImportSession]{}, err
	}
	answer, err := org.Do(ctx, op, oktaapi.Args{Path: ids})
	if err != nil {
		return card.Raw[WrittenImportSession]{}, err
	}
	if list, ok := answer.([]any); ok {
		answer = list[0]
	}
	object, _ := answer.(map[string]any)
	object["changed"] = true
	return card.Raw[WrittenImportSession]{Value: object}, nil
}

func createImportSession(ctx context.Context, call card.Call, in identitySourceInput) (card.Raw[WrittenImportSession], error) {
	return changedSession(ctx, call, oktaapi.CreateIdentitySourceSession, in.IdentitySourceID)
}

// active returns the session of an identity source that is not complete; nil if there is none. Okta's list has no pages.
func (in identitySourceInput) active(ctx context.Context, call card.Call) (map[string]any, error) {
	sessions, _, err := listImportSessions(ctx, call, in, "")
	for _, item := range sessions {
		object, _ := item.Value.(map[string]any)
		if slices.Contains([]any{"CREATED", "IN_PROGRESS", "TRIGGERED"}, object["status"]) {
			return object, err
		}
	}
	return nil, err
}

func beforeCreateImportSession(ctx context.Context, call card.Call, in identitySourceInput) (card.State, error) {
	object, err := in.active(ctx, call)
	if err != nil {
		return card.State{}, err
	}
	return importSessions.state(object), nil
}

func createdImportSession(in identitySourceInput, out card.Raw[WrittenImportSession], _ card.State) any {
	return importSessionInput{in, idOf(out.Value)}
}

// didCreateImportSession looks for an active session. An identity source has one at a time, so that the call created it if there was
// none before.
func didCreateImportSession(ctx context.Context, call card.Call, in identitySourceInput, before card.State) (card.Raw[WrittenImportSession], bool, error) {
	object, err := in.active(ctx, call)
	object, done, err := importSessions.didCreate(object, err, before)
	return card.Raw[WrittenImportSession]{Value: object}, done, err
}

func upsertImport(ctx context.Context, call card.Call, in upsertImportInput) (Changed, error) {
	profiles := make([]map[string]any, len(in.Users))
	for i, user := range in.Users {
		profiles[i] = map[string]any{"externalId": user.ExternalID, "profile": user.Profile}
	}
	return upload(ctx, call, oktaapi.UploadIdentitySourceDataForUpsert, in.importSessionInput, profiles)
}

func removeImport(ctx context.Context, call card.Call, in removeImportInput) (Changed, error) {
	profiles := make([]map[string]any, len(in.ExternalIDs))
	for i, id := range in.ExternalIDs {
		profiles[i] = map[string]any{"externalId": id}
	}
	return upload(ctx, call, oktaapi.UploadIdentitySourceDataForDelete, in.importSessionInput, profiles)
}

// mostUploads is Okta's maximum of users in a request.
const mostUploads = 200

func upload(ctx context.Context, call card.Call, op oktaapi.Operation, in importSessionInput, profiles []map[string]any) (Changed, error) {
	switch {
	case len(profiles) == 0:
		return Changed{}, nil // Okta accepts it, and changes nothing
	case len(profiles) > mostUploads:
		return Changed{}, badInput("upload them by several calls", "%d users are too many for an upload: Okta takes 200", len(profiles))
	}
	body, err := card.EncodeJSON(map[string]any{"entityType": "USERS", "profiles": profiles})
	if err != nil {
		return Changed{}, badInput("", "the users are not valid JSON: %v", err)
	}
	return sending(ctx, call, op, oktaapi.Args{Path: in.ids(), Body: body})
}

func startImport(ctx context.Context, call card.Call, in importSessionInput) (card.Raw[WrittenImportSession], error) {
	return changedSession(ctx, call, oktaapi.StartImportFromIdentitySource, in.ids()...)
}

// didStartImport checks whether the session has started. The call started it unless it had started before.
func didStartImport(ctx context.Context, call card.Call, in importSessionInput, before card.State) (card.Raw[WrittenImportSession], bool, error) {
	object, err := importSessions.read(ctx, call, in.ids())
	if err != nil || !started(object["status"]) {
		return card.Raw[WrittenImportSession]{}, false, err
	}
	object["changed"] = !started(before.Fields["status"])
	return card.Raw[WrittenImportSession]{Value: object}, true, nil
}

func started(status any) bool { return status == "TRIGGERED" || status == "COMPLETED" }

// newImportSession returns the session that Okta makes.
func newImportSession(identitySourceInput) map[string]any {
	return map[string]any{"status": "CREATED", "importType": "INCREMENTAL"}
}

func afterUpsertImport(in upsertImportInput, _ card.State) card.Predicted {
	return afterUpload(len(in.Users))
}

func afterRemoveImport(in removeImportInput, _ card.State) card.Predicted {
	return afterUpload(len(in.ExternalIDs))
}

// afterUpload predicts the upload of users to a session, which shows neither the users nor, in Okta's description, a status for it.
func afterUpload(users int) card.Predicted {
	return also(also(card.Predicted{}, users > 0, "uploaded users"), users > 0, "status")
}

// afterStartImport does not predict the status: Okta may have completed the import when somebody reads it.
func afterStartImport(importSessionInput, card.State) card.Predicted {
	return card.Predicted{Unseen: []string{"status", "imported users"}}
}
