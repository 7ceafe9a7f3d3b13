package oktasim

import (
	"net/http/httptest"
	"testing"
)

// BenchmarkMembersPage reads a page of 1,000 in the middle of a group of 100,000.
func BenchmarkMembersPage(b *testing.B) {
	o := mustNew(b, "groups: [{id: 00gall, name: All}]\ngenerate: {users: 100000, groups: {All: all}}\n", Options{})
	r := httptest.NewRequest("GET", "/api/v1/groups/00gall/users?after="+writeCursor("/api/v1/groups/00gall/users", 50_000), nil)
	r.Header.Set("Authorization", "SSWS demo-token")
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		o.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}

// BenchmarkNew creates an org of 400,000 users in three groups, one of them Everyone.
func BenchmarkNew(b *testing.B) {
	seed := mustLoad(b, "generate: {users: 400000, groups: {Contractors: 300000, Staff: all}}\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(seed, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
