package serve

import (
	"errors"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
)

// because returns attributes of a line of the log, with an error and its hint.
func because(err error, about ...any) []any {
	about = append(about, "error", err)
	wrong, failure := (*host.UsageError)(nil), (*card.Error)(nil)
	hint := ""
	if errors.As(err, &failure) {
		hint = failure.Hint
	}
	if errors.As(err, &wrong) {
		hint = wrong.Hint
	}
	if hint != "" {
		about = append(about, "hint", hint)
	}
	return about
}
