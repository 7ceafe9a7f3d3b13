package schedule

import (
	"testing"

	"github.com/robfig/cron/v3"
)

func TestAPanicOfTheLibraryIsAnError(t *testing.T) {
	t.Parallel()
	made, err := guarded(func() (cron.Schedule, error) { return cron.ParseStandard("TZ=0") })
	if made != nil || err == nil || err.Error() != "cannot read this: runtime error: slice bounds out of range [:-1]" {
		t.Errorf("got %v, %v", made, err)
	}
}
