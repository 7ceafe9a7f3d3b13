package wire

import (
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A Trace reports the requests of a connection. The zero Trace reports nothing.
type Trace struct {
	report func(card.Exchange)
	hide   func(string) string
}

// TraceOf returns the Trace of a connection with these settings.
func TraceOf(s card.Settings) Trace {
	if s.Exchanged == nil {
		return Trace{}
	}
	t := Trace{
		report: func(e card.Exchange) {
			e.Connection = s.Name
			s.Exchanged(e)
		},
		hide: func(text string) string { return text },
	}
	if s.Excerpt != nil {
		t.hide = func(text string) string { return s.Excerpt(text, len(text)) }
	}
	return t
}

// Sends returns a request to send in place of req, and the function to call when it has an answer, or nil if none came. net/http sends a read
// again if a connection that it used before breaks: each attempt is reported.
func (t Trace) Sends(req *http.Request, bucket string, now func() time.Time) (*http.Request, func(*http.Response)) {
	if t.report == nil {
		return req, func(*http.Response) {}
	}
	began, sent := now(), false
	came := func(answer *http.Response) {
		ended := now()
		e := card.Exchange{Method: req.Method, Path: t.shownURL(req.URL), Bucket: t.shownPath(bucket), Took: ended.Sub(began)}
		if answer != nil {
			e.Status = answer.StatusCode
		}
		began = ended
		t.report(e)
	}
	return req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) {
		if sent {
			came(nil)
		}
		sent = true
	}})), came
}

// longestPart is the length of the longest segment of a path, and of the longest name in a query, that are shown: ids are shorter, and most
// tokens that links and paths have are longer.
const longestPart = 40

// shownURL returns a URL without its host and the values of its query: filters and cursors have attributes of people, and links have tokens.
func (t Trace) shownURL(u *url.URL) string {
	text := t.shownPath(u.EscapedPath())
	if u.RawQuery == "" {
		return text
	}
	var names []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		name, _, named := strings.Cut(part, "=")
		if !named || len(name) > longestPart {
			name = "…"
		}
		names = append(names, name+"=…")
	}
	const most = 10
	if len(names) > most {
		names = append(names[:most], "…")
	}
	return text + "?" + strings.Join(names, "&")
}

// shownPath replaces the secrets, the long segments and the parameters of segments of a path. The secrets are first: the rest of one that has a
// slash would not be found.
func (t Trace) shownPath(path string) string {
	segments := strings.Split(t.hide(path), "/")
	for i, segment := range segments {
		name, _, parameters := strings.Cut(segment, ";")
		if len(name) > longestPart {
			name = "…"
		}
		if parameters {
			name += ";…"
		}
		segments[i] = name
	}
	return strings.Join(segments, "/")
}
