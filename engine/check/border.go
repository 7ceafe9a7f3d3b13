package check

import "fmt"

// guarded calls a library with text from a user. The library for schemas has panicked on some texts. guarded returns a
// panic as an error about the text, so that the check can continue.
func guarded[T any](library string, call func() (T, error)) (made T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s cannot read this: %v", library, p)
		}
	}()
	return call()
}
