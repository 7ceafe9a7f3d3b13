package engine

import (
	"slices"
	"strings"
)

// Request returns the root `trigger` for a request to a webhook. Names of headers may be in any case, and those of headers that have a secret are left
// out.
func (t Trigger) Request(body map[string]Value, query, headers map[string]string) map[string]Value {
	parameters, passed := map[string]Value{}, map[string]Value{}
	for name, value := range query {
		parameters[name] = value
	}
	for name, value := range headers {
		if name = strings.ToLower(name); isPassedOn(name) {
			passed[name] = value
		}
	}
	return map[string]Value{"kind": string(t.Kind), "webhook": t.Name, "body": body, "query": parameters, "headers": passed}
}

// isPassedOn reports whether a flow may read a header: not one whose name tells that it has a secret.
func isPassedOn(name string) bool {
	secret := []string{"auth", "cookie", "token", "secret", "signature", "password", "passwd", "key", "credential", "session", "jwt", "cert", "sid"}
	return name == "idempotency-key" || !slices.ContainsFunc(secret, func(part string) bool { return strings.Contains(name, part) })
}
