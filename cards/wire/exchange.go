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
		e := card.Exchange{Method: req.Method, Path: shownURL(req.URL), Bucket: ShownPath(bucket), Took: now().Sub(began)}
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
	text := ShownPath(u.EscapedPath())
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

// ShownPath returns a path for people: without its long segments, and without the parameters of segments.
func ShownPath(path string) string {
	segments := strings.Split(path, "/")
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
