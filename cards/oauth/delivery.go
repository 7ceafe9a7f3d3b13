package oauth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/flowdeck/flowdeck/cards/wire"
	"github.com/flowdeck/flowdeck/engine/card"
)

// delivery is one request for a token and its answer: the transport for package oauth2.
type delivery struct {
	endpoint *endpoint
	form     url.Values
	proof    string        // the DPoP header; "" for none
	nonce    string        // in the proof
	offset   time.Duration // the difference of the clocks that the request was made with
	start    time.Time
	secrets  []string // that are sent

	status int // 0 if there was no complete answer
	header http.Header
	body   []byte
}

const (
	headerDPoP  = "DPoP"
	headerNonce = "DPoP-Nonce"
	typeDPoP    = "DPoP"
	typeBearer  = "Bearer"
)

// requestTimeout bounds one request for a token, its whole answer included. longestAnswer is the maximum size of the answer in bytes,
// below the limit at which package oauth2 cuts it.
const (
	requestTimeout = 30 * time.Second
	longestAnswer  = 1<<20 - 1
)

var (
	errAnswerTooLong = errors.New("the answer is longer than 1 MB")
)

// RoundTrip sends the request once, and reads the whole answer.
func (d *delivery) RoundTrip(req *http.Request) (*http.Response, error) {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", d.endpoint.Product)
	if d.proof != "" {
		req.Header.Set(headerDPoP, d.proof)
	}
	traced, came := d.endpoint.Trace.Sends(req, "", d.endpoint.clock.Now)
	got, err := d.endpoint.transport.RoundTrip(traced)
	came(got)
	if err != nil {
		return nil, late(req.Context(), err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(io.LimitReader(got.Body, longestAnswer+1))
	if err != nil {
		return nil, late(req.Context(), fmt.Errorf("%w: %w", wire.ErrCutOff, err))
	}
	if len(body) > longestAnswer {
		return nil, errAnswerTooLong
	}
	d.status, d.header, d.body = got.StatusCode, got.Header.Clone(), body
	d.endpoint.note(got.Header)
	if bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		got.Header.Set("Content-Type", "application/json") // package oauth2 would read text/plain as a form
	}
	got.Body = io.NopCloser(bytes.NewReader(body))
	return got, nil
}

// late returns ErrTooLong for an error after the time limit, and not with it as wire.Late does: the error may quote an answer, which may repeat a secret.
func late(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), wire.ErrTooLong) {
		return wire.ErrTooLong
	}
	return err
}

// note learns the clock and the nonce of the server from an answer.
func (e *endpoint) note(h http.Header) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		e.offset.Store(int64(date.Sub(e.clock.Now())))
	}
	if nonce := h.Get(headerNonce); nonce != "" {
		e.nonce = nonce
	}
}

// wrongClock is the difference between two clocks from which it matters. The Date header and the time on the way explain smaller ones.
const wrongClock = 5 * time.Second

// dated reports whether the request has times.
func (d *delivery) dated() bool {
	return d.proof != "" || d.form.Has("client_assertion") || d.form.Has("assertion")
}

// misdated reports whether the request was made by a clock that turned out to be wrong.
func (d *delivery) misdated() bool {
	return (time.Duration(d.endpoint.offset.Load()) - d.offset).Abs() >= wrongClock
}

// answer is a success.
type answer struct {
	token   Token
	refresh card.Secret // zero for none
}

// tokenFor returns the token of an answer. Without a scope in the answer, those are granted that were asked for.
//
// Source: RFC 6749, section 5.1
func (a answer) tokenFor(scopes []string) Token {
	if a.token.Scopes == nil {
		a.token.Scopes = scopes
	}
	return a.token
}

// garbled is the error of a success that has no token that can be used.
type garbled string

func (e garbled) Error() string { return string(e) }

const errNotBound = garbled("its token is not bound to the key of the proof")

// read checks a token that came. Its errors are garbled.
func (d *delivery) read(t *oauth2.Token) (answer, error) {
	id, _ := t.Extra("id_token").(string)
	learn(d.endpoint.Hide, t.AccessToken, t.RefreshToken, id) // before an error can show them
	a := answer{token: Token{Access: card.NewSecret(t.AccessToken), Type: t.Type()}, refresh: card.NewSecret(t.RefreshToken)}
	if scopes, ok := t.Extra("scope").(string); ok {
		a.token.Scopes = strings.Fields(scopes)
	}
	if strings.EqualFold(a.token.Type, typeDPoP) {
		a.token.Type = typeDPoP
	}
	switch life, known := lifeOf(t); {
	case !wire.Sendable(t.AccessToken):
		return answer{}, garbled("its access_token has a character that cannot be sent, such as a line break")
	case a.token.Type == typeDPoP && d.proof == "":
		return answer{}, garbled("its token_type is DPoP, although no proof was sent")
	case a.token.Type == typeBearer && d.endpoint.DPoP == DPoPAlways:
		return answer{}, errNotBound
	case a.token.Type != typeBearer && a.token.Type != typeDPoP:
		return answer{}, garbled("its token_type is neither Bearer nor DPoP")
	case known && life <= 0:
		return answer{}, garbled("its expires_in is not positive, so that the token has expired already")
	case known:
		a.token.Expires = d.start.Add(life)
	}
	return a, nil
}

// fault returns why a success in JSON that package oauth2 cannot read has no token that can be used; "" if that is not known.
func (d *delivery) fault() string {
	var fields map[string]any
	if d.status/100 != 2 || json.Unmarshal(d.body, &fields) != nil || fields == nil {
		return ""
	}
	if fields["access_token"] == nil || fields["access_token"] == "" {
		return "its answer has no access_token"
	}
	for _, name := range []string{"access_token", "token_type", "refresh_token"} {
		if _, isText := fields[name].(string); !isText && fields[name] != nil {
			return "its " + name + " is not a text"
		}
	}
	if fields["expires_in"] != nil {
		return "its expires_in is not a whole number of seconds"
	}
	return ""
}

// longestLife bounds expires_in, so that its end is a time.
const longestLife = 10 * 365 * 24 * time.Hour

// lifeOf returns for how long a token is valid. known is false if the server does not report it. Package oauth2 has checked that it is a
// number, but would count from the time of the machine.
func lifeOf(t *oauth2.Token) (life time.Duration, known bool) {
	seconds := 0.0
	switch v := t.Extra("expires_in").(type) {
	case float64:
		seconds = v
	case int64: // of a form
		seconds = float64(v)
	case string:
		if v == "" { // a form without it
			return 0, false
		}
		seconds, _ = strconv.ParseFloat(v, 64)
	default:
		return 0, false
	}
	return time.Duration(min(seconds, longestLife.Seconds()) * float64(time.Second)), true
}
