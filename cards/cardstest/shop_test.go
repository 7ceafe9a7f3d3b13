package cardstest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/engine/card"
)

// The shop is a second service that is unlike Okta: items with an id and a name, on a server in memory.

func TestASecondServicePassesTheSuite(t *testing.T) {
	t.Parallel()
	b := shopBench()
	b.Cards = []card.Card{renameItem, listItems}
	cardstest.Run(t, b)
}

func TestAServiceWithCardsOfEveryEffectPassesTheSuite(t *testing.T) {
	t.Parallel()
	cardstest.Run(t, shopBench())
}

func shopBench() cardstest.Bench {
	return cardstest.Bench{
		Service: card.NewService("shop", openShop),
		Cards:   []card.Card{listItems, renameItem, addItem, removeItem},
		Start:   startShop,
		Allowing: func(_ testing.TB, scopes []string, r cardstest.Request) string {
			needed := "shop.write"
			if r.Method == http.MethodGet {
				needed = "shop.read"
			}
			if slices.Contains(scopes, needed) {
				return needed
			}
			return ""
		},
	}
}

// shop is a connection to the shop.
type shop struct{ address, token string }

type shopConfig struct {
	Address string `json:"address" jsonschema:"where the shop is"`
	Token   any    `json:"token" jsonschema:"who may shop" secret:"true"`
}

func openShop(s card.Settings, c shopConfig) (card.Connection, error) {
	token, err := s.Secret(c.Token)
	return shop{c.Address, token.Reveal()}, err
}

func (shop) Test(context.Context) (card.Identity, error) { return card.Identity{Org: "shop"}, nil }
func (shop) Close() error                                { return nil }

// do sends one request, and decodes the answer into to unless that is nil.
func (s shop) do(ctx context.Context, method, path string, body, to any) error {
	data, err := card.EncodeJSON(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, s.address+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", s.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return &card.Error{Kind: card.Unavailable, Message: err.Error(), Err: err}
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusForbidden:
		return &card.Error{Kind: card.Forbidden, Status: answer.StatusCode, Message: "the shop refuses"}
	case http.StatusNotFound:
		return &card.Error{Kind: card.NotFound, Status: answer.StatusCode, Message: "there is no such item"}
	default:
		return &card.Error{Kind: card.Invalid, Status: answer.StatusCode, Message: answer.Status}
	}
	if to == nil {
		_, err := io.Copy(io.Discard, answer.Body)
		return err
	}
	return json.NewDecoder(answer.Body).Decode(to)
}

// item is an item of the shop.
type item struct {
	ID   string `json:"id" jsonschema:"the item's id"`
	Name string `json:"name" jsonschema:"the item's name, unique in the shop"`
}

type writtenItem struct {
	Changed bool `json:"changed" jsonschema:"false if everything was as wanted already"`
	item
}

type itemInput struct {
	ItemID string `json:"item_id" jsonschema:"the item's id"`
}

type renameInput struct {
	ItemID string `json:"item_id" jsonschema:"the item's id"`
	Name   string `json:"name" jsonschema:"the new name"`
}

type addInput struct {
	Name string `json:"name" jsonschema:"the new item's name"`
}

var listItems = card.NewList(card.Spec{
	Name: "shop.item.list", Title: "List Items", Summary: "list the items for sale", Scopes: []string{"shop.read"},
	Effect: card.Reads, Key: "id", Example: "card: shop.item.list\nwith: {}",
}, func(ctx context.Context, call card.Call, _ struct{}, _ card.Cursor) ([]item, card.Cursor, error) {
	items, err := allItems(ctx, call)
	return items, "", err
})

// The specs and functions are variables, so that tests can copy and break them.
var (
	renameSpec = card.Spec{
		Name: "shop.item.rename", Title: "Rename Item", Summary: "give an item another name", Scopes: []string{"shop.read", "shop.write"},
		Effect: card.Idempotent, Undo: card.Undo{Extent: card.Exact, Card: "shop.item.rename", NeedsBefore: true},
		Example: "card: shop.item.rename\nwith: {item_id: i1, name: stool}",
	}
	renameWrite = card.Write[renameInput, writtenItem]{
		Do: func(ctx context.Context, call card.Call, in renameInput) (writtenItem, error) {
			was, err := readItem(ctx, call, in.ItemID)
			if err != nil || was.Name == in.Name {
				return writtenItem{false, was}, err
			}
			var is item
			err = call.Conn.(shop).do(ctx, http.MethodPut, "/items/"+url.PathEscape(in.ItemID), item{Name: in.Name}, &is)
			return writtenItem{true, is}, err
		},
		Before: func(ctx context.Context, call card.Call, in renameInput) (card.State, error) {
			return beforeItem(ctx, call, in.ItemID)
		},
		After: func(in renameInput, _ card.State) card.Predicted {
			return card.Predicted{Fields: map[string]any{"name": in.Name}}
		},
		Back: func(in renameInput, _ writtenItem, before card.State) any {
			name, _ := before.Fields["name"].(string)
			if name == "" {
				return nil
			}
			return renameInput{in.ItemID, name}
		},
	}
	renameItem = card.NewWrite(renameSpec, renameWrite)

	addSpec = card.Spec{
		Name: "shop.item.add", Title: "Add Item", Summary: "put an item up for sale", Scopes: []string{"shop.read", "shop.write"},
		Effect: card.Creates, Undo: card.Undo{Extent: card.Exact, Card: "shop.item.remove"},
		Example: "card: shop.item.add\nwith: {name: rug}",
	}
	addWrite = card.Write[addInput, writtenItem]{
		Do: func(ctx context.Context, call card.Call, in addInput) (writtenItem, error) {
			there, err := namedItem(ctx, call, in.Name)
			if err != nil {
				return writtenItem{}, err
			}
			if there != nil {
				return writtenItem{}, &card.Error{Kind: card.Conflict, Message: "it is for sale already"}
			}
			var is item
			err = call.Conn.(shop).do(ctx, http.MethodPost, "/items", item{Name: in.Name}, &is)
			return writtenItem{true, is}, err
		},
		Before: func(ctx context.Context, call card.Call, in addInput) (card.State, error) {
			there, err := namedItem(ctx, call, in.Name)
			if there == nil {
				return card.State{Missing: true}, err
			}
			return card.State{Fields: map[string]any{"name": there.Name}}, err
		},
		After: func(in addInput, before card.State) card.Predicted {
			if before.Fields != nil {
				return card.Predicted{}
			}
			return card.Predicted{Fields: map[string]any{"name": in.Name}}
		},
		Back: func(_ addInput, out writtenItem, _ card.State) any { return itemInput{out.ID} },
		Did: func(ctx context.Context, call card.Call, in addInput, before card.State) (writtenItem, bool, error) {
			there, err := namedItem(ctx, call, in.Name)
			if there == nil || !before.Missing {
				return writtenItem{}, false, err
			}
			return writtenItem{true, *there}, true, nil
		},
	}
	addItem = card.NewWrite(addSpec, addWrite)

	removeSpec = card.Spec{
		Name: "shop.item.remove", Title: "Remove Item", Summary: "remove an item permanently", Scopes: []string{"shop.read", "shop.write"},
		Effect: card.Destroys, Undo: card.Undo{Extent: card.None},
		Example: "card: shop.item.remove\nwith: {item_id: i2}",
	}
	removeWrite = card.Write[itemInput, writtenItem]{
		Do: func(ctx context.Context, call card.Call, in itemInput) (writtenItem, error) {
			was, err := readItem(ctx, call, in.ItemID)
			if err == nil {
				err = call.Conn.(shop).do(ctx, http.MethodDelete, "/items/"+url.PathEscape(in.ItemID), nil, nil)
			}
			return writtenItem{true, was}, err
		},
		Before: func(ctx context.Context, call card.Call, in itemInput) (card.State, error) {
			return beforeItem(ctx, call, in.ItemID)
		},
		After: func(itemInput, card.State) card.Predicted { return card.Predicted{Gone: true} },
		Did: func(ctx context.Context, call card.Call, in itemInput, before card.State) (writtenItem, bool, error) {
			now, err := beforeItem(ctx, call, in.ItemID)
			return writtenItem{!before.Missing, item{ID: in.ItemID}}, now.Missing, err
		},
	}
	removeItem = card.NewWrite(removeSpec, removeWrite)
)

func allItems(ctx context.Context, call card.Call) (items []item, err error) {
	err = call.Conn.(shop).do(ctx, http.MethodGet, "/items", nil, &items)
	return items, err
}

func readItem(ctx context.Context, call card.Call, id string) (found item, err error) {
	err = call.Conn.(shop).do(ctx, http.MethodGet, "/items/"+url.PathEscape(id), nil, &found)
	return found, err
}

// namedItem returns the item with a name; nil if there is none.
func namedItem(ctx context.Context, call card.Call, name string) (*item, error) {
	items, err := allItems(ctx, call)
	i := slices.IndexFunc(items, func(it item) bool { return it.Name == name })
	if i < 0 {
		return nil, err
	}
	return &items[i], err
}

func beforeItem(ctx context.Context, call card.Call, id string) (card.State, error) {
	found, err := readItem(ctx, call, id)
	if err != nil && card.AsError(err).Kind == card.NotFound {
		return card.State{Missing: true}, nil
	}
	if err != nil {
		return card.State{}, err
	}
	return card.State{Names: map[string]string{"item_id": found.Name}, Fields: map[string]any{"name": found.Name}}, nil
}
