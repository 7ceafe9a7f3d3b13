package oktasim

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"testing"
)

// Management API, "List all key credentials" and "Retrieve a key credential".
func TestAnApplicationHasAKey(t *testing.T) {
	t.Parallel()
	c := serveSeed(t, appSeed, Options{})
	kid := objectIn(objectIn(c.get("/api/v1/apps/0oawik").object()["credentials"])["signing"])["kid"].(string)
	if got := c.get("/api/v1/apps/0oawik/credentials/keys").column("kid"); len(got) != 1 || got[0] != kid {
		t.Errorf("got %q, want %q", got, kid)
	}
	key := c.get("/api/v1/apps/0oawik/credentials/keys/" + kid).object()
	der, err := base64.StdEncoding.DecodeString(key["x5c"].([]any)[0].(string))
	if err == nil {
		_, err = x509.ParseCertificate(der)
	}
	if err != nil || key["kty"] != "RSA" || key["e"] != "AQAB" {
		t.Errorf("got %v, %v", key, err)
	}
	c.get("/api/v1/apps/0oawik/credentials/keys/other").refused(404, "E0000007")
}

// Management API, "Preview the application SAML metadata". terraform-provider-okta reads it with kid, and these parts of it.
func TestASAMLApplicationHasMetadata(t *testing.T) {
	t.Parallel()
	c := undescribed(t, appSeed, Options{}) // the validator reads no XML
	app := c.get("/api/v1/apps/0oawik").object()
	kid := objectIn(objectIn(app["credentials"])["signing"])["kid"].(string)
	if href := objectIn(objectIn(app["_links"])["metadata"])["href"]; href != c.url+"/api/v1/apps/0oawik/sso/saml/metadata" {
		t.Errorf("the link is %v", href)
	}
	var metadata struct {
		EntityID    string   `xml:"entityID,attr"`
		Certificate string   `xml:"IDPSSODescriptor>KeyDescriptor>KeyInfo>X509Data>X509Certificate"`
		Services    []string `xml:"IDPSSODescriptor>SingleSignOnService"`
	}
	got := c.get("/api/v1/apps/0oawik/sso/saml/metadata?kid=" + kid)
	if err := xml.Unmarshal([]byte(got.body), &metadata); err != nil || got.header.Get("Content-Type") != "text/xml" {
		t.Fatalf("got %s, %v", got.body, err)
	}
	if metadata.EntityID != "http://www.okta.com/0oawik" || metadata.Certificate != certificate || len(metadata.Services) != 2 {
		t.Errorf("got %+v", metadata)
	}
	c.get("/api/v1/apps/0oabkm/sso/saml/metadata").refused(404, "E0000007")
	c.get("/api/v1/apps/0oawik/sso/saml/metadata?kid=other").refused(404, "E0000007")
}
