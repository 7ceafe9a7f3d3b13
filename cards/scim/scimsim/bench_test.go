package scimsim

import (
	"net/http/httptest"
	"testing"
)

// BenchmarkFind finds one of 50,000 users.
func BenchmarkFind(b *testing.B) {
	for name, filter := range map[string]string{
		"userName": `userName+eq+"person040000@acme.example"`, "externalId": `externalId+eq+"00u1"`, "others": `userName+ew+"040000@acme.example"`,
	} {
		b.Run(name, func(b *testing.B) { benchmark(b, "/scim/v2/Users?filter="+filter) })
	}
}

// BenchmarkPage reads a page of 100 in the middle of 50,000 users.
func BenchmarkPage(b *testing.B) { benchmark(b, "/scim/v2/Users?startIndex=25000") }

func benchmark(b *testing.B, uri string) {
	seed, err := Load([]byte("generate: {users: 50000}\nusers: [{userName: ada, externalId: 00u1}]"))
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(seed, Options{})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("GET", uri, nil)
	r.Header.Set("Authorization", "Bearer "+DefaultToken)
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
