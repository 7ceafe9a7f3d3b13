package oktasim

import (
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/xml"
	"math/big"
	"slices"
)

var appKeyRoutes = []route{
	{"GET", "/api/v1/apps/{id}/credentials/keys", "okta.apps.read", listAppKeys},
	{"GET", "/api/v1/apps/{id}/credentials/keys/{key}", "okta.apps.read", getAppKey},
	{"GET", "/api/v1/apps/{id}/sso/saml/metadata", "okta.apps.read", samlMetadata},
}

// certificate is the X.509 certificate of all applications, in the form of x5c: they share one key, as those of Okta do after
// a key was cloned. Nobody has its private part.
const certificate = "" +
	"MIIDPzCCAiegAwIBAgIUdDou/Q1JPKzhrr7kwDRQJQxrPUQwDQYJKoZIhvcNAQELBQAwLjELMAkGA1UEBhMCVVMxEDAOBgNVBAoMB29rdGFzaW0xDTAL" +
	"BgNVBAMMBGFjbWUwIBcNMjYxMTI4MTQwMzAzWhgPMjEyNjExMDQxNDAzMDNaMC4xCzAJBgNVBAYTAlVTMRAwDgYDVQQKDAdva3Rhc2ltMQ0wCwYDVQQD" +
	"DARhY21lMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApaoNTdsLR6S8qGzg+SUYnn6gpqFCA5WGbuM1NJLE4fHpOfsLIzK444cqYoO5+TwO" +
	"vsy/GmL5ALFk4qC0UYS8A9zC/zTvmrQUya2SkxHCcoO8a6ueWVC0lDixaxrUJjhapVc1EYgllqxf1iwVrEUvfxMchBobnge16ZeL1IC3A+slWrchA43D" +
	"ghpTCR8kPcJ451I08R/3VfDR1KfQYsO3osUrHXfqsxxLX/UvErs4Ub0p0EVTOi6qGFOwqFIaErKfNVMhbnWgZh1RhqMTlL/uHj4E+ZyoMc8C0maA5s4f" +
	"xFAYzXyqQ908+93vcQntKwEzn3922R+gdhcXiMJXuhprzQIDAQABo1MwUTAdBgNVHQ4EFgQU+HYO1v6WvVVUcWHwe8Ij7Lgj2/IwHwYDVR0jBBgwFoAU" +
	"+HYO1v6WvVVUcWHwe8Ij7Lgj2/IwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAFcWxnMa8uawQ27F98Bggl/5VWk2w/jPCtkc37tn0" +
	"WdjoKcD34hSoBX0FoJu86ccMuhlm+CPe2DVSPW3SNFynqwafHTKLGPdbf4oxmCxCoh347AuAgxrXHYFOPo98mw+uc5XLs7bPeHGhGCdcFTRYTZJS202v" +
	"xuOpMmC6vFNiO7AqyH6res2XsBPwVOVo8ebB1kKgJsZxUY57PF1U8NOSHvVRjdz4HzD4+5RbtBQgGEAftlB3UOpqbsiMW51BOcX5L05fCWenu7EcFAo3" +
	"XlQxXkM2meb18XpTMBWhGr5R/leraoya6yKaSR6jhr1gWTVX16aBZraa4uLPEzoDjKloPw=="

// keyID returns the id of the key.
func keyID() string {
	sum := sha256.Sum256([]byte(certificate))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// shownKey returns the key of an application as Okta shows it (management API, schema JsonWebKey).
func shownKey(o *object) map[string]any {
	der, err := base64.StdEncoding.DecodeString(certificate)
	if err != nil {
		panic(err) // a constant
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	key, sum := parsed.PublicKey.(*rsa.PublicKey), sha256.Sum256(der)
	text := base64.RawURLEncoding.EncodeToString
	return map[string]any{
		"kty": "RSA", "use": "sig", "kid": keyID(), "created": o.created.text(), "lastUpdated": o.created.text(),
		"expiresAt": instantOf(parsed.NotAfter).text(), "x5c": []string{certificate}, "x5t#S256": text(sum[:]),
		"n": text(key.N.Bytes()), "e": text(big.NewInt(int64(key.E)).Bytes()),
	}
}

// listAppKeys handles GET /api/v1/apps/{id}/credentials/keys, which has no pages. That an application of every sign-on mode has a key
// is our guess.
func listAppKeys(c *call) answer {
	return c.readObject(apps, func(_ *directory, o *object) answer { return c.ok(encoded([]any{shownKey(o)})) })
}

// getAppKey handles GET /api/v1/apps/{id}/credentials/keys/{key}.
func getAppKey(c *call) answer {
	return c.readObject(apps, func(_ *directory, o *object) answer {
		if id := c.r.PathValue("key"); id != keyID() {
			return c.missing(id, "JsonWebKey")
		}
		return c.ok(encoded(shownKey(o)))
	})
}

// samlMetadata handles GET /api/v1/apps/{id}/sso/saml/metadata. The parameter kid selects a key. The form is that of the example of
// the operation; that the identifier of the identity provider is the one in settings.signOn.idpIssuer, with the id of the application
// for ${org.externalKey}, follows from what terraform-provider-okta computes as entity_key. That an application without SAML is not
// found is our guess.
func samlMetadata(c *call) answer {
	return c.readObject(apps, func(_ *directory, o *object) answer {
		if !isSAML(o.fields["signOnMode"]) || !slices.Contains([]string{"", keyID()}, c.query.Get("kid")) {
			return c.missing(o.id, "AppInstance")
		}
		body := []byte(xml.Header)
		body = append(body, `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://www.okta.com/`+o.id+`">`+
			`<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">`+
			`<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>`+
			certificate+`</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`+
			`<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>`...)
		for _, binding := range []string{"HTTP-POST", "HTTP-Redirect"} {
			body = append(body, `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:`+binding+`" Location="`...)
			body = append(body, c.base+"/app/"+textOf(o.fields["name"])+"/"+o.id+`/sso/saml"/>`...)
		}
		a := c.ok(append(body, "</md:IDPSSODescriptor></md:EntityDescriptor>"...))
		a.media = "text/xml"
		return a
	})
}
