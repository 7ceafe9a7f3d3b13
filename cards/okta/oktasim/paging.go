package oktasim

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"maps"
	"strconv"
)

// A page is the requested part of a list.
type page struct {
	list  string // the name of the list; a cursor of another list is refused
	after int64  // ordinal of the last item of the previous page; -1 for the first page
	limit int
}

// page reads limit and after. A limit above most is reduced to it, and one below 1 is refused; Okta documents
// neither. An after that is not a cursor of this list is refused.
func (c *call) page(usual, most int) page {
	p := page{list: c.r.URL.Path, after: -1, limit: usual}
	if text := c.query.Get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 {
			c.reject(c.invalid("limit", fmt.Sprintf("limit: must be an integer from 1 to %d, not %q", most, text)))
		}
		p.limit = min(limit, most)
	}
	if text := c.query.Get("after"); text != "" {
		ordinal, ok := readCursor(p.list, text)
		if !ok {
			c.reject(c.badCursor())
		}
		p.after = int64(ordinal)
	}
	return p
}

// badCursor is the answer to an after that is not a cursor of the list.
func (c *call) badCursor() answer {
	return c.invalid("after", fmt.Sprintf("after: %q is not a cursor of this list; take it from a Link header", c.query.Get("after")))
}

// A cursor names the last item of a page by its ordinal, which never changes. The next page therefore starts after
// that item, whatever was added to the list or removed from it. The cursor is opaque (Okta, "Pagination": treat the
// after cursor as an opaque value). Its checksum detects cursors that are invented or of another list.
func writeCursor(list string, ordinal uint32) string {
	var raw [8]byte
	binary.BigEndian.PutUint32(raw[:4], cursorSum(list, ordinal))
	binary.BigEndian.PutUint32(raw[4:], ordinal)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func readCursor(list, text string) (ordinal uint32, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 8 {
		return 0, false
	}
	ordinal = binary.BigEndian.Uint32(raw[4:])
	return ordinal, binary.BigEndian.Uint32(raw[:4]) == cursorSum(list, ordinal)
}

func cursorSum(list string, ordinal uint32) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, list, ordinal)
	return h.Sum32()
}

// links returns the Link headers of a page, each as a separate header with an absolute URL (Okta, "Pagination"). last
// is the last item of the page. There is a next link if more is true.
func (c *call) links(p page, last uint32, more bool) []string {
	list := []string{fmt.Sprintf(`<%s%s>; rel="self"`, c.base, c.r.URL.RequestURI())}
	if !more {
		return list
	}
	query := maps.Clone(c.query)
	query.Set("after", writeCursor(p.list, last))
	query.Set("limit", strconv.Itoa(p.limit))
	return append(list, fmt.Sprintf(`<%s%s?%s>; rel="next"`, c.base, c.r.URL.EscapedPath(), query.Encode()))
}

// collect returns the ordinals of a page: the first matching ones after the cursor, out of total. more reports
// whether there are further ones.
func (p page) collect(total int, matches func(ordinal int) bool) (items []uint32, more bool) {
	for i := int(p.after + 1); i < total; i++ {
		if !matches(i) {
			continue
		}
		if len(items) == p.limit {
			return items, true
		}
		items = append(items, uint32(i))
	}
	return items, false
}

// array returns the answer with a page of a list. write appends each item; size is the approximate size of an item.
func (c *call) array(p page, items []uint32, more bool, size int, write func(b []byte, ordinal uint32) []byte) answer {
	b := make([]byte, 0, 2+len(items)*size)
	b = append(b, '[')
	var last uint32
	for i, ordinal := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = write(b, ordinal)
		last = ordinal
	}
	a := c.ok(append(b, ']'))
	a.links = c.links(p, last, more)
	return a
}
