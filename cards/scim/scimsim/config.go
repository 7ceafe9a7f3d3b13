package scimsim

// config returns the body of an endpoint that describes the server.
//
// Source: RFC 7644, section 4; RFC 7643, sections 5 to 7
func (s *Server) config(name, base string) (body any, ok bool) {
	switch name {
	case "ServiceProviderConfig":
		offers := func(yes bool) map[string]any { return map[string]any{"supported": yes} }
		filter := offers(s.quirks.NoFilter == "")
		filter["maxResults"] = 200
		if s.quirks.PageSize > 0 {
			filter["maxResults"] = s.quirks.PageSize
		}
		return map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
			"patch":   offers(!s.quirks.NoPatch), "filter": filter, "etag": offers(!s.quirks.NoETag), "sort": offers(!s.quirks.NoSort),
			"bulk":                  map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
			"changePassword":        offers(false),
			"authenticationSchemes": []any{map[string]any{"type": "oauthbearertoken", "name": "OAuth Bearer Token", "description": "a token that is made by hand"}},
			"meta":                  map[string]any{"resourceType": "ServiceProviderConfig", "location": base + "/ServiceProviderConfig"},
		}, true
	case "ResourceTypes":
		return list(
			map[string]any{"id": "User", "name": "User", "endpoint": "/Users", "schema": userSchema, "schemaExtensions": []any{map[string]any{"schema": enterpriseSchema, "required": false}}},
			map[string]any{"id": "Group", "name": "Group", "endpoint": "/Groups", "schema": groupSchema},
		), true
	case "Schemas":
		return list(
			schema(userSchema, "User", "userName", "externalId", "name", "displayName", "nickName", "profileUrl", "title", "userType", "preferredLanguage",
				"locale", "timezone", "active", "emails", "phoneNumbers", "addresses", "roles", "entitlements", "groups"),
			schema(groupSchema, "Group", "displayName", "externalId", "members"),
			schema(enterpriseSchema, "EnterpriseUser", "employeeNumber", "costCenter", "organization", "division", "department", "manager"),
		), true
	}
	return nil, false
}

func list(resources ...any) map[string]any {
	return map[string]any{"schemas": []string{listMessage}, "totalResults": len(resources), "startIndex": 1, "itemsPerPage": len(resources), "Resources": resources}
}

// kinds are the types of attributes other than strings.
var kinds = map[string]string{
	"active": "boolean", "name": "complex", "manager": "complex", "emails": "complex", "phoneNumbers": "complex", "addresses": "complex", "roles": "complex",
	"entitlements": "complex", "groups": "complex", "members": "complex",
}

func schema(id, name string, attributes ...string) map[string]any {
	var all []any
	for _, a := range attributes {
		kind := kinds[a]
		if kind == "" {
			kind = "string"
		}
		mutability := "readWrite"
		if a == "groups" {
			mutability = "readOnly"
		}
		all = append(all, map[string]any{
			"name": a, "type": kind, "multiValued": kind == "complex" && a != "name" && a != "manager", "required": a == "userName" || a == "displayName" && name == "Group",
			"caseExact": false, "mutability": mutability, "returned": "default", "uniqueness": map[bool]string{true: "server", false: "none"}[a == "userName"],
		})
	}
	return map[string]any{"id": id, "name": name, "attributes": all}
}
