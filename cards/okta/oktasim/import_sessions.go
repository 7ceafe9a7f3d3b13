package oktasim

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// importSessions are sessions that import users from an identity source, which is an application. The fields upserts and deletes are
// what was uploaded.
//
// Source: Okta, "Build an Anything-as-a-Source custom client integration", https://developer.okta.com/docs/guides/anything-as-a-source/
var importSessions = &resource{
	key: "import_sessions", word: "IdentitySourceSession", prefix: "uij", statuses: []string{"CREATED", "IN_PROGRESS", "TRIGGERED", "COMPLETED", "CLOSED", "EXPIRED", "ERROR"},
	refs: []ref{{"identitySourceId", "apps"}}, needs: []string{"identitySourceId"},
	fields: []string{"identitySourceId", "importType", "entityType", "upserts", "deletes", "uploads"}, check: checkImportSession, view: viewImportSession,
}

// importedUsers are the users that came from an identity source. Which users of Okta they become depends on settings of the
// application that this org does not have: it only keeps them.
var importedUsers = &resource{
	key: "imported_users", word: "ImportedUser", prefix: "iju", refs: []ref{{"identitySourceId", "apps"}}, check: checkImportedUser,
	fields: []string{"identitySourceId", "externalId", "profile"}, needs: []string{"identitySourceId", "externalId"},
}

var importRoutes = []route{
	{"GET", "/api/v1/identity-sources/{source}/sessions", "okta.identitySources.read", listImportSessions},
	{"POST", "/api/v1/identity-sources/{source}/sessions", "okta.identitySources.manage", createImportSession},
	{"GET", "/api/v1/identity-sources/{source}/sessions/{id}", "okta.identitySources.read", getImportSession},
	{"DELETE", "/api/v1/identity-sources/{source}/sessions/{id}", "okta.identitySources.manage", deleteImportSession},
	{"POST", "/api/v1/identity-sources/{source}/sessions/{id}/bulk-upsert", "okta.identitySources.manage", uploadImport("upserts", "system.identity_sources.bulk_upsert")},
	{"POST", "/api/v1/identity-sources/{source}/sessions/{id}/bulk-delete", "okta.identitySources.manage", uploadImport("deletes", "system.identity_sources.bulk_delete")},
	{"POST", "/api/v1/identity-sources/{source}/sessions/{id}/start-import", "okta.identitySources.manage", startImport},
}

const (
	mostUploaded = 200             // entities of a request (the guide, "Bulk import limits")
	mostUploads  = 50              // requests of a session (the guide)
	largestBulk  = 200 << 10       // bytes of a request: 200 KB (the guide); that a KB has 1,024 bytes is our guess
	importPause  = 5 * time.Minute // between the start of an import and the next session (the guide)
	importIdle   = 24 * time.Hour  // after which a session expires (the guide)
)

func checkImportSession(_ *directory, _ *object, fields map[string]any) string {
	if textOf(fields["identitySourceId"]) == "" {
		return "identitySourceId: The field cannot be left blank"
	}
	setDefault(fields, "importType", "INCREMENTAL")
	return ""
}

func checkImportedUser(_ *directory, _ *object, fields map[string]any) string {
	if textOf(fields["externalId"]) == "" {
		return "externalId: The field cannot be left blank"
	}
	return ""
}

// importStatus returns the status of a session at a time: an import is complete as soon as it has started, or after the seed's
// async_lifecycle, and a session that nothing is uploaded to expires.
func (c *call) importStatus(o *object) string {
	switch idle := c.now.since(o.lastUpdated); {
	case o.status == "TRIGGERED" && idle >= c.org.asyncLifecycle:
		return "COMPLETED"
	case (o.status == "CREATED" || o.status == "IN_PROGRESS") && idle >= importIdle:
		return "EXPIRED"
	}
	return o.status
}

func viewImportSession(c *call, _ *directory, o *object, shown map[string]any) {
	delete(shown, "upserts")
	delete(shown, "deletes")
	delete(shown, "uploads")
	shown["status"] = c.importStatus(o)
}

// ofSource reports whether a session is one of the source in the path.
func (c *call) ofSource(o *object) bool {
	return o.fields["identitySourceId"] == c.r.PathValue("source")
}

// inSource runs an operation if the source of the path exists. The caller holds the lock.
func (c *call) inSource(d *directory, operation func() answer) answer {
	source := c.r.PathValue("source")
	if d.collection(apps).byID[source] == nil {
		return c.missing(source, "IdentitySource")
	}
	return operation()
}

func listImportSessions(c *call) answer {
	return c.read(func(d *directory) answer {
		return c.inSource(d, func() answer { return c.every(importSessions, c.ofSource) })
	})
}

func getImportSession(c *call) answer {
	return c.readObject(importSessions, func(_ *directory, o *object) answer {
		return c.ifOfSource(o, func() answer { return c.objectAnswer(importSessions, o) })
	})
}

func (c *call) ifOfSource(o *object, operation func() answer) answer {
	if !c.ofSource(o) {
		return c.missing(o.id, importSessions.word)
	}
	return operation()
}

// createImportSession handles POST …/sessions. A source has one session at a time, and none for five minutes after an import was
// started (the guide). The texts of the refusals are our guess.
func createImportSession(c *call) answer {
	return c.write(func(d *directory) answer {
		return c.inSource(d, func() answer {
			for _, o := range d.collection(importSessions).objects {
				if o.gone || !c.ofSource(o) {
					continue
				}
				status := c.importStatus(o)
				if slices.Contains([]string{"CREATED", "IN_PROGRESS", "TRIGGERED"}, status) {
					return c.invalid("identitySource", "The identity source has an active session: "+o.id)
				}
				if o.status == "TRIGGERED" && c.now.since(o.lastUpdated) < importPause {
					return c.invalid("identitySource", "An import was started less than five minutes ago")
				}
			}
			o := &object{created: c.now, lastUpdated: c.now}
			return c.store(importSessions, d, o, map[string]any{"identitySourceId": c.r.PathValue("source")}, "")
		})
	})
}

// changeImport runs an operation that changes a session to which data can be uploaded. The text of the refusal is our guess.
func (c *call) changeImport(operation func(*directory, *object) answer) answer {
	return c.changeObject(importSessions, func(d *directory, o *object) answer {
		return c.ifOfSource(o, func() answer {
			if status := c.importStatus(o); status != "CREATED" && status != "IN_PROGRESS" {
				return c.invalid("identitySourceSession", "The session is "+status)
			}
			return operation(d, o)
		})
	})
}

// deleteImportSession handles DELETE …/sessions/{id}: only a session that is CREATED or IN_PROGRESS can be canceled (the guide).
func deleteImportSession(c *call) answer {
	return c.changeImport(func(d *directory, o *object) answer {
		d.remove(importSessions, o)
		return c.noContent()
	})
}

// uploadImport returns the handler of an upload. An empty one leaves the session CREATED (the guide). The texts of the refusals are
// our guess.
func uploadImport(field, event string) func(*call) answer {
	return func(c *call) answer {
		body := c.body()
		return c.changeImport(func(_ *directory, o *object) answer {
			profiles, listed := body["profiles"].([]any)
			uploads, _ := o.fields["uploads"].([]any)
			switch {
			case body["entityType"] != "USERS":
				return c.invalid("entityType", "entityType: must be USERS")
			case body["profiles"] != nil && !listed:
				return c.invalid("profiles", "profiles: must be a list")
			case c.r.ContentLength > largestBulk:
				return c.invalid("profiles", "at most 200 KB in a request")
			case len(profiles) > mostUploaded:
				return c.invalid("profiles", "profiles: at most 200 entities in a request")
			case len(uploads) >= mostUploads:
				return c.invalid("profiles", "at most 50 requests in a session")
			}
			for _, profile := range profiles {
				if id := textOf(objectIn(profile)["externalId"]); id == "" || len(id) > 512 {
					return c.invalid("externalId", "externalId: must have 1 to 512 characters")
				}
				if causes := uploadFaults(objectIn(profile)["profile"]); len(causes) > 0 {
					return c.invalid("profile", causes...)
				}
			}
			if len(profiles) > 0 {
				o.fields = maps.Clone(o.fields)
				o.fields[field] = append(slices.Clone(listIn(o.fields[field])), profiles...)
				o.fields["uploads"] = append(slices.Clone(uploads), field)
				o.status, o.lastUpdated = "IN_PROGRESS", c.now
				c.log(event, target{id: o.id, kind: importSessions.word, alternate: "unknown", display: o.id})
			}
			return answer{status: http.StatusAccepted}
		})
	}
}

// uploadedProfile has the attributes of uploaded users with a rule (management API, schema IdentitySourceUserProfileForUpsert). They
// may have others.
var uploadedProfile = schema{
	"email": {kind: stringKind, least: 5, most: 100, pattern: addressForm}, "secondEmail": {kind: stringKind, least: 5, most: 100, pattern: addressForm},
	"firstName": {kind: stringKind, least: 1, most: 50}, "lastName": {kind: stringKind, least: 1, most: 50},
	"homeAddress": {kind: stringKind, most: 4096}, "mobilePhone": {kind: stringKind, most: 100}, "userName": {kind: stringKind, most: 100},
}

// uploadFaults returns the mistakes in the profile of an uploaded user; a deletion has none.
func uploadFaults(v any) (causes []string) {
	profile, is := v.(map[string]any)
	if v != nil && !is {
		return []string{"profile: must be an object"}
	}
	for _, name := range slices.Sorted(maps.Keys(profile)) {
		if p, ruled := uploadedProfile[name]; ruled {
			causes = append(causes, p.faults(name, string(encoded(profile[name])))...)
		}
	}
	return causes
}

// startImport handles POST …/start-import. A session without data cannot be started (the guide). The text of the refusal is our guess.
func startImport(c *call) answer {
	return c.changeImport(func(d *directory, o *object) answer {
		if o.status == "CREATED" {
			return c.invalid("identitySourceSession", "The session has no data")
		}
		source := textOf(o.fields["identitySourceId"])
		imported := func(profile any) *object {
			return d.find(importedUsers, func(u *object) bool {
				return u.fields["identitySourceId"] == source && u.fields["externalId"] == objectIn(profile)["externalId"]
			})
		}
		for _, profile := range listIn(o.fields["upserts"]) {
			u := imported(profile)
			if u == nil {
				u = &object{created: c.now}
			}
			fields := maps.Clone(objectIn(profile))
			fields["identitySourceId"] = source
			if a := c.store(importedUsers, d, u, fields, ""); !a.done() {
				return a
			}
		}
		for _, profile := range listIn(o.fields["deletes"]) {
			if u := imported(profile); u != nil {
				d.remove(importedUsers, u)
			}
		}
		o.fields = map[string]any{"identitySourceId": source, "importType": o.fields["importType"]}
		o.status, o.lastUpdated = "TRIGGERED", c.now
		shown := c.shown(importSessions, o)
		shown["status"] = "TRIGGERED"
		return c.ok(encoded(shown))
	})
}
