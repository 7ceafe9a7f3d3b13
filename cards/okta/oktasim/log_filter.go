package oktasim

import "strings"

// logFilter is the vocabulary of filters of the log. Okta's filter supports every attribute of an event except
// published, which would conflict with since and until, and all operators except brackets (System Log API,
// "Expression filter"). One of its examples writes an attribute as display_message.
var logFilter = vocabulary{
	attributes: []string{
		"eventType", "uuid", "severity", "displayMessage", "legacyEventType", "version",
		"outcome.result", "outcome.reason", "transaction.id", "transaction.type",
		"actor.id", "actor.type", "actor.alternateId", "actor.displayName",
		"target.id", "target.type", "target.alternateId", "target.displayName",
		"client.id", "client.zone", "client.device", "client.ipAddress",
		"client.userAgent.browser", "client.userAgent.os", "client.userAgent.rawUserAgent",
		"client.geographicalContext.city", "client.geographicalContext.country",
		"client.geographicalContext.postalCode", "client.geographicalContext.state",
		"authenticationContext.authenticationProvider", "authenticationContext.credentialProvider",
		"authenticationContext.credentialType", "authenticationContext.externalSessionId", "authenticationContext.interface",
		"authenticationContext.issuer.id", "authenticationContext.issuer.type",
		"securityContext.asNumber", "securityContext.asOrg", "securityContext.domain", "securityContext.isp", "securityContext.isProxy",
		"request.ipChain.ip", "request.ipChain.source", "request.ipChain.version",
	},
	open:      []string{"transaction.detail.", "debugContext.debugData.", "actor.detailEntry.", "target.detailEntry."},
	apart:     []string{"debugContext.debugData.url", "debugContext.debugData.requestUri"},
	operators: []operator{equals, contains, startsWith, present, greater, greaterEqual, less, lessEqual, differs, endsWith},
	snake:     true,
	negation:  true,
}

// value implements subject for an event. Attributes that this org does not know are null.
func (e *event) value(attribute string) (string, bool) {
	var text string
	switch whose, property, _ := strings.Cut(attribute, "."); whose {
	case "actor":
		text = e.actor.property(property)
	case "target":
		var texts []string
		for _, t := range e.targets {
			if text := t.property(property); text != "" {
				texts = append(texts, text)
			}
		}
		text = strings.Join(texts, valuesApart)
	default:
		text = e.own(attribute)
	}
	return text, text != ""
}

// own returns an attribute of the event itself, not of its actor or targets; "" if it is null.
func (e *event) own(attribute string) string {
	switch attribute {
	case "eventType":
		return e.kind
	case "uuid":
		return e.uuid
	case "version":
		return "0"
	case "severity":
		return "INFO"
	case "displayMessage":
		return displayMessages[e.kind]
	case "outcome.result":
		return e.result
	case "outcome.reason":
		return e.reason
	case "transaction.id", "debugContext.debugData.requestId":
		return e.request
	case "transaction.type":
		return "WEB"
	case "transaction.detail.requestApiTokenId":
		return e.token
	case "client.device":
		return "Unknown"
	case "client.ipAddress":
		return e.address
	case "debugContext.debugData.requestUri":
		return e.uri
	case "published":
		return e.published.text()
	}
	return ""
}

func (t target) property(name string) string {
	switch name {
	case "id":
		return t.id
	case "type":
		return t.kind
	case "alternateId":
		return t.alternate
	case "displayName":
		return t.display
	}
	return ""
}

// mentions reports whether the event contains every word, as a whole word, ignoring case. A null contains no words
// (Okta, "Guidance for Okta connector": keywords must match exactly; "No values are returned when using a keyword
// match on an attribute with a null"). A word with hyphens is also found by its parts (System Log API, "Keyword
// filter").
func (e *event) mentions(words []string) bool {
	have := map[string]bool{}
	mention := func(text string) {
		have[fold(text)] = true
		for _, word := range strings.Fields(fold(text)) {
			have[word] = true
			for part := range strings.SplitSeq(word, "-") {
				have[part] = true
			}
		}
	}
	for _, attribute := range append(logFilter.attributes, "published") {
		values, _ := e.value(attribute)
		for value := range strings.SplitSeq(values, valuesApart) {
			mention(value)
		}
	}
	for _, word := range words {
		if !have[word] {
			return false
		}
	}
	return true
}
