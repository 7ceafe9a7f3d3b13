package cardstest_test

import "github.com/flowdeck/flowdeck/engine/card"

// oktaImports is the part of the seed about imports. It follows that about applications.
const oktaImports = `
import_sessions:
  - {id: uij1, identitySourceId: Reports, status: IN_PROGRESS, upserts: [{externalId: e1, profile: {userName: new@acme.example}}], uploads: [upserts]}
  - {id: uij2, identitySourceId: Old wiki}
imported_users:
  - {identitySourceId: Reports, externalId: e8, profile: {userName: old@acme.example}}
`

// importState returns the state of the import session that a call is about: that of its source if it creates one.
func (d orgDump) importState(in map[string]any) card.State {
	app := find(d.Objects["apps"], "id", in["identity_source_id"])
	for _, object := range d.Objects["import_sessions"] {
		if object["identitySourceId"] != app["label"] || in["session_id"] != nil && object["id"] != in["session_id"] {
			continue
		}
		if object["status"] == "TRIGGERED" { // as the org shows it
			object["status"] = "COMPLETED"
		}
		state := card.State{Fields: map[string]any{}}
		for _, name := range []string{"id", "status", "importType"} {
			if object[name] != nil {
				state.Fields[name] = object[name]
			}
		}
		return state
	}
	return card.State{Missing: true}
}
