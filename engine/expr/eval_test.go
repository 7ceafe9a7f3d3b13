package expr

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEvalReportsMistakesAtTheirPlace(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ source, message, hint string }{
		{`steps.group.«id»`, `cannot read "id" of steps.group, which is nil`, `use ?.`},
		{`steps.group.«id» ?? 1`, `cannot read "id" of steps.group, which is nil`, `use ?.`},
		{`steps.group["«id»"]`, `cannot read "id" of steps.group, which is nil`, `use ?.`},
		{`steps.group.«profile».name`, `cannot read "profile" of steps.group, which is nil`, `use ?.`},
		{`vars.none.«x».y`, `cannot read "x" of vars.none, which is nil`, `use ?.`},
		{`vars.limit.«x»`, `cannot read "x" of vars.limit, which is an integer`, ``},
		{`first(vars.list ?? []).«x»`, `cannot read "x" of nil`, `use ?.`},
		{`inputs.tags[«5»]`, `there is no element 5 in a list of 2`, `first(list)`},
		{`vars.text«[»0]`, `cannot read element 0 of vars.text, which is a string`, `string[0:1]`},
		{`date(«inputs.since»)`, `the argument of date must be an integer, string or time, not nil`, `x ?? y`},
		{`date(«inputs.group») > now()`, `date: "Contractors" is not a time`, `"2026-02-27"`},
		{`map(inputs.users, date(«.lastLogin»))`, `the argument of date must be an integer, string or time, not nil`, `check x == nil`},
		{`lower(«inputs.record.profile.costCenter»)`, `the argument of lower must be a string, not an integer`, ``},
		{`vars.big «+» 1`, `cannot add a number too large or too precise for arithmetic and an integer`, ``},
		{`-vars.big`, ``, ``},
		{`«+»vars.text`, `the operand of + must be a number, not a string`, ``},
		{`vars.none «+» 1`, `cannot add nil and an integer`, `x ?? 0`},
		{`vars.none «<» 1`, `cannot compare nil and an integer`, `x ?? 0`},
		{`vars.none «contains» "x"`, `the operand of contains must be a string, not nil`, `x ?? ""`},
		{`"x" «contains» vars.none`, `the operand of contains must be a string, not nil`, `x ?? ""`},
		{`vars.none «startsWith» "x"`, `the operand of startsWith must be a string, not nil`, `x ?? ""`},
		{`"x" «endsWith» vars.none`, `the operand of endsWith must be a string, not nil`, `x ?? ""`},
		{`vars.none «matches» "x"`, `the operand of matches must be a string, not nil`, `x ?? ""`},
		{`"x" «matches» vars.none`, `the operand of matches must be a string, not nil`, `x ?? ""`},
		{`"x" «in» vars.none`, `the right side of in must be a list or object, not nil`, `x ?? []`},
		{`"x" not «in» vars.none`, `the right side of in must be a list or object, not nil`, `x ?? []`},
		{`vars.text «>» 1`, `cannot compare a string and an integer`, `string(x)`},
		{`9223372036854775807 «+» inputs.days`, `the result overflows 64 bits`, ``},
		{`inputs.days «/» (inputs.n - 3)`, `division by zero`, ``},
		{`inputs.days «%» 0`, `division by zero`, ``},
		{`inputs.days «%» 1.5`, `the operand of % must be an integer, not a decimal`, `int(x)`},
		{`10.0 «**» 999`, `the result is not a finite number`, ``},
		{`vars.«text» and true`, `the operand of and must be a boolean, not a string`, `x == "text"`},
		{`vars.«none» ? 1 : 2`, `the condition must be a boolean, not nil`, `x ?? false`},
		{`filter(inputs.users, .profile.«x»)`, `the closure of filter must be a boolean, not nil`, `x ?? false`},
		{`map(vars.«none», 1)`, `argument 1 of map must be a list, not nil`, `x ?? []`},
		{`1 in vars.text`, ``, ``},
		{`{(vars.«limit»): 1}`, ``, ``},
		{`take(inputs.tags, «-1»)`, `take: the number of elements must be at least 0, not -1`, ``},
		{`take(inputs.tags, «1.5»)`, `argument 2 of take must be an integer, not a decimal`, `int(x)`},
		{`reduce(«[]», #acc + #)`, ``, ``},
		{`sortBy(inputs.users, .lastLogin)`, ``, ``},
		{`unbase64(«"!"»)`, `unbase64: the string is not base64`, ``},
		{`duration(«"3 parsecs"»)`, `"3 parsecs" is not a duration`, `36h`},
		{`days(«vars.text»)`, `the argument of days must be a number, not a string`, ``},
		{`days(«1e9»)`, ``, ``},
		{`format_date(now(), «lower("YYYY")»)`, `unknown "yyyy" in the layout`, `YYYY`},
		{`format_date(now(), "HH", «"Local"»)`, `unknown time zone "Local"`, `Europe/Berlin`},
		{`ascii(«"Дмитрий"»)`, `there is no ASCII spelling of 'Д'`, `replace`},
		{`join(«[["x"]]»)`, ``, ``},
		{`index_by(«inputs.users», "profile.department")`, `"profile.department" in element 1 of index_by must be a string, not nil`, `leave such elements out`},
	} {
		t.Run(row.source, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(row.source, "«") {
				if v, err := tryEval(t, row.source); err == nil {
					t.Errorf("got %v, want an error", v)
				}
				return
			}
			source, at := marked(t, row.source)
			v, err := tryEval(t, source)
			if row.message == "" {
				if err == nil {
					t.Errorf("got %v, want an error", v)
				}
				return
			}
			wantError(t, source, err, at, row.message, row.hint)
		})
	}
}

func TestNilIsHandledByOptionalPathsAndDefaults(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		source string
		want   any
		typ    string
	}{
		{`steps.group == nil`, true, "boolean"},
		{`nil != steps.group`, false, "boolean"},
		{`steps.group?.id`, nil, "string or nil"},
		{`steps.group?.id ?? 1`, 1, "integer or string"},
		{`steps.group?.profile.name`, nil, "string or nil"},
		{`steps.group?.profile["name"][0:1]`, nil, "string or nil"},
		{`(steps.group?.profile).name ?? "none"`, "none", "string"},
		{`steps.group?.["id"]`, nil, "string or nil"},
		{`vars?.none?.x?.y`, nil, "any"},
		{`inputs.record?.id`, "00u1", "string"},
		{`inputs.since ?? inputs.record.created`, "2025-01-01T00:00:00.000Z", "string"},
		{`date(inputs.since ?? inputs.record.created) < now()`, true, "boolean"},
		{`inputs.since != nil and date(inputs.since) > now()`, false, "boolean"},
		{`inputs.since == nil ? "never" : lower(inputs.since)`, "never", "string"},
		{`inputs.since == nil or inputs.since > "2026"`, true, "boolean"},
		{`not (inputs.maybe == nil) and inputs.maybe`, false, "boolean"},
		{`inputs.maybe ?? true`, true, "boolean"},
		{`inputs.maybe == true`, false, "boolean"},
		{`nil == nil`, true, "boolean"},
		{`vars.missing`, nil, "any"},
		{`inputs.users[1].lastLogin`, nil, "string or nil"},
		{`map(inputs.users, .lastLogin ?? .created)`, []any{"2026-05-31T08:00:00.000Z", "2025-02-01T00:00:00.000Z"}, "list of string"},
		{`map(filter(inputs.users, .lastLogin != nil and date(.lastLogin) < now()), .id)`, []any{"00u1"}, "list of string"},
	} {
		t.Run(row.source, func(t *testing.T) {
			t.Parallel()
			p, err := Compile(row.source, testEnv)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Eval(context.Background(), testScope(testRoots()))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Error(diff)
			}
			if p.Type().String() != row.typ {
				t.Errorf("the type is %s, want %s", p.Type(), row.typ)
			}
		})
	}
}

func TestMissingFieldsReadAsNil(t *testing.T) {
	t.Parallel()
	p, err := Compile(`inputs.record.status`, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	v, err := p.Eval(context.Background(), testScope(map[string]any{"inputs": map[string]any{"record": map[string]any{}}}))
	if v != nil || err != nil {
		t.Errorf("got %v, %v", v, err)
	}
}

func TestTheSiteIsAskedOnlyIfTheExpressionNeedsIt(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{`1 + 1`: false, `false and now() > now()`: false, `[now(), now()] == [now(), now()]`: true} {
		asked := false
		p := mustCompile(t, source, testEnv)
		site := &testSite{asked: func() { asked = true }}
		if _, err := p.Eval(context.Background(), Scope{Site: site}); err != nil || asked != want || site.count != 0 {
			t.Errorf("%s: asked %v, want %v (%v)", source, asked, want, err)
		}
	}
	for _, source := range []string{`now()`, `uuid()`, `random()`} {
		if v, err := mustCompile(t, source, testEnv).Eval(context.Background(), Scope{}); err == nil {
			t.Errorf("%s without a site: got %v, want an error", source, v)
		}
	}
}

func TestRandomResultsDeriveFromTheSeedAndTheCount(t *testing.T) {
	t.Parallel()
	p := mustCompile(t, `[uuid(), uuid(), random()]`, testEnv)
	run := func(site Site) []any {
		v, err := p.Eval(context.Background(), Scope{Site: site})
		if err != nil {
			t.Fatal(err)
		}
		return v.([]any)
	}
	a := run(&testSite{seed: "a"})
	if diff := cmp.Diff(a, run(&testSite{seed: "a"})); diff != "" {
		t.Errorf("the same seed gives another result: %s", diff)
	}
	if a[0] == a[1] || a[0] == run(&testSite{seed: "b"})[0] {
		t.Error("another call or another seed gives the same result")
	}
	shared := &testSite{seed: "a"}
	if run(shared)[0] == run(shared)[0] || shared.count != 6 {
		t.Errorf("two inputs of a step get the same result, after %d calls", shared.count)
	}
	// A run that is resumed with a later version must draw the same values.
	want := []any{"d804afc3-6796-45cf-b57b-e2160c88b14f", "15f1a33d-3d68-4cd6-b3dd-cd73165084cd", 0.08698365910430017}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Error(diff)
	}
}

func TestProgramsAreSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	p, err := Compile(`sum(filter(vars.list, # % 2 == 0)) + len(map(vars.list, let x = #; x?.y ?? x))`, ObjectOf(map[string]Type{"vars": Any}, false))
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			list := []any{}
			for i := range worker + 3 {
				list = append(list, map[string]any{"y": i})
			}
			q, err := Compile(`sum(map(vars.list, .y))`, ObjectOf(map[string]Type{"vars": Any}, false))
			if err != nil {
				t.Error(err)
				return
			}
			for range 200 {
				v, err := q.Eval(context.Background(), Scope{Roots: map[string]any{"vars": map[string]any{"list": list}}})
				if want := (worker + 3) * (worker + 2) / 2; v != want || err != nil {
					t.Errorf("got %v, %v, want %d", v, err, want)
				}
				if _, err := p.Eval(context.Background(), Scope{Roots: map[string]any{"vars": map[string]any{"list": list}}}); err == nil {
					t.Error("an object was added up")
				}
			}
		})
	}
	wg.Wait()
}

func TestEvalNeverChangesItsRoots(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`sort(inputs.tags, "desc")`, `reverse(inputs.tags)`, `concat(inputs.tags, [1])`, `omit(inputs.record, "id")`, `merge(inputs.record, {id: 1})`,
		`uniq(inputs.tags)`, `sortBy(inputs.users, .id, "desc")`, `[inputs.record, now()]`, `{a: inputs, b: now()}`, `take(inputs.tags, 1)`,
		`flatten([inputs.tags, now()])`, `group_by(inputs.users, "id")`,
	} {
		roots := testRoots()
		p, err := Compile(source, testEnv)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Eval(context.Background(), testScope(roots)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(testRoots(), roots); diff != "" {
			t.Errorf("%s changed its roots: %s", source, diff)
		}
	}
}
