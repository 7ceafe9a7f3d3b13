package orgcopy

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A shape says which fields of an object are copied: those that Okta documents and that hold no secret. All others are left out, since what an
// application calls its secrets is not known.
type shape map[string]any // a shape for an object or a list of objects, or one of the following

const (
	plainField  = "plain"    // a switch, a number, or a text, or a list of them
	asItIsField = "as it is" // the same, but queries of URLs in texts stay
	linkField   = "link"     // a URL, or a list of them
	logicField  = "logic"    // a list of expressions; other texts are left out
)

func shapeWith(nested shape, link string, plain string) shape {
	s := maps.Clone(nested)
	if s == nil {
		s = shape{}
	}
	for _, name := range strings.Fields(link) {
		s[name] = linkField
	}
	for _, name := range strings.Fields(plain) {
		s[name] = plainField
	}
	return s
}

// network is where users are who see a notification.
var network = shapeWith(nil, "", "connection include exclude")

// appSettings are the settings of applications that are copied.
//
// Source: Okta, Applications API, schemas ApplicationSettings, SamlApplicationSettingsSignOn, WsFederationApplicationSettingsApplication,
// OpenIdConnectApplicationSettingsClient, and the settings of bookmarks and of applications that fill in forms.
var appSettings = shapeWith(shape{
	"notes":         shapeWith(nil, "", "admin enduser"),
	"notifications": shape{"vpn": shapeWith(shape{"network": network}, "helpUrl", "message")},
	"app": shapeWith(nil, "url loginUrl redirectUrl targetUrl targetURL siteURL baseUrl realm audienceRestriction",
		"requestIntegration buttonField buttonSelector passwordField passwordSelector usernameField userNameSelector usernameSelector extraFieldSelector checkbox domain subDomain "+
			"attributeName authnContextClassRef groupFilter groupName groupValueFormat nameIDFormat usernameAttribute"),
	"signOn": shapeWith(shape{
		"acsEndpoints":        shapeWith(nil, "url", "index"),
		"slo":                 shapeWith(nil, "logoutUrl issuer", "enabled"),
		"attributeStatements": shapeWith(shape{"values": logicField}, "", "type name namespace filterType filterValue"),
	}, "defaultRelayState ssoAcsUrl ssoAcsUrlOverride idpIssuer audience audienceOverride recipient recipientOverride destination destinationOverride "+
		"loginUrl redirectUrl spIssuer",
		"subjectNameIdTemplate subjectNameIdFormat responseSigned assertionSigned signatureAlgorithm digestAlgorithm honorForceAuthn authnContextClassRef "+
			"requestCompressed allowMultipleAcsEndpoints samlSignedRequestEnabled samlAssertionLifetimeSeconds"),
	"oauthClient": shapeWith(shape{
		"idp_initiated_login": shapeWith(nil, "", "mode default_scope"),
		"refresh_token":       shapeWith(nil, "", "rotation_type leeway"),
		"jwks":                shape{"keys": shapeWith(nil, "", strings.Join(keyMembers, " "))},
		"network":             network,
	}, "client_uri logo_uri tos_uri policy_uri redirect_uris post_logout_redirect_uris initiate_login_uri jwks_uri frontchannel_logout_uri sector_identifier_uri",
		"application_type grant_types subject_type response_types consent_method issuer_mode wildcard_redirect dpop_bound_access_tokens participate_slo "+
			"frontchannel_logout_session_required request_object_signing_alg id_token_encrypted_response_alg userinfo_encrypted_response_alg "+
			"backchannel_authentication_request_signing_alg backchannel_token_delivery_mode client_type"),
}, "", "implicitAssignment inlineHookId emOptInStatus identityStoreId manualProvisioning")

// accessibility is how an application is reached.
var accessibility = shapeWith(nil, "errorRedirectUrl loginRedirectUrl", "selfService")

// keyMembers are the members of a JSON Web Key that are public.
var keyMembers = []string{"kty", "use", "alg", "kid", "status", "e", "n", "crv", "x", "y", "x5c", "x5t", "x5t#S256", "id", "created", "lastUpdated"}

// copied returns the fields of an object that a shape has, and appends the names of those that are left out, whole or in part, to out.
func (s shape) copied(fields record, place string, out *[]string) record {
	kept := record{}
	for _, name := range sortedKeys(fields) {
		v, at := fields[name], place+"."+name
		if v == nil {
			continue
		}
		is, known := s[name]
		if inner, object := is.(shape); object {
			is = inner.copiedAll(v, at, out)
		} else if known {
			is = scalars(v, is.(string), at, out)
		}
		if is != nil {
			kept[name] = is
		} else if !empty(v) {
			*out = append(*out, at)
		}
	}
	return kept
}

// copiedAll is copied for an object or a list of them; nil for anything else.
func (s shape) copiedAll(v any, place string, out *[]string) any {
	switch v := v.(type) {
	case record:
		return s.copied(v, place, out)
	case []any:
		list := []any{}
		for _, item := range v {
			if object, ok := item.(record); ok {
				list = append(list, s.copied(object, place, out))
			} else {
				*out = append(*out, place)
			}
		}
		return list
	}
	return nil
}

// scalars returns a field that is copied, or a list: nil for an object.
func scalars(v any, kind, place string, out *[]string) any {
	switch v := v.(type) {
	case record:
		return nil
	case []any:
		list := []any{}
		for _, item := range v {
			if one := scalars(item, kind, place, out); one != nil {
				list = append(list, one)
			} else {
				*out = append(*out, place)
			}
		}
		return list
	case string:
		clean := withoutQueries(v)
		switch {
		case kind == linkField:
			clean = withoutQuery(v)
		case kind == asItIsField:
			return v
		case kind == logicField && !operand.MatchString(v):
			return nil
		}
		switch {
		case clean == "" && v != "":
			return nil
		case clean != v:
			*out = append(*out, "parts of "+place)
		}
		return clean
	}
	return v
}

func empty(v any) bool {
	r := record{}
	put(r, "", v)
	return len(r) == 0 || v == false
}

// These are the parts of URLs that may be all that gives access, also if they are encoded or the URL is not quite one.
var (
	query    = regexp.MustCompile(`(?i)(?:[?#&]|%3f|%23|%26|;[^/;=]*=).*`)
	userInfo = regexp.MustCompile(`^((?:[A-Za-z][A-Za-z0-9+.-]*:)?/+)[^/]*@`)
)

// withoutQuery returns a URL without its user, query and fragment; "" if it cannot be read.
func withoutQuery(text string) string {
	text = userInfo.ReplaceAllString(query.ReplaceAllString(text, ""), "$1")
	if before, _, _ := strings.Cut(text, "/"); strings.Contains(before, "@") {
		return ""
	}
	if _, err := url.Parse(expressionPart.ReplaceAllString(text, "")); err != nil {
		return ""
	}
	return text
}

// expressionPart matches the parts of a URL for which Okta puts values.
var expressionPart = regexp.MustCompile(`\$\{[\w.]*\}`)

var urls = regexp.MustCompile(`[^\s"'<>()]*(?://|:/)[^\s"'<>()]+`)

// withoutQueries returns a text with withoutQuery of each URL in it.
func withoutQueries(text string) string { return urls.ReplaceAllStringFunc(text, withoutQuery) }

// shortSecrets are words of names of fields that have a secret; secretWords are parts of such names.
var (
	shortSecrets = []string{"pass", "pw", "pwd", "otp", "pin", "psk", "salt", "jwt", "sig"}
	secretWords  = []string{
		"secret", "password", "passwd", "passphrase", "token", "apikey", "privatekey", "accesskey", "signingkey", "encryptionkey", "licensekey", "subscriptionkey",
		"integrationkey", "credential", "authorization", "passcode", "signature", "sharedkey", "bearer", "basicauth", "authheader", "hmac", "cookie",
		"connectionstring", "serviceaccount",
	}
)

var capital = regexp.MustCompile(`[A-Z]?[a-z]+|[A-Z]+`)

// mayBeSecret reports whether a field with a text, or a list with one, has a name that sounds as if it had a secret. Objects such as the settings of a
// password, switches and numbers are not secrets.
func mayBeSecret(name string, v any) bool {
	switch v := v.(type) {
	case string:
	case []any:
		if !slices.ContainsFunc(v, func(item any) bool { return mayBeSecret(name, item) }) {
			return false
		}
	default:
		return false
	}
	plain := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
	if slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(plain, word) }) {
		return true
	}
	return slices.ContainsFunc(capital.FindAllString(name, -1), func(word string) bool { return slices.Contains(shortSecrets, strings.ToLower(word)) })
}
