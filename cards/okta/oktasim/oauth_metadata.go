package oktasim

import "net/http"

// oauthKeys handles GET /oauth2/v1/keys. This org has one key, with which it signs ID tokens, where Okta has two or three. With client_id,
// those of the client are added.
func oauthKeys(c *call) answer {
	id := c.r.URL.Query().Get("client_id")
	return c.read(func(d *directory) answer {
		keys := []any{c.org.signer.public()}
		if client := d.oauthClient(id); client != nil {
			keys = append(keys, client.keys...)
		}
		return c.ok(encoded(map[string]any{"keys": keys}))
	})
}

// oauthMetadata handles the documents that describe the authorization server, with what this org has (the example OrgASOidcMetadata).
// dpop_signing_alg_values_supported is in RFC 9449, section 5.1; that Okta has it is our guess. A client_id that is not valid is
// refused in the form of the management API.
func oauthMetadata(c *call) answer {
	query := c.r.URL.Query()
	return c.read(func(d *directory) answer {
		if query.Has("client_id") && d.oauthClient(query.Get("client_id")) == nil {
			return c.refuse(http.StatusBadRequest, "invalid_client", "Invalid value for 'client_id' parameter.")
		}
		methods := []string{"client_secret_basic", "client_secret_post", "private_key_jwt", "none"}
		shown := map[string]any{
			"issuer": c.base, "response_types_supported": []string{"code"}, "response_modes_supported": []string{"query"},
			"grant_types_supported": grantTypes, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256"},
			"scopes_supported": openIDScopes, "code_challenge_methods_supported": []string{"S256"},
			"token_endpoint_auth_methods_supported": methods, "introspection_endpoint_auth_methods_supported": methods,
			"revocation_endpoint_auth_methods_supported": methods, "dpop_signing_alg_values_supported": signatures,
			"claims_supported": claimNames(),
		}
		for name, path := range map[string]string{
			"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys",
			"introspection_endpoint": "introspect", "revocation_endpoint": "revoke", "userinfo_endpoint": "userinfo",
		} {
			shown[name] = c.base + "/oauth2/v1/" + path
		}
		return c.ok(encoded(shown))
	})
}
