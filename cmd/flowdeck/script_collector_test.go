package main

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// spanned is a collector of traces.
type spanned struct {
	mu    sync.Mutex
	raw   bytes.Buffer // all that was received, uncompressed
	spans []*trace.Span
	about []*common.KeyValue // of the last resource
}

type spannedKey struct{}

// bootCollector starts a collector of traces, and makes flowdeck send its traces to it. With an argument, the collector is ill: it answers 500
// (fails), never (hangs), or nobody listens (down).
func bootCollector(ts *testscript.TestScript, _ bool, args []string) {
	s := &spanned{}
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case len(args) > 0 && args[0] == "fails":
			w.WriteHeader(http.StatusInternalServerError)
			return
		case len(args) > 0 && args[0] == "hangs":
			select {
			case <-stop:
			case <-r.Context().Done():
			}
			return
		}
		if err := s.receive(r); err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	if len(args) > 0 && args[0] == "down" {
		server.Close()
	} else {
		ts.Defer(server.Close)
		ts.Defer(func() { close(stop) })
	}
	ts.Defer(func() { ts.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "") })
	ts.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	*(ts.Value(spannedKey{}).(**spanned)) = s
}

func (s *spanned) receive(r *http.Request) error {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unpacked, err := gzip.NewReader(r.Body)
		if err != nil {
			return err
		}
		body = unpacked
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var request collector.ExportTraceServiceRequest
	if err := proto.Unmarshal(raw, &request); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw.Write(raw)
	for name, values := range r.Header {
		fmt.Fprintf(&s.raw, "%s: %s\n", name, strings.Join(values, ", "))
	}
	for _, of := range request.ResourceSpans {
		s.about = of.Resource.Attributes
		for _, scope := range of.ScopeSpans {
			s.spans = append(s.spans, scope.Spans...)
		}
	}
	return nil
}

// writeSpans writes the spans that the collector has received as a tree, and all bytes next to it as FILE.raw.
func writeSpans(ts *testscript.TestScript, _ bool, args []string) {
	s := *(ts.Value(spannedKey{}).(**spanned))
	s.mu.Lock()
	defer s.mu.Unlock()
	text := &strings.Builder{}
	fmt.Fprintf(text, "resource %s\n", attributes(s.about))
	known := map[string]bool{}
	for _, one := range s.spans {
		known[string(one.SpanId)] = true
	}
	slices.SortStableFunc(s.spans, func(a, b *trace.Span) int { return int(int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano)) })
	for _, one := range s.spans {
		if !known[string(one.ParentSpanId)] {
			if len(one.ParentSpanId) > 0 {
				ts.Fatalf("the span around %q was not sent", one.Name)
			}
			s.write(text, one, "")
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".raw"), s.raw.Bytes(), 0o600))
}

func (s *spanned) write(to *strings.Builder, one *trace.Span, indent string) {
	fmt.Fprintf(to, "%s%s %s\n", indent, one.Name, attributes(one.Attributes))
	for _, link := range one.Links {
		to.WriteString(indent + "  link " + s.linked(link) + "\n")
	}
	for _, e := range one.Events {
		fmt.Fprintf(to, "%s  event %s %s\n", indent, e.Name, attributes(e.Attributes))
	}
	for _, inner := range s.spans {
		if bytes.Equal(inner.ParentSpanId, one.SpanId) {
			if !bytes.Equal(inner.TraceId, one.TraceId) {
				fmt.Fprintf(to, "%s  in another trace:\n", indent)
			}
			s.write(to, inner, indent+"  ")
		}
	}
}

// linked returns the name of the span that a link leads to or, if it is not known, the id of its trace.
func (s *spanned) linked(link *trace.Span_Link) string {
	for _, one := range s.spans {
		if bytes.Equal(one.SpanId, link.SpanId) && bytes.Equal(one.TraceId, link.TraceId) {
			return one.Name
		}
	}
	return hex.EncodeToString(link.TraceId)
}

// attributes returns the attributes that are the same in each run.
func attributes(all []*common.KeyValue) string {
	var texts []string
	for _, a := range all {
		value := a.Value.String()
		switch {
		case a.Key == "flowdeck.run", a.Key == "flowdeck.parent", a.Key == "service.version", a.Key == "telemetry.sdk.version", strings.HasSuffix(a.Key, "_seconds"):
			value = "…"
		case a.Value.GetArrayValue() != nil:
			value = ""
			for _, v := range a.Value.GetArrayValue().Values {
				value += v.GetStringValue() + " "
			}
			value = "[" + strings.TrimSpace(value) + "]"
		default:
			_, value, _ = strings.Cut(strings.ReplaceAll(value, " ", ""), ":")
		}
		texts = append(texts, strings.TrimPrefix(a.Key, "flowdeck.")+"="+strings.Trim(value, `"`))
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}
