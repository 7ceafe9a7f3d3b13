package oktasim

// A status is one of the eight statuses of Okta's User object (management API, schema UserStatus).
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

// hasPassword reports whether users with this status have credentials: users have none before the first activation
// and after a deactivation.
func (s status) hasPassword() bool {
	return s != staged && s != provisioned && s != deprovisioned
}
