package oktasim

// clientTarget returns a client as the actor of an event. The type is Okta's; the alternate id is our guess.
func clientTarget(client *oauthClient) target {
	return target{id: client.id, kind: "PublicClientApp", alternate: client.id, display: textOf(client.app.fields["label"])}
}

// logFor adds an event whose actor is a client. The caller holds the lock for writing.
func (c *call) logFor(client *oauthClient, kind string, targets ...target) {
	c.logAs(clientTarget(client), kind, targets...)
}

// personTargets returns the user of a sign-in as a target of its events; no target for a service.
func (d *directory) personTargets(ordinal uint32) []target {
	if ordinal == nobody {
		return nil
	}
	return []target{userTarget(&d.users[ordinal])}
}

// tokenTarget returns a token as a target of the event that grants or revokes it: with its id, which nobody can use.
func tokenTarget(id, kind, display string) target {
	return target{id: id, kind: kind, alternate: "unknown", display: display}
}
