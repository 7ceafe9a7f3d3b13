package wire

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/flowdeck/flowdeck/engine/card"
)

// A Trace reports the requests of a connection. A nil Trace reports nothing.
type Trace func(card.Exchange)

// TraceOf returns the Trace of a connection with these settings.
func TraceOf(s card.Settings) Trace {
	if s.Exchanged == nil {
		return nil
	}
	return func(e card.Exchange) {
		e.Connection = s.Name
		s.Exchanged(e)
	}
}

// Sends returns the function to call when a request that is about to be sent has an answer, or nil if none came.
func (t Trace) Sends(req *http.Request, bucket string, now func() time.Time) func(*http.Response) {
	if t == nil {
		return func(*http.Response) {}
	}
	began := now()
	return func(answer *http.Response) {
		e := card.Exchange{Method: req.Method, Path: shownURL(req.URL), Bucket: shownPath(bucket), Took: now().Sub(began)}
		if answer != nil {
			e.Status = answer.StatusCode
		}
		t(e)
	}
}

// longestPart is the length of the longest segment of a path, and of the longest name in a query, that are shown: ids are shorter, and most
// tokens that links and paths have are longer.
const longestPart = 40

// shownURL returns a URL without its host and the values of its query: filters and cursors have attributes of people, and links have tokens.
// What the connection knows to be secret, whoever prints it hides.
func shownURL(u *url.URL) string {
	text := shownPath(u.EscapedPath())
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

// shownPath replaces the long segments of a path.
func shownPath(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if len(segment) > longestPart {
			segments[i] = "…"
		}
	}
	return strings.Join(segments, "/")
}
