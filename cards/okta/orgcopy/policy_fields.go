package orgcopy

import (
	"slices"
	"strings"
)

// policyFields are the fields of the settings, conditions and actions of policies that are copied, at any depth.
//
// Source: Okta, Policies API, schemas Policy and PolicyRule and all that they refer to
var policyFields = strings.Fields(`
	ELCondition EntityRisk aaguidGroups access accessControl accessTokenLifetimeMinutes action actions activationRequirements age allowedAuthenticators app
	appInstanceIds appSelectionMode appSignOn apps assurance attribute attributeName authContext authProvider authType authenticationMethods authenticator
	authenticators autoUnlockMinutes beforeScheduledAction behaviors blockNonSafeAndroid chains clients common complexity condition conditions connection
	constraints context continuousAccess delegation description device deviceBound dictionary duration elCondition emailVerification enroll enrollment
	entityRisk exclude excludeAttributes excludeUsername excludedAuthenticationMethods expireWarnDays expression factorLifetime factorMode
	factorPromptMode factors failureActions grantTypes groups hardwareProtection historyCount id identityProvider idp idpIds idpSelectionType inactivity
	include inlineHook inlineHookId keepMeSignedIn key knowledge label level lifecycleAction lifecycleExpiration lifecycleStatus lockout managed
	matchCriteria matchType matchingValue maxAgeDays maxAttempts maxSessionIdleMinutes maxSessionLifetimeMinutes mdmEnrollment method methodConstraints
	methods migrated minAgeMinutes minLength minLowerCase minNumber minSymbol minUpperCase name network next number okta_call okta_email okta_question
	okta_sms okta_otp okta_push okta_verify options os osType password passwordChange passwordExpiration patterns people phishingResistant platform
	possession postAuth postAuthPromptFrequency preRegistrationInlineHooks primary primaryFactor priority profileAttributes profileEnrollment
	progressiveProfilingAction properties propertyName provider providerExpression providers reauthenticateIn recovery recoveryToken recovery_question
	refreshTokenLifetimeMinutes refreshTokenWindowMinutes registered rememberDeviceByDefault requireFactor required requirement risk riskDetectionTypes
	riskScore rooted scopes self selfServicePasswordReset selfServiceUnlock session sessionIdle sessionLifetime settings showLockoutFailures signon
	skipUnlock slo status stepUp supportedMDMFrameworks targetGroupIds token tokenLifetimeMinutes trustLevel type types uiSchemaId unit
	unknownUserAction usePersistentCookie user userIdentifier userLifecycleAttribute userLockoutNotificationChannels userPresence userStatus userType
	userVerification userVerificationMethods users value verificationMethod version workflow`)

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
