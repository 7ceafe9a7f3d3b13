package check

import "fmt"

// guarded calls a library with text that a person wrote. The libraries for schedules, time zones and schemas were not
// made for every text, and have panicked on some: that is an error about this text, not the end of the check.
func guarded[T any](library string, call func() (T, error)) (made T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s cannot read this: %v", library, p)
		}
	}()
	return call()
}
