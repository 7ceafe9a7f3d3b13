package cardstest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/flowdeck/flowdeck/engine/card"
)

var (
	cardName  = regexp.MustCompile(`^[a-z]+(\.[a-z]+(_[a-z]+)*){2,}$`)
	inputName = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
)

func completeSpec(tb testing.TB, b Bench, c card.Card) {
	if !b.raw(c) && !b.Short && !cardName.MatchString(c.Name) {
		tb.Errorf("the name is not service.resource.verb")
	}
	if b.Service.Name != "" && c.Service() != b.Service.Name {
		tb.Errorf("it is a card of %s, not of %s", c.Service(), b.Service.Name)
	}
	if b.Service.Name == "" && !c.NoConnection {
		tb.Error("it needs a connection, and the bench has no service that opens one")
	}
	if c.Title == "" || strings.HasSuffix(c.Title, ".") {
		tb.Errorf("the title is %q", c.Title)
	}
	if first := c.Summary[:min(1, len(c.Summary))]; first == "" || first != strings.ToLower(first) || strings.HasSuffix(c.Summary, ".") {
		tb.Errorf("the summary is %q, want one line in lower case without a full stop", c.Summary)
	}
	if scoped := b.Allowing != nil && !c.NoConnection && !b.raw(c); (len(c.Scopes) > 0) != scoped {
		tb.Errorf("the declared scopes are %v", c.Scopes)
	}
	for name, property := range c.In.Properties {
		if !inputName.MatchString(name) {
			tb.Errorf("input %q is not snake_case", name)
		}
		if property.Description == "" {
			tb.Errorf("input %q has no description", name)
		}
		emptiedByNull(tb, c, name, property)
	}
	everyField(tb, "", c.Out)
	if c.Effect != card.Reads {
		completeWrite(tb, b, c)
	}
}

// completeWrite is the part of completeSpec for cards that change something. It leaves out what NewWrite already
// checks.
func completeWrite(tb testing.TB, b Bench, c card.Card) {
	if c.Out.Properties["changed"] == nil {
		tb.Error("a card that writes must answer `changed`")
	}
	if c.HasBefore() == b.raw(c) {
		tb.Error("a card that writes, and that is not raw, must have Before")
	}
}

// emptiedByNull checks that a literal null of an attribute has a place at which the card empties it, and that no input seems to be
// emptied by a null and is not.
func emptiedByNull(tb testing.TB, c card.Card, name string, property *jsonschema.Schema) {
	attribute, marked := property.Extra["attribute"].(string)
	into, inner, _ := strings.Cut(attribute, ".")
	switch to := c.In.Properties[into]; {
	case marked && (inner == "" || to == nil || to.Extra["clears"] != true):
		tb.Errorf("input %q is the attribute %q, which is not in an input with clears", name, attribute)
	case marked || !slices.Contains(property.Types, "null") || slices.Contains(c.In.Required, name) || property.Default != nil:
	case clearing(c.In) && !slices.Contains(notAttributes, name):
		tb.Errorf("input %q may be null, but a null does not empty it: give it the tag attribute, or add it to notAttributes", name)
	}
}

// notAttributes are the inputs, of cards that empty attributes, that may be null and are not attributes: a null counts as not given.
var notAttributes = []string{"clear", "group_ids", "hash_password", "priority"}

// clearing reports whether a card can empty attributes.
func clearing(in *jsonschema.Schema) bool {
	for _, property := range in.Properties {
		if property.Extra["clears"] == true {
			return true
		}
	}
	return false
}

// everyField checks that each field of an answer has a description.
func everyField(tb testing.TB, path string, s *jsonschema.Schema) {
	for name, field := range s.Properties {
		if field.Description == "" {
			tb.Errorf("field %q of the answer has no description", path+name)
		}
		everyField(tb, path+name+".", field)
	}
}
