package web

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// refusing makes a card refuse inputs that make no request, or another one than its caller expects.
func refusing(c card.Card) card.Card {
	_, anyMethod := c.In.Properties["method"]
	_, paginates := c.In.Properties["paginate"]
	return card.Checking(c, checkFiles).Refusing(func(in map[string]any) *card.Refusal {
		refusal := refusePath(in["path"])
		if refusal == nil {
			refusal = refuseHeaders(in["headers"])
		}
		if refusal == nil {
			refusal = refuseBodies(in)
		}
		if refusal == nil && anyMethod {
			refusal = refuseBody(in)
		}
		if refusal == nil && paginates {
			refusal = refusePaging(in)
		}
		return refusal
	})
}

// checkFiles returns the error with which a request is refused whose files cannot be read or written. Inputs of all cards with files are among those
// of PUT.
func checkFiles(call card.Call, in putInput) error {
	if _, err := withBody(request{header: http.Header{}}, in, call.Files); err != nil {
		return err
	}
	if in.Save == "" {
		return nil
	}
	_, draft, err := draftOf(call.Files, in.Save)
	if err == nil {
		draft.Discard()
	}
	return err
}

// refusePath refuses a path that no base can have below it. target adds what depends on the base.
func refusePath(value any) *card.Refusal {
	path, known := value.(string)
	if !known {
		return nil
	}
	wrong := func(hint, format string, args ...any) *card.Refusal {
		return &card.Refusal{Path: []string{"path"}, Message: fmt.Sprintf("path %q ", path) + fmt.Sprintf(format, args...), Hint: hint}
	}
	switch {
	case strings.Contains(path, "://"), strings.HasPrefix(path, "//"):
		return wrong(`write just the path, such as "/users/1"; the host comes from base_url of the connection`, "names a host")
	case !strings.HasPrefix(path, "/"):
		return wrong(`write just the path, such as "/users/1"; it is added to base_url of the connection`, "does not start with /")
	case strings.ContainsAny(path, "?#"):
		return wrong("write the part after ? as `query`; an inserted value needs urlencode(…)", "is more than a path")
	}
	if trimmed := strings.TrimSuffix(path, "/"); trimmed != "" {
		if err := checkSegments(trimmed); err != nil {
			return wrong("is an inserted value empty or wrong? Insert it with urlencode(…)", "%v", err)
		}
	}
	return nil
}

// refuseHeaders refuses headers that a request cannot have, whatever its connection.
func refuseHeaders(value any) *card.Refusal {
	headers, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		text, _ := wire.Scalar(headers[name]) // "" if it is not known
		if err := wire.CheckHeader(http.Header{name: {text}}); err != nil {
			return &card.Refusal{Path: []string{"headers", name}, Message: err.Error(), Hint: card.AsError(err).Hint}
		}
	}
	return nil
}

// bodies are the inputs that are the body of a request, and what they are.
var bodies = []struct{ input, a string }{{"body", "a `body`"}, {"form", "a `form`"}, {"file", "a `file`"}, {"multipart", "a `multipart`"}}

// refuseBodies refuses more than one body, and files without a name: a request without a body is not what its caller expects.
func refuseBodies(in map[string]any) *card.Refusal {
	for _, input := range []string{"file", "save"} {
		if in[input] == "" {
			return &card.Refusal{Path: []string{input}, Message: "`" + input + "` is empty", Hint: "write the path of a file"}
		}
	}
	first := ""
	for _, b := range bodies {
		switch given := in[b.input] != nil; {
		case given && first != "":
			return &card.Refusal{Path: []string{b.input}, Message: "a request cannot have both " + first + " and " + b.a}
		case given:
			first = b.a
		}
	}
	if sent, ok := in["multipart"].(map[string]any); ok && sent["fields"] == nil && sent["files"] == nil {
		return &card.Refusal{Path: []string{"multipart"}, Message: "`multipart` has neither `fields` nor `files`"}
	}
	return nil
}

// refuseBody refuses the body of a request whose method has none.
func refuseBody(in map[string]any) *card.Refusal {
	method, known := in["method"].(string)
	if in["method"] == nil {
		method, known = http.MethodGet, true
	}
	if !known || !(request{method: method}).reads() {
		return nil
	}
	for _, b := range bodies {
		if in[b.input] != nil {
			return &card.Refusal{Path: []string{b.input}, Message: fmt.Sprintf("a %s cannot have %s", method, b.a), Hint: "did you mean `query`, or another `method`?"}
		}
	}
	if in["save"] != nil {
		return &card.Refusal{Path: []string{"save"}, Message: fmt.Sprintf("a %s cannot have `save`", method), Hint: "http.download reads into a file"}
	}
	return nil
}

// refusePaging refuses inputs that contradict the way in which a list gets to its next page.
func refusePaging(in map[string]any) *card.Refusal {
	given := func(input string) bool { return in[input] != nil && in[input] != "" }
	by, known := in["paginate"].(string)
	switch {
	case !given("paginate") && given("next"):
		by = "cursor"
	case !given("paginate"):
		by = "link"
	case !known:
		return nil
	}
	only := func(input, ways string) *card.Refusal {
		return &card.Refusal{Path: []string{input}, Message: fmt.Sprintf("`%s` is only for `paginate: %s`", input, ways)}
	}
	param, _ := in["param"].(string)
	query, _ := in["query"].(map[string]any)
	counted := cmp.Or(param, by) // the parameter, if it counts
	switch {
	case (by == "offset" || by == "page") && query[counted] != nil:
		return &card.Refusal{
			Path: []string{"query", counted}, Message: fmt.Sprintf("`paginate: %s` sets the query parameter %q", by, counted),
			Hint: "write the first number as `start`",
		}
	case by == "cursor" && !given("next"):
		return &card.Refusal{Path: []string{"paginate"}, Message: "`paginate: cursor` needs `next`, the field of the answer that has the cursor"}
	case by != "cursor" && given("next"):
		return only("next", "cursor")
	case by == "link" && given("param"):
		return only("param", "cursor`, `offset` and `page")
	case (by == "link" || by == "cursor") && given("start"):
		return only("start", "offset` and `page")
	}
	return nil
}
