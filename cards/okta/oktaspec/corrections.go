package oktaspec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The lists below correct mistakes and gaps of the description. Each correction has a source. A correction that
// changes nothing is an error, so that outdated ones are removed.

const (
	systemLog = "Okta, System Log API, https://developer.okta.com/docs/reference/api/system-log/, "
	schemas   = "Okta, Schemas API, https://developer.okta.com/docs/reference/api/schemas/, "
	recorded  = "terraform-provider-okta, test/fixtures/vcr, TestAccAppSaml_crud (oie), an answer of Okta"
	claims    = "terraform-provider-okta, test/fixtures/vcr, TestAccAppUserSchemas_crud (oie), an answer of Okta"
	later     = "Okta's description of version 2026.06.3"
)

// A correction applies to some properties of a schema, or to some parameters of an operation.
type correction struct{ of, names, source string }

// nulls are properties that may be null, although the description does not allow it.
var nulls = []correction{
	{"GroupProfile", "description", "the description's own example GroupTargetResponse"},
	{"AppUser", "externalId", "the description's own example AppUserSSOResponse"},
	{"IPNetworkZone", "gateways", "the description's own example DefaultIpNetworkZone"},
	{"Device", "resourceAlternateId", "the description's own example DeviceResponse"},
	{"GroupOwner", "originId", "its text in the description"},
	{"UserProfile", "department", schemas + "user profile base subschema"},
	{"ApplicationAccessibility", "errorRedirectUrl loginRedirectUrl", recorded},
	{"ApplicationSettingsNotes", "admin enduser", recorded},
	{"ApplicationSettingsNotificationsVpn", "helpUrl message", recorded},
	{"LogEvent", "legacyEventType", systemLog + "attributes"},
	{"LogActor", "detailEntry", systemLog + "actor object"},
	{"LogTarget", "detailEntry displayName", systemLog + "target object"},
	{"LogClient", "id userAgent geographicalContext zone ipAddress", systemLog + "client object"},
	{"LogOutcome", "reason", systemLog + "outcome object"},
	{"LogAuthenticationContext", "authenticationProvider credentialProvider credentialType", systemLog + "authenticationContext object"},
	{"LogAuthenticationContext", "issuer externalSessionId interface", systemLog + "authenticationContext object"},
	{"LogSecurityContext", "asNumber asOrg isp domain isProxy", systemLog + "securityContext object"},
}

// required are properties that Okta always sends, although the description makes them optional.
var required = []correction{
	{"Error", "errorCode errorSummary", "all examples of errors, in the description and in the System Log API"},
	{"LogEvent", "uuid published eventType version severity actor", systemLog + "annotated example"},
}

// added are properties that the description lacks. Their values are objects or null.
var added = []correction{
	{"LogEvent", "device", systemLog + "device object"},
	{"Group", "source", later},
	{"GroupRule", "_embedded", later},
	{"UserSchemaBaseProperties", "userName", "the description's own example AppUserSchemaResponse"},
	{"UserSchemaBaseProperties", "name nickname given_name middle_name family_name profile picture website gender birthdate zoneinfo", claims},
	{"UserSchemaBaseProperties", "phone_number street_address locality region postal_code country formatted", claims},
}

// flags are properties that the description lacks. Their values are booleans.
var flags = []correction{
	{"GroupRule", "allGroupsValid", later},
}

// texts are properties that the description lacks. Their values are lists of strings.
var texts = []correction{
	{"RealmProfile", "domains", later},
}

// optional are parameters that the description wrongly requires.
var optional = []correction{
	{"activateUser", "sendEmail", later + "; left out, it is true"},
}

// newer are parameters that this version of the description lacks.
var newer = []correction{
	{"listUsers", "expand fields", later},
	{"revokeUserSessions", "forgetDevices", later},
	{"listApplications", "useOptimization", later},
	{"listPolicies", "q resourceId", later},
}

// single are operations that answer one object, and not a list of them.
var single = []correction{
	{"createIdentitySourceSession", "200", later},
	{"startImportFromIdentitySource", "200", later},
}

// enums are complete lists of values that the description only mentions in a text, or not at all.
var enums = []struct {
	correction
	values string
}{
	{correction{"listUsers", "sortOrder", "like those of groups: its text does not list them"}, "asc desc"},
	{correction{"listGroups", "sortOrder", "its text in the description"}, "asc desc"},
	{correction{"listGroupUsers", "sortOrder", "its text in the description"}, "asc desc"},
	{correction{"listLogEvents", "sortOrder", systemLog + "request parameters"}, "ASCENDING DESCENDING"},
	{correction{"LogOutcome", "result", systemLog + "outcome object"}, "SUCCESS FAILURE SKIPPED ALLOW DENY CHALLENGE UNKNOWN"},
}

func correct(doc *openapi3.T) error {
	for _, kind := range []struct {
		list  []correction
		apply func(doc *openapi3.T, of, name string) (needed bool)
	}{
		{nulls, allowNull}, {required, require}, {added, addProperty}, {flags, addFlag}, {texts, addList}, {optional, makeOptional}, {newer, addParameter}, {single, answerOne},
	} {
		for _, c := range kind.list {
			for name := range strings.FieldsSeq(c.names) {
				if !kind.apply(doc, c.of, name) {
					return unneeded(c.of, name)
				}
			}
		}
	}
	for _, e := range enums {
		s := property(doc, e.of, e.names)
		if p := parameter(doc, e.of, e.names); p != nil {
			s = p.Schema
		}
		if s == nil || s.Value.Enum != nil || s.Value.Extensions[knownValues] != nil {
			return unneeded(e.of, e.names)
		}
		for value := range strings.FieldsSeq(e.values) {
			s.Value.Enum = append(s.Value.Enum, value)
		}
	}
	return nil
}

func unneeded(of, name string) error {
	return fmt.Errorf("the correction of %s %s is not needed: Okta's description has it already, or no longer has the operation", of, name)
}

func allowNull(doc *openapi3.T, schema, name string) bool {
	p := property(doc, schema, name)
	if p == nil || p.Value.Nullable {
		return false
	}
	own := *p.Value // other schemas may refer to the same value
	own.Nullable = true
	*p = openapi3.SchemaRef{Value: &own}
	return true
}

func require(doc *openapi3.T, schema, name string) bool {
	if property(doc, schema, name) == nil {
		return false
	}
	s := doc.Components.Schemas[schema].Value
	if slices.Contains(s.Required, name) {
		return false
	}
	s.Required = append(s.Required, name)
	return true
}

func addProperty(doc *openapi3.T, schema, name string) bool {
	return add(doc, schema, name, openapi3.NewObjectSchema().WithNullable())
}

func addFlag(doc *openapi3.T, schema, name string) bool {
	return add(doc, schema, name, openapi3.NewBoolSchema())
}

func addList(doc *openapi3.T, schema, name string) bool {
	return add(doc, schema, name, openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema()))
}

func add(doc *openapi3.T, schema, name string, of *openapi3.Schema) bool {
	s := doc.Components.Schemas[schema]
	if s == nil || s.Value.Properties[name] != nil {
		return false
	}
	s.Value.WithProperty(name, of)
	return true
}

func makeOptional(doc *openapi3.T, operation, name string) bool {
	p := parameter(doc, operation, name)
	if p == nil || !p.Required {
		return false
	}
	p.Required = false
	return true
}

func addParameter(doc *openapi3.T, id, name string) bool {
	op := operation(doc, id)
	if op == nil || parameter(doc, id, name) != nil {
		return false
	}
	op.AddParameter(openapi3.NewQueryParameter(name).WithSchema(openapi3.NewStringSchema()))
	return true
}

func answerOne(doc *openapi3.T, id, status string) bool {
	op := operation(doc, id)
	if op == nil || op.Responses.Value(status) == nil {
		return false
	}
	body := op.Responses.Value(status).Value.Content.Get("application/json")
	if body == nil || body.Schema.Value.Items == nil {
		return false
	}
	body.Schema = body.Schema.Value.Items
	return true
}

func property(doc *openapi3.T, schema, name string) *openapi3.SchemaRef {
	s := doc.Components.Schemas[schema]
	if s == nil {
		return nil
	}
	for _, part := range s.Value.AllOf {
		if p := part.Value.Properties[name]; part.Ref == "" && p != nil {
			return p
		}
	}
	return s.Value.Properties[name]
}

func operation(doc *openapi3.T, id string) *openapi3.Operation {
	for _, path := range doc.Paths.Map() {
		for _, op := range path.Operations() {
			if op.OperationID == id {
				return op
			}
		}
	}
	return nil
}

func parameter(doc *openapi3.T, id, name string) *openapi3.Parameter {
	op := operation(doc, id)
	if op == nil {
		return nil
	}
	return op.Parameters.GetByInAndName(openapi3.ParameterInQuery, name)
}
