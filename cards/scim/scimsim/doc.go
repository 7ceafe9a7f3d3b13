// Package scimsim is a simulated application that people and groups are provisioned to: a SCIM 2.0 server with users, groups, the enterprise
// extension, filters, paging, PATCH and ETags. Its seed may give it the peculiarities of real servers, such as one without PATCH.
//
// It imports nothing of ours: if it shared code with the cards, tests could not find a mistake in that code.
//
// Source: RFC 7643 (schema), RFC 7644 (protocol)
package scimsim

// The URNs of schemas and messages.
//
// Source: RFC 7643, section 4; RFC 7644, sections 3.4.2, 3.5.2 and 3.12
const (
	userSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	groupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

	listMessage  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	patchMessage = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	errorMessage = "urn:ietf:params:scim:api:messages:2.0:Error"
)
