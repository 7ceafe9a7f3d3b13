package okta

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/flowdeck/flowdeck/cards/okta/oktaapi"
	"github.com/flowdeck/flowdeck/engine/card"
)

// mostUsers is Okta's maximum of a page.
const mostUsers = 200

// userPosition is how far users were read, in the order of a time that each of them has. A look reads all users from some minutes before the last look on. Its pages
// start at the time of the last user, and not at Okta's cursor, so that users who are updated meanwhile move behind it, and shift no others out. A cursor is only
// used among users with the same time.
type userPosition struct {
	Clock orgClock    `json:"clock"`           // when the look that goes on started
	From  time.Time   `json:"from,omitzero"`   // the start: what happened before is old
	Since time.Time   `json:"since,omitzero"`  // users from this time on are read
	After card.Cursor `json:"after,omitempty"` // among those of Since
	Going bool        `json:"going,omitempty"` // a look goes on
	First bool        `json:"first,omitempty"` // it is the first
}

var (
	createdUsers = userRead{field: "created", key: func(id, _ string) string { return id }}
	updatedUsers = userRead{field: "lastUpdated", key: func(id, at string) string { return id + " " + at }}
)

// userRead reads users by a time.
type userRead struct {
	field string
	key   func(id, at string) string
}

func (u userRead) reader() *card.Reader { return card.NewReader([]string{"okta.users.read"}, u.read) }

func (u userRead) read(ctx context.Context, call card.Call, in userTriggerInput, at *userPosition) (card.News, userPosition, error) {
	org, err := session(call)
	if err != nil {
		return card.News{}, userPosition{}, err
	}
	if at == nil {
		at = &userPosition{First: true}
		if at.From, at.Clock, err = u.newest(ctx, org); err != nil {
			return card.News{}, *at, err
		}
		at.Since = at.From
	}
	p := *at
	page, err := u.page(ctx, org, in, p)
	if failure := card.AsError(err); failure != nil && failure.Kind == card.Invalid && p.After != "" { // Okta does not take the cursor any more
		p.After = ""
		page, err = u.page(ctx, org, in, p)
	}
	if err != nil {
		return card.News{}, p, err
	}
	return u.news(page, p)
}

// newest returns the time of the newest user, zero if there is none, and the time of the org.
func (u userRead) newest(ctx context.Context, org *oktaapi.Session) (newest time.Time, clock orgClock, err error) {
	parameters := query("search", u.from(time.Unix(0, 0)), "sortBy", u.field, "sortOrder", "desc", "limit", "1")
	users, _, date, err := org.DatedPage(ctx, oktaapi.ListUsers, oktaapi.Args{Query: parameters}, "")
	if err != nil {
		return newest, clock, err
	}
	if len(users) > 0 {
		fields, _ := users[0].(map[string]any)
		at, ok := timeIn(fields, u.field)
		if !ok {
			return newest, clock, &card.Error{Kind: card.Unavailable, Message: fmt.Sprintf("the newest user has no time in %s", u.field)}
		}
		newest = at
	}
	return newest, clock.see(date, newest), nil
}

func (u userRead) from(at time.Time) string {
	return fmt.Sprintf("%s ge %q", u.field, oktaTime(later(at, time.Unix(0, 0))))
}

// userPage is a page of users.
type userPage struct {
	users []card.Value
	next  card.Cursor
	date  time.Time
}

func (u userRead) page(ctx context.Context, org *oktaapi.Session, in userTriggerInput, p userPosition) (page userPage, err error) {
	search := u.from(p.Since)
	if in.Query != "" {
		search += " and (" + in.Query + ")"
	}
	parameters := query("search", search, "sortBy", u.field, "sortOrder", "asc", "limit", number(mostUsers))
	page.users, page.next, page.date, err = org.DatedPage(ctx, oktaapi.ListUsers, oktaapi.Args{Query: parameters}, p.After)
	return page, err
}

// news returns the users of a page, and the position after it.
func (u userRead) news(page userPage, p userPosition) (card.News, userPosition, error) {
	var news card.News
	newest := time.Time{}
	for _, user := range page.users {
		r := u.record(user)
		r.Old = r.At.Before(p.From) || p.First && r.At.Equal(p.From)
		newest = later(newest, r.At)
		news.Records = append(news.Records, r)
	}
	if !p.Going {
		p.Clock = p.Clock.see(page.date, newest)
	}
	news.At = later(p.Clock.Time, newest)
	p.Going = page.next != ""
	switch {
	case !p.Going:
		p.Since, p.After, p.First = later(earlier(p.Clock.Time, overlap), p.From), "", false
		news.Forget = earlier(p.Clock.Time, 2*overlap)
	case newest.After(p.Since):
		p.Since, p.After = newest, ""
	case page.next == p.After:
		return card.News{}, p, repeats()
	default:
		p.After = page.next
	}
	news.More = p.Going
	return news, p, nil
}

// record returns a user as a record.
func (u userRead) record(user card.Value) card.Record {
	fields, _ := user.(map[string]any)
	at, ok := timeIn(fields, u.field)
	id := idOf(fields)
	if !ok || id == "" || len(id) > longestEventID || !printable(id) {
		return card.Record{Value: user, Err: errors.New("it has no id, or no time in " + u.field)}
	}
	return card.Record{Key: u.key(id, oktaTime(at)), At: at, Subject: id, Value: user}
}
