package store

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/veil"
)

var answerPlace = engine.Place{}.Step("answer")

func TestAnAnswerIsKeptOnceAndOtherProcessesReadIt(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	s, other := open(t, Config{State: state}), open(t, Config{State: state})
	l := create(t, s, "r1")
	if got, err := other.Response(t.Context(), "r1"); got != nil || err != nil {
		t.Errorf("before the answer: got %v, %v", got, err)
	}
	want := engine.Response{Status: 201, Headers: map[string]string{"x-a": "b"}, Body: map[string]any{"n": 1.0, "text": strings.Repeat("long", 50_000)}}
	for range 2 { // a run that goes on comes to its step again
		if err := l.Respond(answerPlace, want); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Respond(answerPlace, engine.Response{Status: 500}); err != nil {
		t.Errorf("the same step: %v", err)
	}
	if err := l.Respond(answerPlace.Step("other"), want); card.AsError(err) == nil || card.AsError(err).Code != "responded" {
		t.Errorf("another step: got %v", err)
	}
	got, err := other.Response(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got, err := s.Response(t.Context(), "r2"); got != nil || err != nil {
		t.Errorf("a run that does not exist: got %v, %v", got, err)
	}
}

func TestAnAnswerWithASecretIsEncryptedOrRefused(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", strings.Repeat("k", 32)} {
		v := veil.New()
		v.Learn("sw0rdfish")
		c := Config{State: t.TempDir(), Veil: v, Key: func() ([]byte, error) { return []byte(key), nil }}
		s := open(t, c)
		err := create(t, s, "r1").Respond(answerPlace, engine.Response{Status: 200, Body: "it is sw0rdfish"})
		if key == "" {
			if card.AsError(err) == nil || card.AsError(err).Code != "no_key" {
				t.Errorf("without a key: got %v", err)
			}
			continue
		}
		got, readErr := s.Response(t.Context(), "r1")
		if err != nil || readErr != nil || got.Body != "it is sw0rdfish" {
			t.Errorf("got %v, %v, %v", got, err, readErr)
		}
		if found := s.search(t, "sw0rdfish"); len(found) > 0 {
			t.Errorf("found in the files: %s", found)
		}
	}
}

// A process whose run was taken over must not answer for it.
func TestAProcessThatLostTheRunDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := open(t, Config{State: t.TempDir()})
	l := create(t, s, "r1")
	if err := s.write(t.Context(), func(tx *tx) error { return tx.exec("UPDATE runs SET fence = fence + 1") }); err != nil {
		t.Fatal(err)
	}
	if err := l.Respond(answerPlace, engine.Response{Status: 200}); err == nil {
		t.Error("it answered")
	}
	if got, err := s.Response(t.Context(), "r1"); got != nil || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAKeyIsForOneRequest(t *testing.T) {
	t.Parallel()
	state, key := t.TempDir(), []byte(nil)
	s := open(t, Config{State: state})
	o := occasionAt("k", noon)
	submitAs := func(s *Store, request string) error {
		o.Request = []byte(request)
		_, err := s.Submit(t.Context(), nil, o)
		return err
	}
	if err := submitAs(s, "a"); err != nil {
		t.Fatal(err)
	}
	if err := submitAs(s, "a"); err != nil {
		t.Errorf("the same request: %v", err)
	}
	if err := submitAs(s, "b"); card.AsError(err) == nil || card.AsError(err).Code != CodeOtherRequest {
		t.Errorf("another request: got %v", err)
	}
	key = bytes.Repeat([]byte("k"), 32)
	if err := submitAs(open(t, Config{State: state, Key: func() ([]byte, error) { return key, nil }}), "a"); err != nil {
		t.Errorf("the same request, after the key of the history has changed: %v", err)
	}
}
