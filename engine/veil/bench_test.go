package veil

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

// line is a line of a results file, 198 bytes long.
var line = []byte(`{"key":"ada.lovelace@acme.example","status":"succeeded","value":{"id":"00u1a2b3c4d5e6f7g8h9","changed":true,"note":"moved from \"Contractors\" to \"Staff\" on 2026-03-01T08:15:30Z, by automation."}}`)

// link is an activation link like Okta's.
func link(n int) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	token, chance := make([]byte, 20), rand.New(rand.NewPCG(1, uint64(n)))
	for i := range token {
		token[i] = digits[chance.IntN(len(digits))]
	}
	return "https://acme.okta.com/welcome/" + string(token)
}

// BenchmarkPerson searches what the journal keeps of a person, for a short secret: then a word can be base64 of one.
func BenchmarkPerson(b *testing.B) {
	v := New()
	v.Learn("demo-token")
	text := []byte(`{"value":` + strings.Repeat(`{"id":"00u1a2b3c4d5e6f7g8h9","status":"ACTIVE","statusChanged":"2026-03-01T08:15:30.000Z","passwordChanged":null,"profile":{"firstName":"Ada","lastName":"Lovelace","login":"ada.lovelace@acme.example","employeeNumber":"12345","department":"Engineering"},"_links":{"self":{"href":"https://acme.okta.com/api/v1/users/00u1a2b3c4d5e6f7g8h9"}}},`, 4) + `}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		v.Text(text)
	}
}

func BenchmarkVeil(b *testing.B) {
	for _, secrets := range []int{0, 1, 10, 100_000} {
		v := New()
		for n := range secrets {
			v.Learn(link(n))
		}
		b.Run(fmt.Sprintf("text/%d", secrets), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Text(line)
			}
		})
		value, err := card.DecodeJSON(line)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("value/%d", secrets), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.Value(value)
			}
		})
	}
}

// BenchmarkLongText searches a text with all kinds of escapes: the time for a byte must not depend on the length of the
// text.
func BenchmarkLongText(b *testing.B) {
	v := New()
	v.Learn(link(0), `pass"word`)
	piece := string(line) + `%41&amp;it''s\\\"dXNlcjpzZWNyZXQ=73776f7264 `
	for _, size := range []int{1 << 10, 1 << 14, 1 << 18} {
		text := []byte(strings.Repeat(piece, size/len(piece)+1)[:size])
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				v.Text(text)
			}
		})
	}
}

// BenchmarkLearn reports the memory that a link and its token take.
func BenchmarkLearn(b *testing.B) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	v, n := New(), 0
	for b.Loop() {
		v.Learn(link(n))
		n++
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(n), "bytes/link")
	runtime.KeepAlive(v)
}
