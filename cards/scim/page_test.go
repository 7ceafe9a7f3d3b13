package scim

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAListHasAllUsersWhateverThePagesAre(t *testing.T) {
	t.Parallel()
	for _, quirks := range []string{"page_size: 7", "no_totals: true", "page_size: 10, no_totals: true", "page_size: 1000", "no_filter: refuse, page_size: 3", "simple_filter: true, page_size: 9"} {
		t.Run(quirks, func(t *testing.T) {
			t.Parallel()
			f, _ := simulated(t, "quirks: {"+quirks+"}\ngenerate: {users: 50}\nusers: [{userName: odd, active: false}]")
			for _, limit := range []int{0, 5, 50, 51, 1000} {
				in := map[string]any{}
				if limit > 0 {
					in["limit"] = limit
				}
				if got := names(f.do("scim.user.list", in), "userName"); len(got) != 51 {
					t.Errorf("limit %d: %d users", limit, len(got))
				}
				in["where"], in["filter"] = map[string]any{"active": true}, `userName sw "person" and not (userName ew "1@acme.example")`
				if got := names(f.do("scim.user.list", in), "userName"); len(got) != 45 {
					t.Errorf("limit %d: %d users fit", limit, len(got))
				}
			}
		})
	}
}

// lists answers GET /Users with fixed pages, by startIndex.
func lists(pages map[int]string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, _ := strconv.Atoi(r.URL.Query().Get("startIndex"))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, pages[start])
	})
}

func TestT29AListThatIsCutShortOrNeverEndsIsAnError(t *testing.T) {
	t.Parallel()
	const two = `"Resources": [{"id": "u1"}, {"id": "u2"}]`
	for name, row := range map[string]struct {
		pages map[int]string
		want  string
	}{
		"the same page again":         {map[int]string{1: `{"totalResults": 9, ` + two + `}`, 3: `{"totalResults": 9, ` + two + `}`}, "ignores startIndex"},
		"from the start again":        {map[int]string{1: `{"totalResults": 9, ` + two + `}`, 3: `{"totalResults": 9, "startIndex": 1, "Resources": [{"id": "u7"}]}`}, "ignores startIndex"},
		"an empty page in the middle": {map[int]string{1: `{"totalResults": 9, ` + two + `}`, 3: `{"totalResults": 9, "Resources": []}`}, "although it counts 9"},
		"no list":                     {map[int]string{1: `{"Users": []}`}, "no list"},
		"not a list":                  {map[int]string{1: `{"totalResults": 1, "Resources": {"id": "u1"}}`}, "no list"},
		"a user without an id":        {map[int]string{1: `{"totalResults": 1, "Resources": [{"userName": "x"}]}`}, "without an id"},
		"not a user":                  {map[int]string{1: `{"totalResults": 1, "Resources": ["u1"]}`}, "without an id"},
		"an id that is an object":     {map[int]string{1: `{"totalResults": 1, "Resources": [{"id": {}}]}`}, "not a string"},
		"an array":                    {map[int]string{1: `[{"id": "u1"}]`}, "not a SCIM list"},
	} {
		f := connectTo(t, lists(row.pages), nil)
		_, err := f.try("scim.user.list", map[string]any{})
		if err == nil || !strings.Contains(err.Error(), row.want) || card.AsError(err).Code != card.CodeUnread {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTheTotalOfAListMayChange(t *testing.T) {
	t.Parallel()
	for name, pages := range map[string]map[int]string{
		"fewer":             {1: `{"totalResults": 9, "Resources": [{"id": "u1"}, {"id": "u2"}]}`, 3: `{"totalResults": 3, "Resources": [{"id": "u3"}]}`},
		"more":              {1: `{"totalResults": 3, "Resources": [{"id": "u1"}]}`, 2: `{"totalResults": 3, "Resources": [{"id": "u2"}]}`, 3: `{"totalResults": "3", "Resources": [{"id": "u3"}]}`},
		"gone":              {1: `{"totalResults": 9, "Resources": [{"id": "u1"}, {"id": "u2"}, {"id": "u3"}]}`, 4: `{"totalResults": 2}`},
		"in lower case":     {1: `{"totalresults": 3, "resources": [{"id": "u1"}, {"id": "u2"}, {"id": "u3"}]}`},
		"not counted":       {1: `{"Resources": [{"id": "u1"}, {"id": "u2"}]}`, 3: `{"Resources": [{"id": "u3"}]}`, 4: `{"Resources": []}`},
		"longer than asked": {1: `{"totalResults": 3, "itemsPerPage": 1, "Resources": [{"id": "u1"}, {"id": "u2"}, {"id": "u3"}]}`},
	} {
		f := connectTo(t, lists(pages), nil)
		if got := names(f.do("scim.user.list", map[string]any{}), "id"); fmt.Sprint(got) != "[u1 u2 u3]" {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestAUserIsFoundByNameWhateverTheTargetKnows(t *testing.T) {
	t.Parallel()
	for _, quirks := range []string{"{}", "{no_filter: refuse, page_size: 10}", "{no_filter: ignore, page_size: 10}", "{simple_filter: true}", "{lower_case_names: true}", "{no_totals: true}"} {
		f, _ := simulated(t, "quirks: "+quirks+"\ngenerate: {users: 30}\nusers: [{id: u1, userName: 'A\"da@x', externalId: 'x\"1'}]")
		for _, in := range []map[string]any{{"user_name": `a"DA@x`}, {"external_id": `x"1`}} {
			if found := f.do("scim.user.find", in); found["id"] != "u1" {
				t.Errorf("%s: found %v by %v", quirks, found, in)
			}
		}
		for _, in := range []map[string]any{{"user_name": `nobody" or userName pr or userName eq "`}, {"external_id": `X"1`}} {
			if found := f.do("scim.user.find", in); found != nil {
				t.Errorf("%s: found %v by %v", quirks, found, in)
			}
		}
	}
}

func TestSeveralUsersWithOneExternalIDAreAConflict(t *testing.T) {
	t.Parallel()
	f, _ := simulated(t, `users: [{userName: a, externalId: "1"}, {userName: b, externalId: "1"}]`)
	if _, err := f.try("scim.user.find", map[string]any{"external_id": "1"}); card.AsError(err).Kind != card.Conflict {
		t.Errorf("got %v", err)
	}
}
