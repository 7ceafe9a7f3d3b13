package oktasim

// A status is one of the eight that Okta's User object knows (management API, schema UserStatus).
type status uint8

const (
	active status = iota
	staged
	provisioned
	recovery
	lockedOut
	passwordExpired
	suspended
	deprovisioned
)

var statusNames = [...]string{
	active:          "ACTIVE",
	staged:          "STAGED",
	provisioned:     "PROVISIONED",
	recovery:        "RECOVERY",
	lockedOut:       "LOCKED_OUT",
	passwordExpired: "PASSWORD_EXPIRED",
	suspended:       "SUSPENDED",
	deprovisioned:   "DEPROVISIONED",
}

func (s status) String() string { return statusNames[s] }

// hasPassword reports whether people in this status have credentials of their own: nobody before
// the first activation has, and deactivation takes them away.
func (s status) hasPassword() bool {
	return s != staged && s != provisioned && s != deprovisioned
}
