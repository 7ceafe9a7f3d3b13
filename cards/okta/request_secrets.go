package okta

import (
	"encoding/base64"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
)

// secretNames has the names, in Okta's description, of fields that give access: links, tokens, keys and
// passwords. Fields that the description calls public, such as a key's id, are not among them.
var secretNames = map[string]bool{
	"access_token": true, "activationToken": true, "activationUrl": true, "adminPassword": true, "appleTokenSigningKey": true,
	"clientSecret": true, "client_secret": true, "deviceSecret": true, "device_secret": true, "id_token": true, "newPassword": true, "oldPassword": true,
	"passCode": true, "password": true, "privateKey": true, "recoveryToken": true, "refresh_token": true, "registration_access_token": true,
	"resetPasswordUrl": true, "secretKey": true, "sessionToken": true, "sharedSecret": true, "stateToken": true, "tempPassword": true,
	"tokenSigningKey": true, "unlockAccountUrl": true,
}

// secretsInAnswer returns the strings in fields with secret names, at any depth of an answer without a schema. It also
// looks into answers that were requested as text or base64, if they are JSON.
func secretsInAnswer(v card.Value) (texts []string) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			texts = append(texts, secretsInAnswer(item)...)
		}
	case map[string]any:
		for name, field := range v {
			if text, ok := field.(string); ok && secretNames[name] {
				texts = append(texts, text)
			} else {
				texts = append(texts, secretsInAnswer(field)...)
			}
		}
	case string:
		texts = secretsInText(v)
	}
	return texts
}

func secretsInText(text string) []string {
	text = strings.TrimSpace(text)
	if data, err := base64.StdEncoding.DecodeString(text); err == nil && len(data) > 0 {
		text = strings.TrimSpace(string(data))
	}
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return nil
	}
	v, err := card.DecodeJSON([]byte(text))
	if err != nil {
		return nil
	}
	return secretsInAnswer(v)
}
