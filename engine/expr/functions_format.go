package expr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

var formatFunctions = []definition{
	{
		theme: "format", name: "json", params: []param{one("value", Any)}, returns: String,
		call: func(ev *evaluation, args []any) (any, error) {
			return ev.encode(args[0])
		},
		summary: "The value as JSON on one line, with the names of objects sorted.",
		example: `json({b: [1, nil], a: "x"})`, result: `"{\"a\":\"x\",\"b\":[1,null]}"`,
	},
	{
		theme: "format", name: "unjson", params: []param{one("text", String)}, returns: Any,
		call: func(ev *evaluation, args []any) (any, error) {
			v, err := decode(args[0].(string))
			if err != nil {
				return nil, faultf("unjson: the string is not JSON: %s", err).at(0)
			}
			return v, ev.made(4 * len(args[0].(string)))
		},
		summary: "The value that a string of JSON describes.",
		example: `unjson("{\"a\": [1, 2.5]}").a[1]`, result: `2.5`,
	},
	{
		theme: "format", name: "csv", params: []param{one("rows", anyList), repeated("columns", String)}, returns: String,
		call: toCSV,
		summary: "CSV of a list of objects, with a header of these columns, or of the names of all objects, sorted. A list of lists " +
			"gives rows without a header. Nil is an empty cell.",
		example: `csv([{login: "ann", n: 1}, {login: "bo, b", n: 2}], "login", "n")`, result: `"login,n\nann,1\n\"bo, b\",2\n"`,
	},
	{
		theme: "format", name: "uncsv", params: []param{one("text", String)}, returns: ListOf(mapOf(String)),
		call:    fromCSV,
		summary: "A list of objects of strings, from CSV whose first line names the columns.",
		example: `uncsv("login,n\nann,1\n")`, result: `[{"login":"ann","n":"1"}]`,
	},
	{
		theme: "format", name: "base64", params: []param{one("text", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			return base64.StdEncoding.EncodeToString([]byte(args[0].(string))), nil
		},
		summary: "The string in base64, with the standard alphabet and padding.",
		example: `base64("ann:secret")`, result: `"YW5uOnNlY3JldA=="`,
	},
	{
		theme: "format", name: "unbase64", params: []param{one("text", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			text := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(strings.TrimSpace(args[0].(string)), "="))
			b, err := base64.RawStdEncoding.DecodeString(text)
			if err != nil {
				return nil, faultf("unbase64: the string is not base64").at(0)
			}
			if !utf8.Valid(b) {
				return nil, faultf("unbase64: the decoded bytes are not valid UTF-8").at(0)
			}
			return string(b), nil
		},
		summary: "The string that base64 encodes; the alphabet for URLs and missing padding are accepted.",
		example: `unbase64("YW5uOnNlY3JldA")`, result: `"ann:secret"`,
	},
	{
		theme: "format", name: "urlencode", params: []param{one("text", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			return strings.ReplaceAll(url.QueryEscape(args[0].(string)), "+", "%20"), nil
		},
		summary: "The string for a part of a URL: everything but letters, digits and -._~ is escaped.",
		example: `urlencode("a b/c&d")`, result: `"a%20b%2Fc%26d"`,
	},
	{
		theme: "format", name: "sha256", params: []param{one("text", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			hash := sha256.Sum256([]byte(args[0].(string)))
			return hex.EncodeToString(hash[:]), nil
		},
		summary: "The SHA-256 hash of the string, in hexadecimal.",
		example: `sha256("ann")[:8]`, result: `"49915e0d"`,
	},
	{
		theme: "format", name: "hmac", params: []param{one("key", String), one("text", String)}, returns: String,
		call: func(_ *evaluation, args []any) (any, error) {
			mac := hmac.New(sha256.New, []byte(args[0].(string)))
			mac.Write([]byte(args[1].(string)))
			return hex.EncodeToString(mac.Sum(nil)), nil
		},
		summary: "The HMAC of the string with SHA-256, in hexadecimal.",
		example: `hmac("key", "ann")[:8]`, result: `"9d77c318"`,
	},
}

func toCSV(ev *evaluation, args []any) (any, error) {
	rows := args[0].([]any)
	var columns []string
	for _, name := range args[1:] {
		columns = append(columns, name.(string))
	}
	header := len(columns) > 0
	if !header {
		names := map[string]bool{}
		for _, row := range rows {
			if object, ok := row.(map[string]any); ok {
				header = true
				for name := range object {
					names[name] = true
				}
			}
		}
		columns = slices.Sorted(maps.Keys(names))
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	if header {
		_ = w.Write(columns) // to a strings.Builder, and flushed with an error below
	}
	for i, row := range rows {
		var cells []any
		switch row := row.(type) {
		case map[string]any:
			for _, name := range columns {
				cells = append(cells, row[name])
			}
		case []any:
			if header {
				return nil, faultf("csv: row %d is a list, but the columns have names", i).at(0)
			}
			cells = row
		default:
			return nil, mustBe(fmt.Sprintf("row %d of csv", i), "object or list", kindWord(row)).at(0)
		}
		if err := ev.made(elementSize * len(cells)); err != nil {
			return nil, err
		}
		record := make([]string, len(cells))
		for j, cell := range cells {
			text, ok := scalarText(cell)
			if !ok && cell != nil {
				return nil, mustBe(fmt.Sprintf("a cell in row %d of csv", i), textKinds, kindWord(cell)).withHint("json(value) converts it to a string").at(0)
			}
			record[j] = text
		}
		if err := w.Write(record); err != nil {
			return nil, faultf("csv: %s", err)
		}
	}
	w.Flush()
	return b.String(), ev.made(b.Len())
}

func fromCSV(ev *evaluation, args []any) (any, error) {
	text := strings.TrimPrefix(args[0].(string), "\ufeff") // spreadsheets start with it
	if err := ev.made(4 * len(text)); err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		return nil, faultf("uncsv: %s", err).at(0)
	}
	list := []any{}
	for i, row := range rows {
		if i == 0 {
			if twice := firstTwice(row); twice != "" {
				return nil, faultf("uncsv: duplicate column %q", twice).at(0)
			}
			continue
		}
		object := make(map[string]any, len(row))
		for j, cell := range row {
			object[rows[0][j]] = cell
		}
		list = append(list, object)
	}
	return list, nil
}

func firstTwice(names []string) string {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}
