package scim

import (
	"context"
	"net/http"
	"strings"

	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/engine/card"
)

// An offer is what a target can do.
//
// Source: RFC 7643, section 5
type offer struct {
	Known          bool `json:"known" jsonschema:"whether the target describes itself; if it does not, flowdeck tries PATCH and filters, and no versions"`
	Patch          bool `json:"patch" jsonschema:"changes of single attributes; without it, flowdeck replaces the whole user or group"`
	Filter         bool `json:"filter" jsonschema:"searches; without it, flowdeck reads all users or groups to find one"`
	MaxResults     int  `json:"max_results" jsonschema:"the most users or groups of a page; 0 if it is not known"`
	ETag           bool `json:"etag" jsonschema:"versions: a write is refused if somebody else has made one since"`
	Sort           bool `json:"sort" jsonschema:"sorted lists"`
	Bulk           bool `json:"bulk" jsonschema:"several requests in one, which flowdeck does not use"`
	ChangePassword bool `json:"change_password" jsonschema:"changes of passwords, which flowdeck does not make"`
}

// lacks returns what flowdeck has to do without, for people; "" for nothing.
func (o offer) lacks() string {
	if !o.Known {
		return "does not describe itself"
	}
	var without []string
	for _, part := range []struct {
		name string
		has  bool
	}{{"patch", o.Patch}, {"filter", o.Filter}, {"etag", o.ETag}} {
		if !part.has {
			without = append(without, part.name)
		}
	}
	if len(without) == 0 {
		return ""
	}
	return "without " + strings.Join(without, ", ")
}

// offers returns what the target offers. It asks once.
func (t *target) offers(ctx context.Context) (offer, error) {
	end, err := t.Alone(ctx, "offers")
	if err != nil {
		return offer{}, err
	}
	defer end()
	if o := t.known(); o != nil {
		return *o, nil
	}
	o := offer{Patch: true, Filter: true}
	err = t.send(ctx, message{method: http.MethodGet, path: "/ServiceProviderConfig"}, func(a web.Answer) error {
		v, err := a.JSON()
		if err != nil {
			return err
		}
		body, ok := v.(map[string]any)
		if !ok {
			return a.Unread("is not a ServiceProviderConfig")
		}
		o = offerIn(body)
		return nil
	})
	if failure := card.AsError(err); err != nil && !undescribed(failure) {
		return offer{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.offered = &o
	return o, nil
}

// undescribed reports whether the refusal of ServiceProviderConfig shows that the target has none, and not that it cannot be reached.
func undescribed(e *card.Error) bool {
	return e.Status >= 400 && (e.Kind == card.NotFound || e.Kind == card.Forbidden || e.Kind == card.Invalid)
}

func (t *target) known() *offer {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.offered
}

// withoutPatch records that the target refused a PATCH because it has none.
func (t *target) withoutPatch() {
	t.mu.Lock()
	defer t.mu.Unlock()
	o := *t.offered
	o.Patch = false
	t.offered = &o
}

// offerIn reads a ServiceProviderConfig. What it does not mention is not offered.
func offerIn(body map[string]any) offer {
	part := func(name string) map[string]any { object, _ := field(body, name).(map[string]any); return object }
	has := func(name string) bool { return sameValue("", true, field(part(name), "supported")) }
	most, _ := whole(field(part("filter"), "maxResults"))
	return offer{
		Known: true, Patch: has("patch"), Filter: has("filter"), MaxResults: most, ETag: has("etag"),
		Sort: has("sort"), Bulk: has("bulk"), ChangePassword: has("changePassword"),
	}
}
