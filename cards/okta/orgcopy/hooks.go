package orgcopy

import (
	"context"
	"net/url"
	"strings"
)

// hooks reads the event hooks, without what authenticates Okta there: the values of headers, and the parts of the URL that may.
func (r *reader) hooks(ctx context.Context) error {
	return r.lists(ctx, Hooks, false, []list{{path: "/eventHooks", into: r.spools["hooks"], shape: r.hook}})
}

func (r *reader) hook(h record) (any, error) {
	id, err := identified(h)
	out := take(h, "status", "verificationStatus")
	out["id"], out["name"] = id, r.hide.name(textIn(h, "name"), 255)
	putTimes(out, h)
	put(out, "description", r.hide.text(textIn(h, "description")))
	if by := textIn(h, "createdBy"); by != "" {
		out["createdBy"] = r.hide.id(by)
	}
	events := take(objectIn(h, "events"), "type", "items")
	if filter := objectIn(h, "events")["filter"]; filter != nil {
		events["filter"] = r.hide.settings(filter)
		if r.hide != nil && !r.hide.decidesAlike(filter, events["filter"]) {
			deactivate(out)
		}
	}
	out["events"] = events
	channel := objectIn(h, "channel")
	given := objectIn(channel, "config")
	uri := withoutSecretParts(textIn(given, "uri"))
	if uri != textIn(given, "uri") {
		out[lackingField] = []string{"parts of channel.config.uri"}
	}
	config := record{"uri": r.hide.url(uri)}
	var headers []any
	for _, header := range listIn(given, "headers") {
		if pair, ok := header.(record); ok {
			headers = append(headers, record{"key": r.hide.header(pair), "value": ""})
		}
	}
	put(config, "headers", headers)
	if scheme := take(objectIn(given, "authScheme"), "type", "key"); len(scheme) > 0 {
		scheme["key"], scheme["value"] = r.hide.header(scheme), ""
		config["authScheme"] = scheme
	}
	kept := take(channel, "type", "version")
	kept["config"] = config
	out["channel"] = kept
	return out, err
}

// header returns the name of a header, the key of a pair, or what replaces one that people chose.
func (a *anonymizer) header(pair record) string {
	name := textIn(pair, "key")
	if strings.EqualFold(name, "authorization") {
		return name
	}
	return a.text(name)
}

// longestWord is the length, in characters, of the longest part of a path that is not taken for a secret.
const longestWord = 19

// withoutSecretParts returns a URL without its user, its query, its fragment, and long parts of its path: in the URLs of hooks of many services, such parts are
// all that authenticates the caller.
func withoutSecretParts(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment = nil, "", false, ""
	parts := strings.Split(u.Path, "/")
	for i, part := range parts {
		if len(part) > longestWord || strings.ContainsAny(part, ";=") {
			parts[i] = "removed"
		}
	}
	u.Path, u.RawPath = strings.Join(parts, "/"), ""
	return u.String()
}
