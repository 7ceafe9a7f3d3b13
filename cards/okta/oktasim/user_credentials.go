package oktasim

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A passwordHash is a password in the hashed form of another directory (management API, schema
// PasswordCredentialHash).
type passwordHash struct {
	Algorithm       string `json:"algorithm"`
	Value           string `json:"value"`
	Salt            string `json:"salt"`
	SaltOrder       string `json:"saltOrder"`
	WorkFactor      int    `json:"workFactor"`
	DigestAlgorithm string `json:"digestAlgorithm"`
	IterationCount  int    `json:"iterationCount"`
	KeySize         int    `json:"keySize"`
}

// faults returns the mistakes of a hash. The rules are those of the schema, the texts are not documented. They quote
// no value.
func (h passwordHash) faults() (causes []string) {
	require := func(ok bool, cause string) {
		if !ok {
			causes = append(causes, "password.hash."+cause)
		}
	}
	require(h.Value != "", "value: The field cannot be left blank")
	switch h.Algorithm {
	case "BCRYPT":
		require(h.WorkFactor >= 1 && h.WorkFactor <= 20, "workFactor: must be from 1 to 20")
		require(len(h.Salt) == 22, "salt: must have 22 characters")
	case "PBKDF2":
		require(slices.Contains([]string{"SHA256_HMAC", "SHA512_HMAC"}, h.DigestAlgorithm), "digestAlgorithm: must be SHA256_HMAC or SHA512_HMAC")
		require(h.IterationCount >= 4096, "iterationCount: must be at least 4096")
		require(h.KeySize > 0, "keySize: is required")
		require(h.Salt != "", "salt: is required")
	case "SHA-512", "SHA-256", "SHA-1", "MD5":
		require(h.Salt == "" || slices.Contains([]string{"PREFIX", "POSTFIX"}, h.SaltOrder), "saltOrder: must be PREFIX or POSTFIX")
	default:
		require(false, "algorithm: must be BCRYPT, SHA-512, SHA-256, SHA-1, MD5 or PBKDF2")
	}
	return causes
}

// A passwordHook is a password that a hook checks at the first sign-in (management API, schema PasswordCredentialHook:
// "Currently, must be set to default").
type passwordHook struct {
	Type string `json:"type"`
}

func (h passwordHook) faults() []string {
	if h.Type != "default" {
		return []string{"password.hook.type: must be default"}
	}
	return nil
}

// providerTypes are the types of providers (management API, schema AuthenticationProviderType).
var providerTypes = []string{"OKTA", "ACTIVE_DIRECTORY", "LDAP", "FEDERATION", "SOCIAL", "IMPORT"}

// signsInElsewhere reports whether a provider "doesn't support a password or recovery question credential and must
// authenticate through a trusted Identity Provider" (schema AuthenticationProviderType).
func signsInElsewhere(providerType string) bool {
	return providerType == "FEDERATION" || providerType == "SOCIAL"
}

// credentialFaults returns the mistakes in the credentials of a body, and the property that they belong to. login and
// a are those of the user after the write. Only the texts of passwords are documented.
func (b userBody) credentialFaults(login string, a account) (what string, causes []string) {
	if what, causes = b.providerFaults(a); len(causes) > 0 {
		return what, causes
	}
	if causes = b.questionFaults(); len(causes) > 0 {
		return "recovery_question", causes
	}
	p := b.Credentials.Password
	switch {
	case p == nil:
		return "", nil
	case p.Value != "" && (p.Hash != nil || p.Hook != nil) || p.Hash != nil && p.Hook != nil:
		return "password", []string{"password: has only one of value, hash and hook"}
	case p.Hash != nil:
		return "password", p.Hash.faults()
	case p.Hook != nil:
		return "password", p.Hook.faults()
	case p.Value == "":
		return "", nil
	}
	causes = weaknesses(p.Value, login)
	for i := range causes {
		causes[i] = "password: " + causes[i]
	}
	return "password", causes
}

// providerFaults returns the mistakes of the provider. "The provider object is read-only" (schema AuthenticationProvider):
// a new user can have one, but an update cannot change it. That Okta refuses the change is our guess.
func (b userBody) providerFaults(a account) (what string, causes []string) {
	p := b.Credentials.Provider
	if p.Type != "" && !slices.Contains(providerTypes, p.Type) {
		return "provider", []string{"provider.type: must be one of " + strings.Join(providerTypes, ", ")}
	}
	kind, name := a.provider()
	if p.Type != "" && p.Type != kind || p.Name != "" && p.Type != "" && p.Type != "OKTA" && p.Name != name {
		return "provider", []string{"provider: is read-only"}
	}
	if signsInElsewhere(a.providerType) && (b.setsPassword() || b.Credentials.Question != nil) {
		return "credentials", []string{"credentials: a user of the provider " + a.providerType + " has no password and no recovery question"}
	}
	return "", nil
}

// questionFaults returns the mistakes of the recovery question: both texts have 1 to 100 characters (management API,
// schema RecoveryQuestionCredential). They quote no value.
func (b userBody) questionFaults() (causes []string) {
	q := b.Credentials.Question
	if q == nil {
		return nil
	}
	for _, part := range []struct{ name, text string }{{"question", q.Question}, {"answer", q.Answer}} {
		if n := utf8.RuneCountInString(part.text); n < 1 || n > 100 {
			causes = append(causes, "recovery_question."+part.name+": must have 1 to 100 characters")
		}
	}
	return causes
}

// weaknesses returns the mistakes of a password by the default policy (management API 2026.06, schema
// PasswordPolicyPasswordSettingsComplexity: minLength 8, one lowercase letter, uppercase letter, number and symbol
// each, excludeUsername true). The text is Okta's, which always lists all requirements.
func weaknesses(password, login string) []string {
	const least = 8
	var lower, upper, number, symbol bool
	for _, r := range password {
		lower, upper, number = lower || unicode.IsLower(r), upper || unicode.IsUpper(r), number || unicode.IsDigit(r)
		symbol = symbol || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	if utf8.RuneCountInString(password) >= least && lower && upper && number && symbol && !hasPart(password, login) {
		return nil
	}
	return []string{"Password requirements were not met. Password requirements: at least 8 characters, a lowercase letter, " +
		"an uppercase letter, a number, a symbol, no parts of your username."}
}

// hasPart reports whether a password contains a part of a login, ignoring case. That the parts are separated by the
// characters . , - _ # and @, and that parts of less than four characters do not count, is our guess.
func hasPart(password, login string) bool {
	return slices.ContainsFunc(loginParts.Split(fold(login), -1), func(part string) bool {
		return utf8.RuneCountInString(part) >= 4 && strings.Contains(fold(password), part)
	})
}

var loginParts = regexp.MustCompile(`[.,\-_#@]`)

// A userType refers to a user type.
type userType struct {
	ID string `json:"id"`
}
