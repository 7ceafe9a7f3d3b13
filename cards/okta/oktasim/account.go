package oktasim

import "strconv"

// An account has the fields of a user that most users do not have: another provider of the password than Okta, a
// recovery question, a realm, and the length of a password that the org has received. Several orgs may share an
// account: replace it, never modify it.
type account struct {
	providerType, providerName string // "" means OKTA
	question                   string // "" means none
	realm                      string // "" means the default realm, which is not shown
	typeID, typeName           string // of the user type; "" means the default one
	letters                    int    // length of the password; 0 if the org has not received it
}

// appendCredentials appends the credentials without their secrets (management API, schema UserCredentials).
func (u *user) appendCredentials(b []byte) []byte {
	b = append(b, '{')
	if u.password {
		b = append(b, `"password":{},`...)
	}
	a := u.known()
	if a.question != "" {
		b = append(b, `"recovery_question":{"question":`...)
		b = append(appendText(b, a.question), `},`...)
	}
	kind, name := a.provider()
	b = append(b, `"provider":{"type":`...)
	b = append(appendText(b, kind), `,"name":`...)
	return append(appendText(b, name), `}}`...)
}

// provider returns the type and the name of the provider.
func (a account) provider() (kind, name string) {
	if a.providerType == "" {
		return "OKTA", "OKTA"
	}
	return a.providerType, a.providerName
}

// known returns the account; the zero account for most users.
func (u *user) known() account {
	if u.account == nil {
		return account{}
	}
	return *u.account
}

// expectsPassword reports whether users of this status and provider have a password.
func (u *user) expectsPassword() bool {
	return u.status.hasPassword() && !signsInElsewhere(u.known().providerType)
}

// setAccount replaces the account of a user. The zero account is stored as nil, which saves memory.
func (u *user) setAccount(a account) {
	u.account = nil
	if a != (account{}) {
		u.account = &a
	}
}

// entries returns the account in the form of a seed: alternating keys and texts. It leaves out the length of the
// password.
func (a account) entries() [][2]string {
	return [][2]string{{"provider", a.providerType}, {"providerName", a.providerName}, {"question", a.question}, {"realm", a.realm}, {"type", a.typeName}}
}

// appendAccountDump appends the account of a user to the dump.
func (u *user) appendAccountDump(b []byte) []byte {
	if u.password != u.expectsPassword() {
		b = strconv.AppendBool(append(b, "\n    password: "...), u.password)
	}
	for _, entry := range u.known().entries() {
		if entry[1] != "" {
			b = appendScalar(append(b, "\n    "+entry[0]+": "...), entry[1])
		}
	}
	return b
}
