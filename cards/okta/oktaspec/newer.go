package oktaspec

import (
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

// newerOperations are operations of a later description, shortened to what cards use.
//
// Source: Okta's description of version 2026.06.3, tags UserRisk and UserClassification
const newerOperations = `
openapi: 3.0.3
info: {title: newer, version: 2026.06.3}
paths:
  /api/v1/users/{userId}/risk:
    parameters:
      - {name: userId, in: path, required: true, schema: {type: string}}
    get:
      operationId: getUserRisk
      security: [{apiToken: []}, {oauth2: [okta.userRisk.read]}]
      responses:
        "200": {description: Success, content: {application/json: {schema: {$ref: "#/components/schemas/UserRisk"}}}}
    put:
      operationId: upsertUserRisk
      security: [{apiToken: []}, {oauth2: [okta.userRisk.manage]}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              required: [riskLevel]
              properties:
                riskLevel: {type: string, enum: [HIGH, MEDIUM, LOW]}
                riskReason: {type: string, maxLength: 500, pattern: '^[a-zA-Z0-9\s\-,.]*$'}
      responses:
        "200": {description: Success, content: {application/json: {schema: {$ref: "#/components/schemas/UserRisk"}}}}
        "201": {description: Created, content: {application/json: {schema: {$ref: "#/components/schemas/UserRisk"}}}}
  /api/v1/users/{userId}/classification:
    parameters:
      - {name: userId, in: path, required: true, schema: {type: string}}
    get:
      operationId: getUserClassification
      security: [{apiToken: []}, {oauth2: [okta.users.read]}]
      responses:
        "200": {description: Success, content: {application/json: {schema: {$ref: "#/components/schemas/UserClassification"}}}}
    put:
      operationId: replaceUserClassification
      security: [{apiToken: []}, {oauth2: [okta.users.manage]}]
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              properties:
                type: {type: string, enum: [LITE, STANDARD]}
      responses:
        "200": {description: Success, content: {application/json: {schema: {$ref: "#/components/schemas/UserClassification"}}}}
components:
  schemas:
    UserRisk:
      type: object
      properties:
        riskLevel: {type: string, enum: [HIGH, MEDIUM, LOW, NONE]}
        reason: {type: string}
        _links: {type: object, properties: {self: {type: object, properties: {href: {type: string}, hints: {type: object, properties: {allow: {type: array, items: {type: string}}}}}}}}
    UserClassification:
      type: object
      properties:
        type: {type: string, enum: [LITE, STANDARD]}
        lastUpdated: {type: string, format: date-time}
`

// addNewer adds the newer operations to the description. It is an error if the description has one of them.
func addNewer(doc *openapi3.T) error {
	newer, err := openapi3.NewLoader().LoadFromData([]byte(newerOperations))
	if err != nil {
		return fmt.Errorf("read the newer operations: %w", err)
	}
	for path, item := range newer.Paths.Map() {
		if doc.Paths.Value(path) != nil {
			return unneeded("newer operations", path)
		}
		doc.Paths.Set(path, item)
	}
	return nil
}
