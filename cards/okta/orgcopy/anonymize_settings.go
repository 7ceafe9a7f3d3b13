package orgcopy

import (
	"regexp"
	"slices"
	"strings"
)

// chosen are the fields of settings, conditions and actions whose values Okta defines.
var chosen = strings.Fields(`
	access accessControl action activationRequirements aggregation alg application_type assertionEncryption attribute attributeName authnContextClassRef
	authenticationMethods authority authProvider authType backchannel_authentication_request_signing_alg backchannel_token_delivery_mode client_type
	connection consent_method constraints deviceBound digestAlgorithm emOptInStatus enrollment event excludeAttributes excludedAuthenticationMethods
	factorMode factorPromptMode filterType grantTypes grant_types hardwareProtection id_token_encrypted_response_alg idpSelectionType issuer_mode
	keyProtection kty level lifecycleStatus managed matchType mdmEnrollment method methods mode operator osType phishingResistant pkce platform postAuth
	preRegistrationInlineHooks primaryFactor progressiveProfilingAction propertyName provider pushStatus reauthenticateIn registered
	request_object_signing_alg require required response_types riskDetectionTypes rotation_type scheme self signOnMode signatureAlgorithm status
	subjectNameIdFormat subject_type supportedMDMFrameworks token_endpoint_auth_method trustLevel type types unit unknownUserAction use
	userLockoutNotificationChannels userPresence userVerification userinfo_encrypted_response_alg whenToPrompt wildcard_redirect`)

// These are texts in settings that name nobody.
var (
	choice    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]*$`)
	duration  = regexp.MustCompile(`^P(?:\d+[YMWD])*(?:T(?:\d+[HMS])+)?$`)
	standard  = regexp.MustCompile(`^urn:(?:oasis:names:tc:|ietf:params:|okta:expression:)[\w.:-]+$`)
	attribute = regexp.MustCompile(`^(?:\$\{)?(?:user|source|appuser)\.(?:profile\.)?\w+\}?$`)
	objectID  = regexp.MustCompile(`^(?:0[0-9a-z][0-9A-Za-z]{1,18}|(?:nzo|guo|aut|rsc|rul|dpl|oty|dae)[0-9A-Za-z]{1,17}|[a-z][a-z0-9]{2}[0-9A-Za-z]{17})$`)
	release   = regexp.MustCompile(`^\d{1,3}(?:\.\d{1,3}){1,2}$`)
)

// words are values that Okta defines, of fields that can also have others: names of attributes, keys of authenticators, statuses of users, scopes of OAuth.
var words = []string{
	"STAGED", "PROVISIONED", "ACTIVE", "RECOVERY", "PASSWORD_EXPIRED", "LOCKED_OUT", "SUSPENDED", "DEPROVISIONED", "INACTIVE",
	"openid", "profile", "address", "phone", "offline_access", "device_sso", "http://www.okta.com/${org.externalKey}",
	"login", "email", "firstName", "lastName", "displayName", "secondEmail", "mobilePhone", "identifier", "okta_email", "okta_password",
	"okta_verify", "okta_sms",
	"okta_call", "okta_question", "okta_otp", "okta_push", "phone_number", "security_question", "security_key", "google_otp", "webauthn",
	"external_idp", "smart_card_idp",
	"duo", "rsa_token", "yubikey_token", "symantec_vip", "fido_webauthn", "fido_u2f", "hotp", "custom_otp", "custom_app", "onprem_mfa", "tac",
}

// settings returns settings and the like, such as conditions: only what Okta defines and ids of other objects than users stay. All other texts are replaced.
func (a *anonymizer) settings(v any) any {
	if a == nil {
		return v
	}
	out := mapped(v, "", func(field, text string) string {
		switch {
		case slices.Contains(words, text), attribute.MatchString(text), slices.Contains(chosen, field) && choice.MatchString(text):
			return text
		case slices.Contains(idFields, field) && !userID.MatchString(text) && objectID.MatchString(text) && strings.ContainsAny(text[1:], "0123456789"):
			return text
		case (field == "version" || field == "value") && release.MatchString(text):
			return text
		case field == "filterValue": // which is compared with names of groups
			return a.name(text, 255)
		case (field == "condition" || field == "expression") && operand.MatchString(text):
			if out, decides := a.decides(text); decides {
				return out
			}
			return a.expression(text)
		}
		return a.free(field, text)
	})
	keepKeys(v, out)
	a.compared(v, out)
	return out
}

// compared replaces the texts with which a routing rule compares an attribute as the values of the attribute.
func (a *anonymizer) compared(from, to any) {
	switch from := from.(type) {
	case record:
		to := to.(record)
		patterns, by := listIn(from, "patterns"), listIn(to, "patterns")
		for i, pattern := range patterns {
			name := textIn(from, "attribute")
			if text, is := valueIn(pattern); is && name != "" && (a.isKept("user", name) || pattern.(record)["matchType"] == "EQUALS") {
				if value, ok := a.valueOf("user", name, text); ok {
					by[i].(record)["value"] = value
				}
			}
		}
		for name, v := range from {
			a.compared(v, to[name])
		}
	case []any:
		for i, v := range from {
			a.compared(v, to.([]any)[i])
		}
	}
}

// valueIn returns the field value of an object as a string, and whether it is one.
func valueIn(v any) (string, bool) {
	object, _ := v.(record)
	text, is := object["value"].(string)
	return text, is
}

// keepKeys puts public JSON Web Keys back, without which an application cannot be: all but the names that people gave them.
func keepKeys(from, to any) {
	switch from := from.(type) {
	case record:
		to := to.(record)
		if _, is := from["kty"].(string); is {
			for name, v := range take(from, "n", "e", "x", "y", "crv") {
				to[name] = v
			}
		}
		for name, v := range from {
			keepKeys(v, to[name])
		}
	case []any:
		for i, v := range from {
			keepKeys(v, to.([]any)[i])
		}
	}
}

// idFields are the fields with ids of objects.
var idFields = []string{
	"id", "include", "exclude", "groupIds", "inlineHookId", "uiSchemaId", "targetGroupIds", "policyId", "behaviors", "idpIds", "appInstanceIds", "aaguidGroups",
}

// free returns what replaces a text of a field whose values people choose.
func (a *anonymizer) free(_, text string) string {
	switch {
	case standard.MatchString(text), duration.MatchString(text):
		return text
	case strings.HasPrefix(text, "urn:"):
		return "urn:" + a.word(text)
	case a.isDomain(text):
		return a.domain(text)
	case strings.Contains(text, ":/"):
		return a.url(text)
	}
	return a.text(text)
}

// appSettings returns the settings of an application: what the application itself and people define is replaced, too, where Okta has names.
func (a *anonymizer) appSettings(v record) any {
	if a == nil {
		return v
	}
	out := record{}
	for name, field := range v {
		if name == "app" || name == "notes" {
			out[name] = a.keys(mapped(field, "", a.free))
		} else {
			out[name] = a.settings(record{name: field}).(record)[name]
		}
	}
	return out
}

// identifier matches names of fields that programs choose.
var identifier = regexp.MustCompile(`^[A-Za-z_$][\w.:#-]*$`)

// keys returns a value in which the names of fields that are texts of people are replaced, too.
func (a *anonymizer) keys(v any) any {
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			v[i] = a.keys(item)
		}
	case record:
		out := record{}
		for name, value := range v {
			if !identifier.MatchString(name) {
				name = a.text(name)
			}
			out[name] = a.keys(value)
		}
		return out
	}
	return v
}
