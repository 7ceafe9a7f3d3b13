package veil_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/charmbracelet/log"
	"gopkg.in/yaml.v3"
)

// forms are the notations of a text, most of them written by other libraries.
var forms = []struct {
	name  string
	write func(string) string
}{
	{"plain", func(s string) string { return s }},
	{"upper case", strings.ToUpper},
	{"lower case", strings.ToLower},
	{"JSON", func(s string) string { data, _ := json.Marshal(s); return string(data) }},
	{"JSON without HTML", func(s string) string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		_ = e.Encode(s)
		return b.String()
	}},
	{"JSON with slashes escaped", func(s string) string {
		data, _ := json.Marshal(s)
		return strings.ReplaceAll(string(data), "/", `\/`)
	}},
	{`JSON in \u`, func(s string) string { return units(s, `\u%04x`, 1) }},
	{`JSON in \u, upper case`, func(s string) string { return units(s, `\u%04X`, 1) }},
	{`JSON partly in \u`, func(s string) string { data, _ := json.Marshal(s); return units(string(data), `\u%04x`, 3) }},
	{"Go", strconv.Quote},
	{"Go in ASCII", strconv.QuoteToASCII},
	{"YAML", func(s string) string { data, _ := yaml.Marshal(map[string]string{"k": s}); return string(data) }},
	{"YAML in single quotes", func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }},
	{"log", func(s string) string {
		var b bytes.Buffer
		log.New(&b).Error("failed", "of", s)
		return b.String()
	}},
	{"URL path", url.PathEscape},
	{"URL query", url.QueryEscape},
	{"URL in lower case hex", func(s string) string { return lowerHex.ReplaceAllStringFunc(url.QueryEscape(s), strings.ToLower) }},
	{"URL, every byte", func(s string) string { return percents(s, 1) }},
	{"URL, some bytes", func(s string) string { return percents(strings.ReplaceAll(s, "%", "%25"), 2) }},
	{"wrapped", func(s string) string { return strings.Join(strings.Fields(s), "\n        ") }},
	{"wrapped at any place", wrapped},
	{"HTML", html.EscapeString},
	{"HTML in numbers", func(s string) string { return runes(s, "&#%d;") }},
	{"HTML in hex", func(s string) string { return runes(s, "&#x%X;") }},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64 without padding", func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }},
	{"base64 for URLs", func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }},
	{"base64 for URLs without padding", func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }},
	{"base64 in lines", func(s string) string { return chunks(base64.StdEncoding.EncodeToString([]byte(s)), 6, "\r\n") }},
	{"hex with colons", func(s string) string { return chunks(hex.EncodeToString([]byte(s)), 2, ":") }},
	{"hex with blanks", func(s string) string { return chunks(strings.ToUpper(hex.EncodeToString([]byte(s))), 2, " ") }},
	{"octal", func(s string) string { return bytesAs(s, `\%03o`) }},
	{`\u{}`, func(s string) string { return runes(s, `\u{%x}`) }},
	{"CSV", func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }},
	{"a terminal's style", func(s string) string { return chunks(s, 5, "\x1b[0m\x1b[38;5;2m") }},
	{"hex", func(s string) string { return hex.EncodeToString([]byte(s)) }},
	{"HEX", func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }},
}

// chunks writes a separator after each n characters.
func chunks(s string, n int, separator string) string {
	var all []string
	for chunk := range slices.Chunk([]rune(s), n) {
		all = append(all, string(chunk))
	}
	return strings.Join(all, separator)
}

func bytesAs(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// wrapped breaks lines within words.
func wrapped(s string) string {
	var b strings.Builder
	within := 0 // characters of the word in this line
	for _, r := range s {
		if unicode.IsSpace(r) {
			within = 0
		} else if within++; within > 5 {
			b.WriteString("\n        ")
			within = 1
		}
		b.WriteRune(r)
	}
	return b.String()
}

var lowerHex = regexp.MustCompile(`%[0-9A-F]{2}`)

// units writes every nth character as UTF-16 units in a format, unless it is part of an escape already.
func units(s, format string, nth int) string {
	var b strings.Builder
	escaped := false
	for i, r := range []rune(s) {
		if i%nth != 0 && r != '\\' || r == '\\' && nth > 1 || escaped {
			escaped = r == '\\' && !escaped
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, format, unit)
		}
	}
	return b.String()
}

func runes(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

// percents escapes every nth byte and all bytes that are not ASCII, except in escapes.
func percents(s string, nth int) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case nth > 1 && s[i] == '%':
			b.WriteString(s[i : i+3])
			i += 2
		case i%nth == 0 || s[i] >= utf8.RuneSelf:
			fmt.Fprintf(&b, "%%%02X", s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// lost reports whether a secret in one form cannot be decoded after another: base64, and escapes of some characters,
// change their meaning in upper or lower case; and a terminal style after a backslash that a log does not escape, or
// that is escaped twice, is no longer an escape. A line break at a blank cannot be distinguished from one within a word.
func lost(secret, inner, outer string) bool {
	if strings.HasPrefix(inner, "wrapped") && strings.HasPrefix(outer, "wrapped") && inner+outer != "wrappedwrapped" {
		return strings.ContainsFunc(secret, unicode.IsSpace)
	}
	if inner == "a terminal's style" && (outer == "log" || strings.HasPrefix(outer, "JSON partly")) && strings.Contains(secret, `\`) {
		return true
	}
	if outer != "upper case" && outer != "lower case" {
		return false
	}
	return strings.HasPrefix(inner, "base64") || inner != "plain" && strings.ContainsFunc(secret, func(r rune) bool { return r >= utf8.RuneSelf || r == '\\' })
}

// shows reports whether a secret can be read in a text: as it is, or after up to two of the decodings of the standard
// library.
func shows(text, secret string) bool {
	return showsWithin(text, strings.ToLower(secret), 2)
}

func showsWithin(text, secret string, steps int) bool {
	if strings.Contains(strings.ToLower(text), secret) {
		return true
	}
	if steps == 0 {
		return false
	}
	for _, decoded := range decodings(text) {
		if decoded != text && showsWithin(decoded, secret, steps-1) {
			return true
		}
	}
	return false
}

var (
	backslashes = regexp.MustCompile(`(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[0-9a-fA-F]{4}|\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\U[0-9a-fA-F]{8}|\\["\\/abfnrtv])`)
	escapedByte = regexp.MustCompile(`%[0-9a-fA-F]{2}`)
	digits64    = regexp.MustCompile(`[A-Za-z0-9+/_-]{6,}`)
	digits16    = regexp.MustCompile(`[0-9a-fA-F]{8,}`)
)

func decodings(text string) []string {
	all := []string{
		html.UnescapeString(text),
		strings.ReplaceAll(text, "''", "'"),
		strings.Join(strings.Fields(text), " "),
		escapedByte.ReplaceAllStringFunc(text, func(s string) string { b, _ := hex.DecodeString(s[1:]); return string(b) }),
		backslashes.ReplaceAllStringFunc(text, func(s string) string {
			var plain string
			if json.Unmarshal([]byte(`"`+s+`"`), &plain) == nil {
				return plain
			}
			plain, _ = strconv.Unquote(`"` + s + `"`)
			return plain
		}),
	}
	for _, run := range digits64.FindAllString(text, -1) {
		run = strings.NewReplacer("-", "+", "_", "/").Replace(run)
		for start := range 4 {
			part := run[start:]
			if len(part)%4 == 1 {
				part = part[:len(part)-1]
			}
			data, _ := base64.RawStdEncoding.DecodeString(part)
			all = append(all, string(data))
		}
	}
	for _, run := range digits16.FindAllString(text, -1) {
		for start := range 2 {
			part := run[start:]
			data, _ := hex.DecodeString(part[:len(part)/2*2])
			all = append(all, string(data))
		}
	}
	return all
}
