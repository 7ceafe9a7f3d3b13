package card_test

import (
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/flowdeck/flowdeck/engine/card"
)

// awkward is JSON, or almost JSON, that is easily decoded wrongly.
var awkward = []string{
	``, ` `, `{`, `{} {}`, `1,2`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `01`, `+1`, `.5`, `1.`, `nul`, `"`, `"\"`, `"\x"`, "\"\n\"", `[1}`,
	`null`, ` true `, "\t[\r\n]\n", `{ }`, `[ [ ] , { } ]`, `0`, `-0`, `-0.0`, `12 `, `1e5`, `[1,2.5,-3e2]`, `{"a" : 1 , "b":[2 ]}`,
	`"a\\"`, `"a\"b"`, `"\\\""`, `"\u00fc"`, `"\ud83d\ude00"`, `"\ud83d"`, "\"\xff\"", `"}],:"`, `{"\u0061":1}`, `{"a":1,"a":2}`, `{"":null}`,
	"{\"a\x01\":1}", `{"a\"":{"b":[{"c":null},true,false,"x"]}}`, `[9223372036854775808,1.0,123456789012345678.25]`,
}

// byDecoder is DecodeJSON implemented with a json.Decoder.
func byDecoder(data []byte) (any, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one value")
	}
	return numbered(v), nil
}

func numbered(v any) any {
	switch v := v.(type) {
	case json.Number:
		return card.Number(v)
	case []any:
		for i := range v {
			v[i] = numbered(v[i])
		}
	case map[string]any:
		for name := range v {
			v[name] = numbered(v[name])
		}
	}
	return v
}

func agree(t *testing.T, data []byte) {
	t.Helper()
	want, wantErr := byDecoder(data)
	got, err := card.DecodeJSON(data)
	if (err == nil) != (wantErr == nil) {
		t.Fatalf("%.100q: error %v, want %v", data, err, wantErr)
	}
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("%q (-want +got):\n%s", data, cmp.Diff(want, got))
	}
}

func TestJSONIsReadAsTheStandardLibraryReadsIt(t *testing.T) {
	t.Parallel()
	for _, text := range awkward {
		agree(t, []byte(text))
		agree(t, []byte(text)) // readers are used again, and remember names
	}
	for _, deep := range []int{9_999, 10_000, 10_001} {
		agree(t, []byte(strings.Repeat("[", deep)+strings.Repeat("]", deep)))
		agree(t, []byte(strings.Repeat(`{"a":`, deep)+"0"+strings.Repeat("}", deep)))
	}
}

// Not parallel: it counts the allocations of the whole process.
func TestAnAnswerIsBoundedByTheMemoryOfItsValues(t *testing.T) {
	for text, n := range map[string]int{ // 20 to 30 MB each
		`{}`: 9_000_000, `[]`: 9_000_000, `{"a":1}`: 3_000_000, `{"a":{"b":[{}]}}`: 1_500_000, `["x"]`: 5_000_000, `"x"`: 9_000_000,
		`12345678901234567890`: 1_300_000,
	} {
		data := []byte("[" + strings.Repeat(text+",", n-1) + text + "]")
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		v, err := card.DecodeAnswer(data)
		runtime.GC()
		runtime.ReadMemStats(&after)
		switch used := int64(after.HeapAlloc) - int64(before.HeapAlloc); {
		case err != nil && (!errors.Is(err, card.ErrLargeAnswer) || v != nil):
			t.Errorf("%s: got %v, %v", text, v, err)
		case used > 300<<20:
			t.Errorf("%s: %d MiB are used", text, used>>20)
		}
		runtime.KeepAlive(v)
		if total := (after.TotalAlloc - before.TotalAlloc) >> 20; total > 1_200 {
			t.Errorf("%s: %d MiB were allocated", text, total)
		}
	}
	for _, text := range awkward {
		want, wantErr := card.DecodeJSON([]byte(text))
		if strings.Count(text, "[")+strings.Count(text, "{") > 200 { // for TestAnAnswerIsNotNestedDeeply
			continue
		}
		got, err := card.DecodeAnswer([]byte(text))
		if (err == nil) != (wantErr == nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v, want %v, %v", text, got, err, want, wantErr)
		}
	}
	if _, err := card.DecodeAnswer([]byte("[" + strings.Repeat("{},", 9_000_000) + "{}]")); !errors.Is(err, card.ErrLargeAnswer) {
		t.Errorf("got %v", err)
	}
}

func TestAnAnswerIsNotNestedDeeply(t *testing.T) {
	t.Parallel()
	nested := func(open, end string, n int) []byte {
		return []byte(strings.Repeat(open, n) + "1" + strings.Repeat(end, n))
	}
	for _, in := range [][2]string{{"[", "]"}, {`{"a":`, "}"}, {`[{"a":`, "}]"}} {
		for n, deep := range map[int]bool{1: false, 200 / (len(in[1])): false, 200/len(in[1]) + 1: true, 4_999: true, 9_999: true, 1_000_000: true} {
			v, err := card.DecodeAnswer(nested(in[0], in[1], n))
			if errors.Is(err, card.ErrDeepAnswer) != deep || (v == nil) != deep {
				t.Errorf("%d of %s: %v", n, in[0], err)
			}
		}
	}
	if _, err := card.DecodeAnswer([]byte("[1]")); err != nil { // with the same reader
		t.Error(err)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	for _, text := range awkward {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		agree(t, data)
		agree(t, data) // with the names that were read before
	})
}

// BenchmarkDecodeJSON decodes a typical answer of an org about a user.
func BenchmarkDecodeJSON(b *testing.B) {
	const link = `{"href":"https://acme.okta.com/api/v1/users/00u1a2b3c4d5e6f7g8h9/lifecycle/suspend","method":"POST"}`
	user := []byte(`{"id":"00u1a2b3c4d5e6f7g8h9","status":"ACTIVE","created":"2024-05-01T08:00:00.000Z","lastLogin":null,
		"type":{"id":"oty1a2b3c4d5e6f7g8h9"},"profile":{"firstName":"Ada","lastName":"Lovelace","login":"ada@acme.example",
		"email":"ada@acme.example","secondEmail":null,"department":"Engineering","badge":1234567,"ratio":0.25},
		"credentials":{"password":{},"provider":{"type":"OKTA","name":"OKTA"}},"_links":{"suspend":` + link + `,"deactivate":` + link +
		`,"resetPassword":` + link + `,"changePassword":` + link + `,"schema":` + link + `,"self":` + link + `}}`)
	b.SetBytes(int64(len(user)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := card.DecodeJSON(user); err != nil {
			b.Fatal(err)
		}
	}
}
