package oktasim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// sentByTerraform are requests of terraform-provider-okta (test/fixtures/vcr, TestAccAppBookmarkApplication_crud, TestAccAppSaml_crud and
// TestAccAppUserSchemas_crud, oie), without what is null or empty.
var sentByTerraform = map[string]string{
	"BOOKMARK": `{"accessibility":{"selfService":false},"label":"Bookmark","name":"bookmark","settings":{"app":{"requestIntegration":false,"url":"https://test.com"}},
		"signOnMode":"BOOKMARK","visibility":{"autoSubmitToolbar":false,"hide":{"iOS":false,"web":false}}}`,
	"SAML_2_0": `{"accessibility":{"selfService":false},"credentials":{"userNameTemplate":{"template":"${source.login}","type":"BUILT_IN"}},"label":"testAcc_30",
		"settings":{"app":{},"implicitAssignment":false,"signOn":{"acsEndpoints":[{"url":"https://example.com","index":0},{"index":1,"url":"https://okta.com"}],
		"allowMultipleAcsEndpoints":true,"assertionSigned":true,"attributeStatements":[{"name":"Attr Two","namespace":"urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified","type":"GROUP","filterType":"STARTS_WITH","filterValue":"test"}],
		"audience":"http://audience.com","authnContextClassRef":"urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
		"destination":"http://its-about-the-journey.com","digestAlgorithm":"SHA1","honorForceAuthn":true,"recipient":"http://here.com","responseSigned":true,
		"signatureAlgorithm":"RSA_SHA1","slo":{"enabled":false},"ssoAcsUrl":"http://google.com","subjectNameIdFormat":"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
		"subjectNameIdTemplate":"${source.login}"}},"signOnMode":"SAML_2_0","visibility":{"autoSubmitToolbar":false,"hide":{"iOS":false,"web":false}}}`,
	"OPENID_CONNECT": `{"accessibility":{"selfService":false},"credentials":{"userNameTemplate":{"template":"${source.login}","type":"BUILT_IN"},
		"oauthClient":{"autoKeyRotation":true,"pkce_required":true,"token_endpoint_auth_method":"client_secret_basic","client_id":"my-client"}},"label":"OAuth","name":"oidc_client",
		"settings":{"app":{},"implicitAssignment":false,"oauthClient":{"application_type":"native","consent_method":"TRUSTED","grant_types":["authorization_code"],
		"idp_initiated_login":{"default_scope":[],"mode":"DISABLED"},"issuer_mode":"ORG_URL","redirect_uris":["http://d.com/"],"response_types":["code"],"wildcard_redirect":"DISABLED"}},
		"signOnMode":"OPENID_CONNECT","visibility":{"autoSubmitToolbar":false,"hide":{"iOS":true,"web":true}}}`,
}

// differences returns the paths of the values that are in sent and not in got, or different there.
func differences(path string, sent, got any) []string {
	switch sent := sent.(type) {
	case map[string]any:
		var found []string
		for _, name := range slices.Sorted(maps.Keys(sent)) {
			found = append(found, differences(path+"/"+name, sent[name], objectIn(got)[name])...)
		}
		return found
	case []any:
		list, _ := got.([]any)
		if len(list) != len(sent) {
			return []string{path}
		}
		var found []string
		for i := range sent {
			found = append(found, differences(fmt.Sprint(path, "/", i), sent[i], list[i])...)
		}
		return found
	}
	if fmt.Sprint(sent) != fmt.Sprint(got) {
		return []string{path}
	}
	return nil
}

// A plan of Terraform is empty if what it sent comes back, and it reads settings.app and credentials.signing.kid without a check.
func TestWhatTerraformSendsComesBack(t *testing.T) {
	t.Parallel()
	for mode, body := range sentByTerraform {
		c := serveSeed(t, appSeed, Options{})
		created := c.send("POST", "/api/v1/apps?activate=true", body).object()
		path := "/api/v1/apps/" + created["id"].(string)
		for _, body := range []string{body, strings.Replace(body, `"selfService":false`, `"selfService":true`, 1)} {
			var sent any
			if err := json.Unmarshal([]byte(body), &sent); err != nil {
				t.Fatal(err)
			}
			c.send("PUT", path, body).ok()
			if got := differences("", sent, c.get(path).object()); got != nil {
				t.Errorf("%s: these differ: %q", mode, got)
			}
		}
		app := c.get(path).object()
		if kid := objectIn(objectIn(app["credentials"])["signing"])["kid"]; (kid != nil) != (mode != "BOOKMARK") {
			t.Errorf("%s: the key is %v", mode, kid)
		}
		if _, is := objectIn(app["settings"])["app"].(map[string]any); !is {
			t.Errorf("%s: settings are %v", mode, app["settings"])
		}
		c.do("POST", path+"/lifecycle/deactivate").ok()
		if got := c.do("DELETE", path); got.status != 204 {
			t.Errorf("%s: got %d %s", mode, got.status, got.body)
		}
	}
}

// An update that writes back what was read changes nothing: an SDK does so.
func TestAnApplicationThatIsWrittenBackStays(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	for _, id := range []string{"0oawik", "0oabkm", "0oaoid", "0oacrm", "0oaswa"} {
		path := "/api/v1/apps/" + id
		before := c.get("/-/dump").body
		c.send("PUT", path, c.get(path).body).ok()
		if after := c.get("/-/dump").body; after != before {
			t.Errorf("%s: the org is\n%s\nbefore:\n%s", id, after, before)
		}
	}
}

// terraform-provider-okta, TestAccAppSaml_crud (see sentByTerraform): the answer of Okta.
func TestOktaAddsWhatAnApplicationLeavesOut(t *testing.T) {
	t.Parallel()
	c := undescribed(t, appSeed, Options{}) // the description requires the index of an endpoint
	app := c.send("POST", "/api/v1/apps", `{"label":"testAcc_30","signOnMode":"SAML_2_0","visibility":{"hide":{"web":true}},
		"settings":{"signOn":{"acsEndpoints":[{"url":"https://example.com"},{"url":"https://okta.com"}]}}}`).object()
	want := map[string]any{
		"name": "acme_testacc30_1", "features": []any{},
		"accessibility": map[string]any{"selfService": false, "errorRedirectUrl": nil, "loginRedirectUrl": nil},
		"visibility": map[string]any{
			"autoLaunch": false, "autoSubmitToolbar": false, "hide": map[string]any{"iOS": false, "web": true}, "appLinks": map[string]any{"acme_testacc30_1_link": true},
		},
		"settings": map[string]any{
			"app": map[string]any{}, "notes": map[string]any{"admin": nil, "enduser": nil},
			"notifications": map[string]any{"vpn": map[string]any{"network": map[string]any{"connection": "DISABLED"}}},
			"signOn": map[string]any{
				"idpIssuer": "http://www.okta.com/${org.externalKey}", "requestCompressed": false, "slo": map[string]any{"enabled": false}, "inlineHooks": []any{},
				"acsEndpoints": []any{map[string]any{"url": "https://example.com", "index": 0}, map[string]any{"url": "https://okta.com", "index": 1}},
			},
		},
	}
	if got := differences("", want, app); got != nil {
		t.Errorf("these differ: %q in %v", got, app)
	}
}

// Management API, schema ApplicationCredentialsOAuthClient. That an update cannot change the id is our guess.
func TestAClientIDThatWasChosenIsKept(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	body := `{"label":"A","name":"oidc_client","signOnMode":"OPENID_CONNECT","settings":{"oauthClient":{"grant_types":["authorization_code"]}},"credentials":{"oauthClient":{"client_id":"my-client"}}}`
	path := "/api/v1/apps/" + c.send("POST", "/api/v1/apps", body).object()["id"].(string)
	c.send("PUT", path, `{"label":"A","name":"oidc_client","signOnMode":"OPENID_CONNECT","settings":{"oauthClient":{"grant_types":["authorization_code"]}},"credentials":{"oauthClient":{"client_id":"other"}}}`).ok()
	client := objectIn(objectIn(c.get(path).object()["credentials"])["oauthClient"])
	if client["client_id"] != "my-client" || client["pkce_required"] != false || client["autoKeyRotation"] != true {
		t.Errorf("got %v", client)
	}
	if grant := c.send("POST", path+"/grants", `{"issuer":"`+c.url+`","scopeId":"okta.users.read"}`).body; !strings.Contains(grant, `"clientId":"my-client"`) {
		t.Errorf("got %s", grant)
	}
	c.send("PUT", "/api/v1/apps/0oawik", `{"label":"Wiki","signOnMode":"SAML_2_0","credentials":{"signing":{"kid":"other"}}}`).refused(400, "E0000001")
}

// Management API, schema ApplicationGroupAssignment: priority is an integer. That it cannot be negative is our guess.
func TestThePriorityOfAGroupInAnApplicationIsAnInteger(t *testing.T) {
	t.Parallel()
	c := undescribed(t, small+"apps: [{id: 0oawiki, label: Wiki, signOnMode: BOOKMARK}]\n", Options{})
	path := "/api/v1/apps/0oawiki/groups/00gcon"
	for range 2 { // without an assignment, and with one
		for _, body := range []string{`{"priority":"1"}`, `{"priority":-1}`, `{"priority":1.5}`, `{"priority":1e3}`, `{"priority":true}`, `{"priority":[1]}`, `{"profile":"x"}`, `{"profile":[]}`} {
			c.send("PUT", path, body).refused(400, "E0000001")
		}
		c.send("PUT", path, `{"priority":7}`).ok()
	}
	c.send("PATCH", path, `[{"op":"replace","path":"/priority","value":"high"}]`).refused(400, "E0000001")
	if got := fmt.Sprint(c.get(path).object()["priority"]); got != "7" {
		t.Errorf("got %v", got)
	}
}
