package oktaapi

const (
	badToken   = "the API token is wrong, expired or revoked"
	badTokens  = "the org refused an access token, and then a new one: is the app active, and the domain that of the org which issued them?"
	mastered   = "change it where it comes from, such as the directory, or leave it out"
	badHeaders = "set the headers Accept and Content-Type to what Okta's API reference names for the path"
	badFilter  = "check the names of the attributes, and the operators that Okta has for them; text is in double quotes"
	again      = "try again; if it does not help, give the request_id in `details` to Okta's support"
)

// hints has a hint for each of Okta's codes with which people can do something. A status has too many possible reasons. E0000001 has
// its reason in the causes, and only the card knows the scope that a permission (E0000006) needs.
//
// Source: Okta, "Error codes", https://developer.okta.com/docs/reference/error-codes/
var hints = map[string]string{
	"E0000003": "Okta cannot read the body: see its API reference for the fields and their types",
	"E0000005": badToken,
	"E0000007": "check the id: the object may have been deleted, or belong to another org",
	"E0000008": "Okta has no such path: see its API reference",
	"E0000009": again,
	"E0000010": "Okta allows reads only, usually for a short time: try again later",
	"E0000011": badToken,
	"E0000014": "the old password may be wrong, or the new one may not satisfy the password policy",
	"E0000015": "the org may not have this feature, or the owner of the token no role for it",
	"E0000016": "only a user who is STAGED or DEPROVISIONED can be activated",
	"E0000017": "the user's status may not allow it, or another system manages the password",
	"E0000018": badHeaders,
	"E0000019": badHeaders,
	"E0000021": badHeaders,
	"E0000022": "Okta's API reference lists the methods of the path",
	"E0000023": mastered,
	"E0000028": "Okta's API reference lists the parameters that are required",
	"E0000029": "`after` must be the cursor of an earlier answer, and `limit` within the maximum of the list",
	"E0000030": "write times like 2026-03-01T12:00:00.000Z",
	"E0000031": badFilter,
	"E0000032": "only a user who is LOCKED_OUT can be unlocked",
	"E0000033": "give either a search or a filter",
	"E0000035": "the user's status may not allow it, or another system manages the password",
	"E0000038": "read the user's status: another change of it may have to come first",
	"E0000040": "choose another label, or update the application that has it",
	"E0000041": "leave out username and password: the sign-on mode of the application does not use them",
	"E0000046": "remove the user from the groups that have the application, or the application from the groups",
	"E0000047": "other programs may use the same limit: give the connection a smaller share with `rate_limit`, or run it at another time",
	"E0000053": badFilter,
	"E0000056": "deactivate the application first",
	"E0000060": "Okta does not allow it for this kind of object, such as a group that Okta itself or a directory manages",
	"E0000062": "update the assignment instead",
	"E0000075": mastered,
	"E0000077": mastered,
	"E0000080": "choose a password that satisfies the user's password policy",
	"E0000090": "the role is assigned already",
	"E0000112": "the user is still being activated: try again in a few minutes",
	"E0000231": "somebody else changed it in between: repeat the call",
}
