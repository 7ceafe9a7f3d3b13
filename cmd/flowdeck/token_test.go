package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flowdeck/flowdeck/engine/clock"
	"github.com/flowdeck/flowdeck/engine/veil"
)

const apiToken = "00AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-Zz"

// answerOf returns an HTTP response with a body. Each header ends in a line break.
func answerOf(status, headers, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nX-Rate-Limit-Limit: 600\r\nX-Rate-Limit-Remaining: 599\r\nX-Rate-Limit-Reset: 1795855600\r\n%sContent-Length: %d\r\n\r\n%s",
		status, headers, len(body), body)
}

// repeating returns responses that repeat the header with the token, by the place or the encoding of the token.
func repeating(header string) map[string]string {
	token := strings.TrimPrefix(header, "SSWS ")
	encoded := base64.StdEncoding.EncodeToString([]byte(header))
	refusal := func(text string) string {
		return answerOf("400 Bad Request", "Content-Type: application/json\r\n", `{"errorCode":"E0000001","errorSummary":"bad auth `+text+`"}`)
	}
	return map[string]string{
		"status line":       header + "\r\n\r\n",
		"status code":       "HTTP/1.1 " + token + " OK\r\nContent-Length: 0\r\n\r\n",
		"header":            "HTTP/1.1 200 OK\r\n" + header + "\r\n\r\n",
		"transfer encoding": "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + token + "\r\n\r\n",
		"content length":    "HTTP/1.1 200 OK\r\nContent-Length: " + token + "\r\n\r\n",
		"content type":      answerOf("404 Not Found", "Content-Type: text/"+encoded+"\r\n", "x"),
		"request id":        answerOf("400 Bad Request", "X-Okta-Request-Id: "+encoded+"\r\n", `{"errorCode":"E0000001","errorSummary":"x"}`),
		"login":             answerOf("200 OK", "", `{"id":"1","profile":{"login":"`+encoded+`"}}`),
		"list":              answerOf("200 OK", "", `["`+header+`"]`),
		"oauth":             answerOf("401 Unauthorized", "", `{"error":"invalid_token","error_description":"`+encoded+`"}`),
		"plain":             refusal(header),
		"bare":              refusal(token),
		"base64":            refusal(encoded),
		"base64 of token":   refusal(base64.StdEncoding.EncodeToString([]byte(token))),
		"hex":               refusal(hex.EncodeToString([]byte(header))),
		"upper case":        refusal(strings.ToUpper(header)),
		"url":               refusal(url.QueryEscape(header)),
		"escapes":           refusal(each(header, `\u%04x`)),
		"one escape":        refusal(header[:len(header)-1] + each(header[len(header)-1:], `\u%04x`)),
	}
}

// repeater starts a server that answers each request with a response of repeating, named by how. It answers /users/me
// with it only if me is true.
func repeater(t *testing.T, how string, me bool) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				request, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				text := repeating(request.Header.Get("Authorization"))[how]
				if strings.HasSuffix(request.URL.Path, "/me") && !me {
					text = answerOf("200 OK", "", `{"id":"00u1","profile":{"login":"ada@acme.example"}}`)
				}
				_, _ = conn.Write([]byte(text))
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// Wherever a service repeats the token of a connection, no output and no file of a command may show it.
func TestTheTokenIsNotShownHoweverTheServiceRepeatsIt(t *testing.T) {
	t.Parallel()
	const flows = `flow: repeat
inputs:
  who: {type: string, default: x, options: {card: okta.user.list, value: id}}
steps:
  - try:
      - {id: me, card: okta.request, with: {path: /echo}, retry: {attempts: 1}}
    catch:
      - {set: {caught: "${ error.message }", details: "${ error.details }"}}
  - {id: again, card: okta.request, with: {path: /echo, response: text}, retry: {attempts: 1}}
  - return: ["${ steps.again }", "${ vars }"]
`
	for how := range repeating("SSWS " + apiToken) {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			for _, me := range []bool{true, false} {
				dir := t.TempDir()
				for name, text := range map[string]string{
					"repeat.yaml":   flows,
					"flowdeck.yaml": "connections:\n  okta: {type: okta, domain: \"" + repeater(t, how, me) + "\", auth: {api_token: {env: TOKEN}}}\n",
				} {
					if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				for _, args := range [][]string{
					{"connection", "test", "okta"}, {"connection", "test", "okta", "--json"}, {"org", "dump", "okta"}, {"options", "repeat", "who"},
					{"options", "repeat", "who", "--json"}, {"run", "repeat", "-y"}, {"run", "repeat", "-y", "-vv"}, {"run", "repeat", "-y", "--json"},
				} {
					var out bytes.Buffer
					run(context.Background(), env{
						args: append(args, "-C", dir), in: strings.NewReader(""), out: &out, err: &out, veil: veil.New(), clock: clock.NewJumping(time.Now()),
						lookup: tokenIs(apiToken),
					})
					if out.Len() == 0 {
						t.Errorf("%v printed nothing, which proves nothing", args)
					}
					if form := formIn(out.Bytes(), apiToken); form != "" {
						t.Errorf("%v shows the token in %s:\n%s", args, form, out.String())
					}
				}
			}
		})
	}
}
