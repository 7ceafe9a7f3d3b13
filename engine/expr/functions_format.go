package expr

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"
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
			if err := ev.made(4 * len(args[0].(string))); err != nil {
				return nil, err
			}
			return ev.decode(args[0].(string))
		},
		summary: "The value that a string of JSON describes. If a name occurs twice in an object, the last value wins.",
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
		theme: "format", name: "uncsv", params: []param{one("text", String), optional("separator", String)}, returns: ListOf(MapOf(String)),
		call: fromCSV,
		summary: "A list of objects of strings, from CSV whose first line names the columns. The separator is a comma, or the character that is given. " +
			"A text whose first line has semicolons, tabs or vertical bars in its place is an error.",
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
		theme: "format", name: "hmac", params: []param{one("key", String), one("text", String), optional("encoding", String)}, returns: String,
		infer: func(c *checker, args []operand) Type {
			if len(args) > 2 && args[2].text != nil && *args[2].text != "hex" && *args[2].text != "base64" {
				c.fail(unknownEncoding(*args[2].text).placed(args[2].at))
			}
			return String
		},
		call: func(_ *evaluation, args []any) (any, error) {
			mac := hmac.New(sha256.New, []byte(args[0].(string)))
			mac.Write([]byte(args[1].(string)))
			switch sum := mac.Sum(nil); {
			case len(args) < 3 || args[2] == "hex":
				return hex.EncodeToString(sum), nil
			case args[2] == "base64":
				return base64.StdEncoding.EncodeToString(sum), nil
			}
			return nil, unknownEncoding(args[2].(string)).at(2)
		},
		summary: "The HMAC of the string with SHA-256, in hexadecimal (\"hex\", the default) or in \"base64\".",
		example: `hmac("key", "ann")[:8]`, result: `"9d77c318"`,
	},
}

func unknownEncoding(name string) *fault {
	return faultf("unknown encoding %q", name).withHint(`"hex" or "base64"`)
}
