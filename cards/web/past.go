package web

import (
	"crypto/sha256"
	"encoding/hex"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// past is what a list remembers of its pages, to find one that comes again. Its size does not grow with the list: it has the digests of the
// latest pages and, for longer circles, of one page before, which is replaced whenever the number of pages has doubled.
//
// Source: R. P. Brent, "An improved Monte Carlo factorization algorithm", BIT 20 (1980)
type past struct {
	pages  int
	marked string
	latest []string
}

// mostLatest is the maximum number of the latest pages.
const mostLatest = 8

// parsePast reads the text of a past. An empty one has no pages.
func parsePast(text string) (p past, err error) {
	parts := strings.Fields(text)
	if len(parts) < 2 {
		return past{}, nil
	}
	p.pages, err = strconv.Atoi(parts[0])
	p.marked, p.latest = parts[1], parts[2:]
	return p, err
}

func (p past) String() string {
	return strings.Join(append([]string{strconv.Itoa(p.pages), p.marked}, p.latest...), " ")
}

// has reports whether a page came before.
func (p past) has(page string) bool { return p.marked == page || slices.Contains(p.latest, page) }

// and returns the past after one more page.
func (p past) and(page string) past {
	p.pages++
	if bits.OnesCount(uint(p.pages)) == 1 {
		p.marked = page
	}
	p.latest = append(p.latest[max(0, len(p.latest)-mostLatest+1):], page)
	return p
}

// idNames are the fields that have the id of a record in the answers of most services.
var idNames = []string{"id", "Id", "ID", "_id", "uuid", "guid", "sys_id"}

// digestOf returns the digest of a page: of the ids of its records if they have any, because other fields may differ whenever they are read.
func digestOf(items []card.Value) (string, error) {
	page := items
	for _, name := range idNames {
		if ids := idsOf(items, name); ids != nil {
			page = ids
			break
		}
	}
	data, err := card.EncodeJSON(page)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8]), nil
}

// idsOf returns the values of a field of records; nil if a record does not have it, or two have the same.
func idsOf(items []card.Value, name string) (ids []card.Value) {
	seen := map[string]bool{}
	for _, item := range items {
		record, _ := item.(map[string]any)
		text, ok := wire.Scalar(record[name])
		if !ok || seen[text] {
			return nil
		}
		seen[text] = true
		ids = append(ids, text)
	}
	return ids
}
