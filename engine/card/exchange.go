package card

import "time"

// An Exchange is a request that a connection sent, and its answer, for people who look at what a run does. It has no headers, no bodies and no
// values of the query.
type Exchange struct {
	Connection string // its name in the workspace
	Method     string
	Path       string // with the names of the query's parameters
	Bucket     string // the rate limit that the connection assumes for the request; empty for an access token
	Status     int    // 0 if there was no answer
	Took       time.Duration
}
