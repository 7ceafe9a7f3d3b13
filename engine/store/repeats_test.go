package store

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
)

func TestARunIsRepeatedOnceByRunsThatStartAtTheSameTime(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	c := Config{State: state, Veil: knowing(), Key: key("k")}
	stores := []*Store{open(t, c), open(t, c)}
	for name, input := range map[string]string{"small": "x", "secret": secrets[0], "large": strings.Repeat("x", 2*longestInRow), "large-secret": secrets[0] + strings.Repeat("x", 2*longestInRow)} {
		t.Run(name, func(t *testing.T) {
			create := func(s *Store, id, repeats string) error {
				l, err := s.Create(t.Context(), Run{ID: id, Flow: "sweep", Start: engine.Start{Repeats: repeats, Inputs: map[string]engine.Value{"in": input}}})
				if err != nil {
					return err
				}
				return errors.Join(l.Finish(engine.Failed, "", nil), l.Release())
			}
			must(t, create(stores[0], name, ""))
			errs := make([]error, 8)
			var all sync.WaitGroup
			for i := range errs {
				all.Go(func() { errs[i] = create(stores[i%2], fmt.Sprint(name, "-", i), name) })
			}
			all.Wait()
			winner := ""
			for i, err := range errs {
				if err == nil {
					winner += fmt.Sprint(name, "-", i)
				}
			}
			for _, err := range errs {
				if repeated := (*RepeatedError)(nil); err != nil && (!errors.As(err, &repeated) || repeated.By != winner) {
					t.Errorf("got %v; want that %s repeats the run", err, winner)
				}
			}
			must(t, create(stores[1], name+"-next", winner))
			if err := create(stores[0], name+"-none", "removed"); card.AsError(err).Kind != card.NotFound {
				t.Errorf("got %v for a run that is not there", err)
			}
		})
	}
}
