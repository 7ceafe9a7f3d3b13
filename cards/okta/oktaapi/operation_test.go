package oktaapi

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// newerOperations has every operation of newer.go.
var newerOperations = []Operation{GetUserRisk, UpsertUserRisk, GetUserClassification, ReplaceUserClassification}

// valid returns arguments with which an operation can be sent.
func valid(op Operation) Args {
	args := Args{Query: url.Values{}}
	for i := range op.Params {
		args.Path = append(args.Path, fmt.Sprintf("argument%d", i))
	}
	for _, name := range op.Required {
		args.Query.Set(name, "required")
	}
	if op.Body {
		args.Body, args.Type = []byte("the body"), "text/plain; boundary=ours"
	}
	return args
}

// succeed answers as Okta does when an operation succeeds.
func succeed(w http.ResponseWriter, op Operation) {
	switch known := op.Answers; {
	case known.Fields != nil:
		fmt.Fprintf(w, `{%q: "made"}`, known.Fields[0])
	case known.Empty != nil:
		w.WriteHeader(known.Empty[0])
	default:
		fmt.Fprint(w, `{}`)
	}
}

func TestEveryOperationIsSentOnceAsOktaDescribesIt(t *testing.T) {
	t.Parallel()
	var got []string
	var sent Operation
	s, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		request := r.Method + " " + r.URL.EscapedPath() + " " + r.URL.RawQuery
		if len(body) > 0 {
			request += fmt.Sprintf(" with %s: %s", r.Header.Get("Content-Type"), body)
		}
		got = append(got, request)
		succeed(w, sent)
	})
	for _, op := range slices.Concat(operations, newerOperations) {
		args := valid(op)
		want := op.Bucket
		for _, arg := range args.Path {
			want = strings.Replace(want, "{id}", arg, 1)
		}
		want += " " + args.Query.Encode()
		if op.Body {
			want += " with text/plain; boundary=ours: the body"
		}
		got, sent = nil, op
		if _, err := s.Do(t.Context(), op, args); err != nil || len(got) != 1 || got[0] != want {
			t.Errorf("%s: sent %q (%v), want once %q", op.Name, got, err, want)
		}
	}
}

func TestArgumentsThatLeadToAnotherPathAreNotSent(t *testing.T) {
	t.Parallel()
	var sent atomic.Int64
	s, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		sent.Add(1)
		fmt.Fprint(w, `{}`)
	})
	for _, op := range slices.Concat(operations, newerOperations) {
		for i, name := range op.Params {
			for _, arg := range []string{"", " ", "\t", ".", "..", "a/b", "?", "../00u2", `a\b`, "a\nb", "a\x00b"} {
				args := valid(op)
				args.Path[i] = arg
				if _, err := s.Do(t.Context(), op, args); card.AsError(err).Kind != card.Invalid || !strings.Contains(err.Error(), name+" is") {
					t.Errorf("%s with %s %q: the error is %v", op.Name, name, arg, err)
				}
			}
		}
	}
	if n := sent.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestArgumentsThatAreMissingAreNotSent(t *testing.T) {
	t.Parallel()
	s, _ := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	for name, request := range map[string]struct {
		op   Operation
		args Args
	}{
		"no path argument":   {ActivateUser, Args{Query: url.Values{"sendEmail": {"true"}}}},
		"too many":           {ActivateUser, Args{Path: []string{"00u1", "00u2"}, Query: url.Values{"sendEmail": {"true"}}}},
		"no query parameter": {ActivateUser, Args{Path: []string{"00u1"}}},
		"no body":            {CreateUser, Args{}},
	} {
		if _, err := s.Do(t.Context(), request.op, request.args); card.AsError(err).Kind != card.Internal {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
