package oktasim

import "strconv"

// An account is the part of a user that few have: another provider of the password than Okta, a
// recovery question, a realm, a password that the org has seen. It is shared between orgs: replaced, never changed in place.
type account struct {
	providerType, providerName string // "" is OKTA
	question                   string // "" is none
	realm                      string // "" is the default one, which is not shown
	letters                    int    // of the password; 0 where the org has not seen it
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
	if a.providerType == "" {
		return append(b, `"provider":{"type":"OKTA","name":"OKTA"}}`...)
	}
	b = append(b, `"provider":{"type":`...)
	b = append(appendText(b, a.providerType), `,"name":`...)
	return append(appendText(b, a.providerName), `}}`...)
}

// known is the account, zero for most people.
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

// become gives a person another account; the zero one takes no room.
func (u *user) become(a account) {
	u.account = nil
	if a != (account{}) {
		u.account = &a
	}
}

// entries is the account as a seed has it: keys and texts in turn. How long a password is stays with the org.
func (a account) entries() [][2]string {
	return [][2]string{{"provider", a.providerType}, {"providerName", a.providerName}, {"question", a.question}, {"realm", a.realm}}
}

// appendAccountDump appends the account to a person in the dump.
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
