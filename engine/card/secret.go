package card

import (
	"fmt"
	"log/slog"
)

// Hidden is what is shown in a secret's place.
const Hidden = "[secret]"

// Secret is a text that no formatter, encoder or logger shows. The zero Secret is empty.
type Secret struct{ text string }

// NewSecret hides a text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal is the text itself. It belongs where the text leaves for the service that it is for, and
// nowhere else; a test lists its callers.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is nothing to hide.
func (s Secret) IsZero() bool { return s.text == "" }

func (Secret) String() string               { return Hidden }
func (Secret) GoString() string             { return Hidden }
func (Secret) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(Hidden)) }
func (Secret) MarshalText() ([]byte, error) { return []byte(Hidden), nil }
func (Secret) LogValue() slog.Value         { return slog.StringValue(Hidden) }
