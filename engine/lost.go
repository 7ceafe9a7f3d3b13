package engine

import (
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/expr"
)

// LostSecret is the value of a secret of a resumed run that its history does not have, since there was no key to encrypt it. Like an
// unknown value of a dry run, it makes every value unknown that is computed from it. It may be passed on, and is an error as
// soon as a card, a condition or a started run needs it.
var LostSecret = expr.Unknown{Of: "a secret that the history did not keep", Text: card.Hidden}

// Lost returns the error of a step that needs a value of a resumed run, if a part of it is a LostSecret; otherwise nil.
func Lost(v Value) error {
	if u, unknown := expr.FirstUnknown(v); unknown {
		if e := lost(u); e != nil {
			return e
		}
	}
	return nil
}

// needsLost reports whether a step failed because it needs a LostSecret.
func needsLost(err error) bool {
	return err != nil && card.AsError(err).Code == codeNotKept
}

const codeNotKept = "secret_not_kept"

// lost returns the error of a step that needs u, if u depends on a LostSecret; otherwise nil.
func lost(u expr.Unknown) *card.Error {
	if u.Of != LostSecret.Of {
		return nil
	}
	return &card.Error{
		Kind: card.Storage, Code: codeNotKept, Message: "depends on a secret of the time before the run was resumed, which the history did not keep",
		Hint: "run the flow again; with a keyring or FLOWDECK_KEY, the history keeps secrets",
	}
}
