package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/rogpeppe/go-internal/testscript"
)

// signIn is the script command `signin APP LOGIN FILE [NAME=VALUE...]`. It is an application to which people sign in with OpenID Connect, and the browser
// of the person with a login: it reads the metadata of the org, gets a code with PKCE, exchanges it with the client secret that the org once
// answered, verifies the ID token, and writes its claims and those of userinfo to FILE. A NAME is a parameter at the endpoint authorize,
// or after token. one of the exchange; with twice the code is sent twice. With !, the org must refuse, and FILE has the reason.
func signIn(ts *testscript.TestScript, neg bool, args []string) {
	party := relyingParty{org: ts.Getenv("ORG"), authorize: map[string]string{}, exchange: map[string]string{}}
	for _, arg := range args[3:] {
		name, value, _ := strings.Cut(arg, "=")
		of, exchange := strings.CutPrefix(name, "token.")
		switch {
		case arg == "twice":
			party.twice = true
		case exchange:
			party.exchange[of] = value
		default:
			party.authorize[name] = value
		}
	}
	var found []struct{ ID, Label string }
	ts.Check(json.Unmarshal(request(ts, "/api/v1/apps?q="+url.QueryEscape(args[0])), &found))
	for _, app := range found {
		if app.Label == args[0] {
			party.client = app.ID
		}
	}
	party.secret = ts.Value(answersKey{}).(*answers).clientSecret(party.client)
	claims, err := party.signIn(args[1])
	switch text, encodeErr := json.MarshalIndent(claims, "", "  "); {
	case err != nil && !neg:
		ts.Fatalf("%s cannot sign in: %v", args[1], err)
	case err == nil && neg:
		ts.Fatalf("%s signed in: %s", args[1], text)
	case err != nil:
		ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(err.Error()+"\n"), 0o600))
	default:
		ts.Check(errors.Join(encodeErr, os.WriteFile(ts.MkAbs(args[2]), append(text, '\n'), 0o600)))
	}
}

// relyingParty is an application to which people sign in.
type relyingParty struct {
	org, client, secret string
	authorize, exchange map[string]string // parameters other than usual
	twice               bool              // the code is sent twice
}

func (p relyingParty) signIn(login string) (map[string]any, error) {
	var org struct {
		Issuer    string
		Authorize string `json:"authorization_endpoint"`
		Token     string `json:"token_endpoint"`
		UserInfo  string `json:"userinfo_endpoint"`
		Keys      string `json:"jwks_uri"`
	}
	if err := decoded(http.Get(p.org + "/.well-known/openid-configuration"))(&org); err != nil {
		return nil, err
	}
	verifier, nonce := rand.Text()+rand.Text(), rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	asked := url.Values{
		"client_id": {p.client}, "response_type": {"code"}, "scope": {"openid profile email"}, "redirect_uri": {"https://login.onk2.example/tenant"}, "state": {"s"},
		"nonce": {nonce}, "login_hint": {login}, "code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	replaced(asked, p.authorize)
	code, err := p.code(org.Authorize + "?" + asked.Encode())
	if err != nil {
		return nil, err
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": asked["redirect_uri"], "code_verifier": {verifier}}
	replaced(form, p.exchange)
	var tokens struct {
		Access string `json:"access_token"`
		ID     string `json:"id_token"`
	}
	if err := p.sent(org.Token, form, &tokens); err != nil {
		return nil, err
	}
	if p.twice {
		if err := p.sent(org.Token, form, &tokens); err != nil {
			return nil, err
		}
	}
	var keys jose.JSONWebKeySet
	if err := decoded(http.Get(org.Keys))(&keys); err != nil {
		return nil, err
	}
	claims, err := verifiedClaims(tokens.ID, keys)
	if err != nil {
		return nil, err
	}
	if claims["iss"] != org.Issuer || claims["aud"] != p.client || claims["nonce"] != nonce || claims["exp"].(float64) < float64(time.Now().Unix()) {
		return nil, fmt.Errorf("the ID token is not for this sign-in: %v", claims)
	}
	req, err := http.NewRequest(http.MethodGet, org.UserInfo, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+tokens.Access)
	var more map[string]any
	err = decoded(http.DefaultClient.Do(req))(&more)
	maps.Copy(claims, more)
	return claims, err
}

func replaced(values url.Values, with map[string]string) {
	for name, value := range with {
		values.Set(name, value)
	}
}

// code follows the redirect of a browser.
func (p relyingParty) code(address string) (string, error) {
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := browser.Get(address)
	if err != nil {
		return "", err
	}
	to, err := res.Location()
	if err != nil { // the org shows a page
		return "", decoded(res, nil)(&struct{}{})
	}
	back := to.Query()
	if back.Get("error") != "" {
		return "", fmt.Errorf("%s: %s", back.Get("error"), back.Get("error_description"))
	}
	return back.Get("code"), res.Body.Close()
}

func (p relyingParty) sent(endpoint string, form url.Values, answer any) error {
	req, err := http.NewRequest(http.MethodPost, endpoint, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(p.client), url.QueryEscape(p.secret))
	return decoded(http.DefaultClient.Do(req))(answer)
}

// decoded returns a function that decodes an answer, or returns the error that it has.
func decoded(res *http.Response, err error) func(any) error {
	return func(into any) error {
		if err != nil {
			return err
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		var refused struct {
			Error       string
			Description string `json:"error_description"`
		}
		if res.StatusCode == http.StatusOK {
			return json.Unmarshal(body, into)
		}
		if json.Unmarshal(body, &refused) != nil {
			return fmt.Errorf("%s: %s", res.Status, body)
		}
		return fmt.Errorf("%s: %s", refused.Error, refused.Description)
	}
}

// verifiedClaims checks the signature of an ID token, and returns its claims.
func verifiedClaims(token string, keys jose.JSONWebKeySet) (claims map[string]any, err error) {
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return nil, err
	}
	text, err := parsed.Verify(keys)
	if err != nil {
		return nil, err
	}
	return claims, json.Unmarshal(text, &claims)
}
