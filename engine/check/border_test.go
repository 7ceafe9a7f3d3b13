package check

import "testing"

// No library panics here today; guarded also protects against texts that nobody has tried.
func TestAPanicOfALibraryIsAnError(t *testing.T) {
	t.Parallel()
	_, err := guarded("the library", func() (int, error) { panic("slice bounds out of range") })
	if err == nil || err.Error() != "the library cannot read this: slice bounds out of range" {
		t.Errorf("got %v", err)
	}
}
