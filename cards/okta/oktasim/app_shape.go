package oktasim

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// appNames are the names of applications by their sign-on mode. For the other modes Okta generates a name, which is "" here.
var appNames = map[string]string{
	"AUTO_LOGIN": "", "BASIC_AUTH": "template_basic_auth", "BOOKMARK": "bookmark", "BROWSER_PLUGIN": "template_swa", "OPENID_CONNECT": "oidc_client",
	"SAML_1_1": "", "SAML_2_0": "", "SECURE_PASSWORD_STORE": "template_sps", "WS_FEDERATION": "template_wsfed",
}

// checkApp checks label, sign-on mode and name, and sets defaults. The name and the sign-on mode of an application cannot be
// changed, which is our guess.
func checkApp(_ *directory, o *object, fields map[string]any) string {
	mode, label := textOf(fields["signOnMode"]), textOf(fields["label"])
	name, known := appNames[mode]
	switch {
	case label == "":
		return "label: The field cannot be left blank"
	case utf8.RuneCountInString(label) > 100:
		return "label: The field is too long"
	case !known:
		return "signOnMode: must be one of " + strings.Join(slices.Sorted(maps.Keys(appNames)), ", ")
	case o.id != "" && o.fields["signOnMode"] != mode:
		return "signOnMode: The sign-on mode of an application cannot be changed"
	case o.id != "" && fields["name"] != nil && fields["name"] != o.fields["name"]:
		return "name: The name of an application cannot be changed"
	}
	if why := wrongName(mode, textOf(fields["name"])); why != "" && o.id == "" {
		return why
	}
	if why := notBoolean(fields, "visibility.autoLaunch", "visibility.autoSubmitToolbar", "visibility.hide.iOS", "visibility.hide.web"); why != "" {
		return why
	}
	if name == "" {
		name = generatedName(label)
	}
	if stored := textOf(o.fields["name"]); stored != "" {
		name = stored
		maps.Copy(fields, withDefaults(fields, map[string]any{"features": o.fields["features"]}))
	}
	maps.Copy(fields, withDefaults(fields, map[string]any{"name": name}))
	maps.Copy(fields, withDefaults(fields, appDefaults(mode, fields)))
	if signOn := objectIn(objectIn(fields["settings"])["signOn"]); isSAML(mode) {
		signOn["acsEndpoints"] = numbered(signOn["acsEndpoints"])
	}
	if why := checkKeys(fields); why != "" {
		return why
	}
	if kid := objectIn(objectIn(fields["credentials"])["signing"])["kid"]; kid != nil && kid != keyID() {
		return "credentials.signing.kid: the application has no such key"
	}
	return ""
}

// wrongName returns why an application of a sign-on mode cannot have a name; "" if it can. A name that is the only one of another mode is
// refused, which is our guess.
func wrongName(mode, name string) string {
	for other, of := range appNames {
		if of != "" && of == name && other != mode {
			return "name: an application with the name " + name + " has the sign-on mode " + other
		}
	}
	return ""
}

// notBoolean returns why one of the fields at the paths is refused: it is neither a boolean nor missing. The text is our guess.
func notBoolean(fields map[string]any, paths ...string) string {
	for _, path := range paths {
		var value any = fields
		for name := range strings.SplitSeq(path, ".") {
			value = objectIn(value)[name]
		}
		if _, is := value.(bool); !is && value != nil {
			return path + ": must be a boolean"
		}
	}
	return ""
}

// generatedName returns the name of an application that Okta names: the org, the letters and digits of the label, and a number.
func generatedName(label string) string {
	return "acme_" + strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, fold(label)) + "_1"
}

// appDefaults returns what Okta adds to an application that leaves it out. Sources: answers that Okta gave to
// terraform-provider-okta (test/fixtures/vcr, TestAccAppBookmarkApplication_crud, TestAccAppSaml_crud and
// TestAccAppUserSchemas_crud, oie), and for OAuth clients schema ApplicationCredentialsOAuthClient.
func appDefaults(mode string, fields map[string]any) map[string]any {
	settings := map[string]any{
		"app":           map[string]any{},
		"notes":         map[string]any{"admin": nil, "enduser": nil},
		"notifications": map[string]any{"vpn": map[string]any{"network": map[string]any{"connection": "DISABLED"}, "message": nil, "helpUrl": nil}},
	}
	credentials := map[string]any{
		"userNameTemplate": map[string]any{"template": "${source.login}", "type": "BUILT_IN"}, "signing": map[string]any{},
	}
	if mode == "OPENID_CONNECT" || isSAML(mode) {
		credentials["signing"] = map[string]any{"kid": keyID()}
	}
	link := textOf(fields["name"]) + "_link"
	switch mode {
	case "BOOKMARK":
		link = "login"
		settings["implicitAssignment"] = false
	case "OPENID_CONNECT":
		kind := objectIn(objectIn(fields["settings"])["oauthClient"])["application_type"]
		credentials["oauthClient"] = map[string]any{
			"token_endpoint_auth_method": "client_secret_basic", "autoKeyRotation": true, "pkce_required": kind == "native" || kind == "browser",
		}
	case "SAML_2_0", "SAML_1_1":
		settings["signOn"] = map[string]any{
			"idpIssuer": "http://www.okta.com/${org.externalKey}", "requestCompressed": false, "attributeStatements": []any{}, "inlineHooks": []any{},
			"allowMultipleAcsEndpoints": false, "acsEndpoints": []any{}, "slo": map[string]any{"enabled": false},
		}
	}
	return map[string]any{
		"features": []any{}, "settings": settings, "credentials": credentials,
		"accessibility": map[string]any{"selfService": false, "errorRedirectUrl": nil, "loginRedirectUrl": nil},
		"visibility": map[string]any{
			"autoLaunch": false, "autoSubmitToolbar": false, "hide": map[string]any{"iOS": false, "web": false}, "appLinks": map[string]any{link: true},
		},
	}
}

// withDefaults returns a copy of an object with the defaults of what it leaves out or has as null, at every depth. The links of
// appLinks are either all the client's or the default.
func withDefaults(fields, defaults map[string]any) map[string]any {
	filled := maps.Clone(fields)
	for name, value := range defaults {
		inner, is := value.(map[string]any)
		have, nested := fields[name].(map[string]any)
		switch {
		case is && nested && name != "appLinks":
			filled[name] = withDefaults(have, inner)
		case fields[name] == nil:
			filled[name] = value
		}
	}
	return filled
}

// numbered returns the endpoints of a SAML application, those without an index with the index of their place (TestAccAppSaml_crud,
// see appDefaults).
func numbered(endpoints any) []any {
	list, _ := endpoints.([]any)
	filled := make([]any, len(list))
	for i, endpoint := range list {
		filled[i] = withDefaults(objectIn(endpoint), map[string]any{"index": i})
	}
	return filled
}

// viewApp adds links, and the client id of an OAuth client, which is the id of the application unless the client
// that created it set another one. The links are those of the answers that appDefaults has, and self, without
// those to profile enrollment and secrets, which this org does not have, and appLinks, which the description does not have.
func viewApp(c *call, d *directory, o *object, shown map[string]any) {
	if isOAuthClient(o) {
		client := map[string]any{"oauthClient": map[string]any{"client_id": clientID(o)}}
		shown["credentials"] = withDefaults(objectIn(shown["credentials"]), client)
	}
	self := c.base + "/api/v1/apps/" + o.id
	turn := "deactivate"
	if o.status == "INACTIVE" {
		turn = "activate"
	}
	links := map[string]any{
		"self": link(self, "GET", "PUT", "DELETE"), "users": link(self+"/users", "GET"), "groups": link(self+"/groups", "GET"),
		turn:   link(self+"/lifecycle/"+turn, "POST"),
		"logo": []any{map[string]any{"name": "medium", "href": c.base + "/assets/img/logos/default.png", "type": "image/png"}},
	}
	if isSAML(o.fields["signOnMode"]) {
		links["metadata"] = map[string]any{"href": self + "/sso/saml/metadata", "type": "application/xml"}
	}
	if id := d.accessPolicy(o); id != "" {
		links["accessPolicy"] = map[string]any{"href": c.base + "/api/v1/policies/" + id}
	}
	shown["_links"] = links
}

func isOAuthClient(o *object) bool { return o.fields["signOnMode"] == "OPENID_CONNECT" }

func isSAML(mode any) bool { return mode == "SAML_2_0" || mode == "SAML_1_1" }

// clientID returns the client id of an OAuth client.
func clientID(o *object) string {
	if id := textOf(objectIn(objectIn(o.fields["credentials"])["oauthClient"])["client_id"]); id != "" {
		return id
	}
	return o.id
}
