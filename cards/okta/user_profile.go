package okta

import (
	"fmt"
	"maps"

	"github.com/flowdeck/flowdeck/engine/card"
)

// profileInput has the inputs for a user's profile. Missing and null fields leave the attribute unchanged.
type profileInput struct {
	Login          *string        `json:"login,omitempty" jsonschema:"the name for signing in, unique in the org" attribute:"profile_extra.login"`
	Email          *string        `json:"email,omitempty" jsonschema:"the primary email address" attribute:"profile_extra.email"`
	FirstName      *string        `json:"first_name,omitempty" jsonschema:"given name" attribute:"profile_extra.firstName"`
	LastName       *string        `json:"last_name,omitempty" jsonschema:"family name" attribute:"profile_extra.lastName"`
	Department     *string        `json:"department,omitempty" jsonschema:"the user's department" attribute:"profile_extra.department"`
	EmployeeNumber *string        `json:"employee_number,omitempty" jsonschema:"the user's number in the organization" attribute:"profile_extra.employeeNumber"`
	Locale         *string        `json:"locale,omitempty" jsonschema:"language and country for the format of numbers, dates and currency, such as en_US, the default for a new user" attribute:"profile_extra.locale"`
	MobilePhone    *string        `json:"mobile_phone,omitempty" jsonschema:"mobile phone number" attribute:"profile_extra.mobilePhone"`
	ProfileExtra   userAttributes `json:"profile_extra,omitempty" jsonschema:"any other attributes by Okta's names, including custom ones; null clears one" clears:"true"`
	RealmID        string         `json:"realm_id,omitempty" jsonschema:"the id of the user's realm"`
}

// userAttributes are attributes of a user by Okta's names: those that every org knows, and custom ones.
type userAttributes map[string]any

// Attributes returns the names of the attributes that every org knows.
func (userAttributes) Attributes() []string { return baseAttributes }

// credentialsInput has the inputs for a user's credentials. Fields marked as secret are never shown.
type credentialsInput struct {
	Password     string        `json:"password,omitempty" jsonschema:"the password; a new user without one gets an activation email" secret:"true"`
	HashPassword *passwordHash `json:"hash_password,omitempty" jsonschema:"a hash of the password from another directory, instead of the password; an update accepts it only for a STAGED user"`
	Question     string        `json:"question,omitempty" jsonschema:"the recovery question; it needs an answer"`
	Answer       string        `json:"answer,omitempty" jsonschema:"the answer to the recovery question" secret:"true"`
}

type passwordHash struct {
	Algorithm       string `json:"algorithm" jsonschema:"the algorithm of the hash" enum:"BCRYPT,SHA-512,SHA-256,SHA-1,MD5,PBKDF2"`
	Value           string `json:"value" jsonschema:"the hash, in the format that Okta requires for the algorithm" secret:"true"`
	Salt            string `json:"salt,omitempty" jsonschema:"the salt: 22 characters for BCRYPT, otherwise in Base64" secret:"true"`
	SaltOrder       string `json:"salt_order,omitempty" jsonschema:"the position of the salt, for the SHA algorithms and MD5" enum:"PREFIX,POSTFIX"`
	WorkFactor      int    `json:"work_factor,omitempty" jsonschema:"the number of rounds of BCRYPT" minimum:"1" maximum:"20"`
	IterationCount  int    `json:"iteration_count,omitempty" jsonschema:"the number of iterations of PBKDF2, 4096 or more" minimum:"4096"`
	KeySize         int    `json:"key_size,omitempty" jsonschema:"the key size of PBKDF2 in bytes"`
	DigestAlgorithm string `json:"digest_algorithm,omitempty" jsonschema:"the digest of PBKDF2" enum:"SHA256_HMAC,SHA512_HMAC"`
}

// attributes returns the profile to send, by Okta's names. The attributes in empty are null, which clears them. It is
// an error to set an attribute twice.
func (in profileInput) attributes(empty []string) (map[string]any, error) {
	profile := maps.Clone(in.ProfileExtra)
	if profile == nil {
		profile = map[string]any{}
	}
	for _, field := range []struct {
		input, attribute string
		value            *string
	}{
		{"login", "login", in.Login}, {"email", "email", in.Email}, {"first_name", "firstName", in.FirstName},
		{"last_name", "lastName", in.LastName}, {"department", "department", in.Department},
		{"employee_number", "employeeNumber", in.EmployeeNumber}, {"locale", "locale", in.Locale},
		{"mobile_phone", "mobilePhone", in.MobilePhone},
	} {
		if field.value == nil {
			continue
		}
		if _, twice := profile[field.attribute]; twice {
			return nil, badInput("", "attribute %q is given twice, as %s and in profile_extra", field.attribute, field.input)
		}
		profile[field.attribute] = *field.value
	}
	for _, attribute := range empty {
		if profile[attribute] != nil {
			return nil, badInput("", "attribute %q is both given and in clear", attribute)
		}
		profile[attribute] = nil
	}
	return profile, nil
}

// credentials returns the credentials to send. The result is empty if the input has none.
func (in credentialsInput) credentials() (map[string]any, error) {
	all := map[string]any{}
	switch {
	case in.Password != "" && in.HashPassword != nil:
		return nil, badInput("hash_password replaces password", "password and hash_password are both given")
	case in.Password != "":
		all["password"] = map[string]any{"value": in.Password}
	case in.HashPassword != nil:
		all["password"] = map[string]any{"hash": in.HashPassword.body()}
	}
	switch {
	case in.Question != "" && in.Answer != "":
		all["recovery_question"] = map[string]any{"question": in.Question, "answer": in.Answer}
	case in.Question != "" || in.Answer != "":
		return nil, badInput("", "question and answer must be given together")
	}
	return all, nil
}

func (h passwordHash) body() map[string]any {
	hash := texts("algorithm", h.Algorithm, "value", h.Value, "salt", h.Salt, "saltOrder", h.SaltOrder, "digestAlgorithm", h.DigestAlgorithm)
	for name, n := range map[string]int{"workFactor": h.WorkFactor, "iterationCount": h.IterationCount, "keySize": h.KeySize} {
		if n != 0 {
			hash[name] = n
		}
	}
	return hash
}

// user returns the user to send. It leaves out the parts that are empty.
func (in profileInput) user(profile, credentials map[string]any) map[string]any {
	user := texts("realmId", in.RealmID)
	if len(profile) > 0 {
		user["profile"] = profile
	}
	if len(credentials) > 0 {
		user["credentials"] = credentials
	}
	return user
}

// texts makes an object from alternating names and strings. It leaves out empty strings.
func texts(pairs ...string) map[string]any {
	object := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			object[pairs[i]] = pairs[i+1]
		}
	}
	return object
}

func badInput(hint, format string, args ...any) error {
	return &card.Error{Kind: card.Invalid, Message: fmt.Sprintf(format, args...), Hint: hint}
}
