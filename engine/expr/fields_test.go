package expr

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
)

// Fields are compared with maps, through many changes of many versions.
func TestFieldsBehaveLikeMapsAndShareCommonParts(t *testing.T) {
	t.Parallel()
	types := []Type{String, Int.OrNil(), Nil, ListOf(Int), Time}
	r := rand.New(rand.NewPCG(1, 2))
	versions, maps1 := []*fields{nil}, []map[string]Type{{}}
	for range 3000 {
		i, j := r.IntN(len(versions)), r.IntN(len(versions))
		f, m := versions[i], maps.Clone(maps1[i])
		switch name, typ := fmt.Sprint(r.IntN(40)), types[r.IntN(len(types))]; r.IntN(4) {
		case 0:
			f = f.without(name)
			delete(m, name)
		case 1:
			f = preferring.joined(f, versions[j])
			for other, t := range maps1[j] {
				if _, ok := m[other]; !ok {
					m[other] = t
				}
			}
		default:
			f, m[name] = f.with(name, typ), typ
		}
		versions, maps1 = append(versions, f), append(maps1, m)
	}
	for i, f := range versions {
		n, last := 0, ""
		f.all(func(name string, typ Type) bool {
			if n > 0 && name <= last {
				t.Errorf("%q comes after %q", name, last)
			}
			if maps1[i][name] != typ {
				t.Errorf("%q is %s, want %s", name, typ, maps1[i][name])
			}
			n, last = n+1, name
			return true
		})
		if n != len(maps1[i]) || n > 0 && int(f.count) != n {
			t.Fatalf("%d fields (count %d), want %d", n, f.count, len(maps1[i]))
		}
	}
	if again := fieldsOf(maps1[len(maps1)-1]); preferring.joined(versions[len(versions)-1], again).count != again.count {
		t.Error("fields made in another order are others")
	}
}

// Not parallel: it counts allocations.
func TestATypeThatBranchesShareIsNotCopied(t *testing.T) {
	var f *fields
	for i := range 1000 {
		f = f.with(fmt.Sprint(i), String)
	}
	if preferring.joined(f, f) != f {
		t.Error("the union of fields with themselves is not the same")
	}
	scope := Type{set: kObject, shape: &shape{fields: f}}
	branch := scope.With("new", Int)
	allocated := testing.AllocsPerRun(100, func() { scope.Or(branch) })
	if allocated > 60 {
		t.Errorf("the type of one of two branches that differ in one of 1,000 names takes %v allocations", allocated)
	}
}

func TestTheTypeOfAVariableWithThePreviousOneTwiceStaysSmall(t *testing.T) {
	t.Parallel()
	typ := String
	for range 100 {
		typ = ObjectOf(map[string]Type{"l": typ, "r": typ}, false).Bounded()
		if typ.size() > maxType {
			t.Fatalf("the type has %d parts", typ.size())
		}
	}
}
