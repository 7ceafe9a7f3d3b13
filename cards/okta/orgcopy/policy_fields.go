package orgcopy

import (
	"slices"
	"strings"
)

// policyFields are the fields of the settings, conditions and actions of policies that are copied, at any depth.
//
// Source: Okta, Policies API, schemas Policy and PolicyRule and all that they refer to
var policyFields = strings.Fields(`
	aaguidGroups access accessControl accessTokenLifetimeMinutes action actions activationRequirements age allowedAuthenticators app appInstanceIds apps
	appSelectionMode appSignOn assurance attribute attributeName authContext authenticationMethods authenticator authenticators authProvider authType
	autoUnlockMinutes beforeScheduledAction behaviors blockNonSafeAndroid breachedProtection chains clients common complexity condition conditions
	connection consent constraints context continuousAccess custom_app custom_otp delegation description device deviceBound dictionary duo duration
	ELCondition elCondition emailVerification enroll enrollment enrollmentPolicy entityRisk EntityRisk exclude excludeAttributes
	excludedAuthenticationMethods excludeUsername expireAfterDays expireWarnDays expiry expression external_idp factorLifetime factorMode
	factorPromptMode factors failureActions fido_u2f fido_webauthn google_otp gracePeriod grantTypes groups hardwareProtection historyCount hotp id
	identityProvider idp idpIds idpSelectionType inactivity inactivityPeriod include inlineHook inlineHookId keepMeSignedIn key knowledge label level
	lifecycleAction lifecycleExpiration lifecycleStatus lockout logoutEnabled managed matchCriteria matchingValue matchType maxAgeDays maxAttempts
	maxSessionIdleMinutes maxSessionLifetimeMinutes mdmEnrollment method methodConstraints methods migrated minAgeMinutes minLength minLowerCase
	minNumber minSymbol minUpperCase name network next number okta_call okta_email okta_otp okta_password okta_push okta_question okta_sms okta_verify
	onprem_mfa options os osType password passwordChange passwordExpiration patterns people phishingResistant phone_number platform possession postAuth
	postAuthPromptFrequency preRegistrationInlineHooks primary primaryFactor priority profileAttributes profileEnrollment progressiveProfilingAction
	properties propertyName provider providerExpression providers reauthenticateIn recovery recovery_question recoveryToken refreshTokenLifetimeMinutes
	refreshTokenWindowMinutes registered rememberDeviceByDefault required requireFactor requirement risk riskDetectionTypes riskLevel riskScore rooted
	rsa_token scopes security_question self selfServicePasswordReset selfServiceUnlock session sessionIdle sessionLifetime settings showLockoutFailures
	signon skipCount skipUnlock slo smart_card_idp status stepUp supportedMDMFrameworks symantec_vip tac targetGroupIds terms token tokenLifetimeMinutes
	trustLevel type types uiSchemaId unit unknownUserAction usePersistentCookie user userIdentifier userLifecycleAttribute
	userLockoutNotificationChannels userPresence users userStatus userType userVerification userVerificationMethods value verificationMethod version
	webauthn workflow yubikey_token`)

// knownOfPolicy returns a part of a policy with only those of its fields that are copied, and appends the names of the others to left.
func knownOfPolicy(v any, place string, left *[]string) any {
	switch v := v.(type) {
	case record:
		kept := record{}
		for _, name := range sortedKeys(v) {
			at := place + "." + name
			if slices.Contains(policyFields, name) && !mayBeSecret(name, v[name]) {
				kept[name] = knownOfPolicy(v[name], at, left)
			} else if !empty(v[name]) {
				*left = append(*left, at)
			}
		}
		return kept
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = knownOfPolicy(item, place, left)
		}
		return list
	case string:
		clean := withoutQueries(v)
		if clean != v {
			*left = append(*left, "parts of "+place)
		}
		return clean
	}
	return v
}
