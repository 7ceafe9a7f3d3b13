package expr

import (
	"context"
	"fmt"
	"testing"
)

func BenchmarkEval(b *testing.B) {
	roots := testRoots()
	scope := testScope(roots)
	for _, source := range []string{
		`inputs.record.status != "ACTIVE"`,
		`inputs.days > 30 and inputs.active`,
		`date(inputs.record.lastLogin ?? inputs.record.created) > now() - days(inputs.days)`,
		`steps.group?.id`,
		`inputs.record.status in ["STAGED", "PROVISIONED", "ACTIVE"]`,
		`filter(inputs.users, .status == "ACTIVE")`,
		`count(1..1000, # % 2 == 0)`,
	} {
		b.Run(source, func(b *testing.B) {
			p, err := Compile(source, testEnv)
			if err != nil {
				b.Fatal(err)
			}
			ctx := context.Background()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Eval(ctx, scope); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("text", func(b *testing.B) {
		tmpl, err := CompileText(`profile.name eq ${ quote(inputs.group) }`, testEnv)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tmpl.Eval(context.Background(), scope); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile(`date(inputs.record.lastLogin ?? inputs.record.created) > now() - days(inputs.days)`, testEnv); err != nil {
			b.Fatal(err)
		}
	}
}

// One operation works on values of n, 10 n and 100 n.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		roots := largeRoots(n)
		for _, source := range []string{
			`t matches "(x+x+)+y"`, `regex_replace(t, "b, ", "")`, `uniq(objects)`, `sort(strings)`, `index_by(objects, "id")`, `pluck(objects, "id")`, `uncsv(csv)`, `unjson(json)`, `json(objects)`, `split(t, ",")`,
		} {
			b.Run(fmt.Sprintf("%s/%d", source, n), func(b *testing.B) {
				p := mustCompile(b, source, Any)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := p.Eval(context.Background(), Scope{Roots: roots}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
