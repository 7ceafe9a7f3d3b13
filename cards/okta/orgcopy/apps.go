package orgcopy

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// apps reads the applications, without what gives access to them.
func (r *reader) apps(ctx context.Context) error {
	return r.lists(ctx, Apps, true, []list{{path: "/apps", query: limit(200), into: r.spools["apps"], shape: r.app}})
}

func (r *reader) app(app record) (any, error) {
	id, err := identified(app)
	out := take(app, "name", "status", "signOnMode", "features", "accessibility", "licensing")
	out["id"], out["label"] = id, r.hide.name(textIn(app, "label"), 100)
	visibility := objectIn(app, "visibility")
	shown := take(visibility, "appLinks", "autoLaunch", "autoSubmitToolbar")
	put(shown, "hide", take(objectIn(visibility, "hide"), "iOS", "web"))
	if r.hide != nil && customName.MatchString(textIn(out, "name")) { // which starts with the name of the org
		delete(out, "name")
		delete(shown, "appLinks")
	}
	put(out, "visibility", shown)
	put(out, "credentials", r.appCredentials(id, objectIn(app, "credentials")))
	for _, name := range []string{"settings", "profile"} {
		if v, ok := app[name].(record); ok {
			put(out, name, r.hide.appSettings(name, withoutSecrets(v)))
		}
	}
	if accessibility, ok := out["accessibility"]; ok {
		out["accessibility"] = r.hide.settings(accessibility)
	}
	href := textIn(objectIn(objectIn(app, "_links"), "accessPolicy"), "href")
	put(out, accessPolicy, href[strings.LastIndexByte(href, '/')+1:])
	return out, err
}

// customName matches the names that Okta gives applications that no catalog has.
var customName = regexp.MustCompile(`_.*_\d+$`)

// accessPolicy is the field of a stored application with the id of its authentication policy, which a seed has elsewhere.
const accessPolicy = "accessPolicy"

// appCredentials returns the credentials of an application that give no access: how users sign in, and how a client does. A simulated org has a key of its own
// for signing, and a password is {} there. The client id is the id unless it is another one.
func (r *reader) appCredentials(id string, credentials record) record {
	out := take(credentials, "scheme", "revealPassword")
	if credentials["password"] != nil {
		out["password"] = record{}
	}
	if template := take(objectIn(credentials, "userNameTemplate"), "template", "type", "pushStatus", "userSuffix"); len(template) > 0 {
		if text := textIn(template, "template"); text != "" {
			template["template"] = r.hide.template(text)
		}
		if suffix := textIn(template, "userSuffix"); suffix != "" {
			template["userSuffix"] = r.hide.text(suffix)
		}
		out["userNameTemplate"] = template
	}
	client := take(objectIn(credentials, "oauthClient"), "client_id", "token_endpoint_auth_method", "autoKeyRotation", "pkce_required")
	if client["client_id"] == id {
		delete(client, "client_id")
	}
	put(out, "oauthClient", client)
	return out
}

// assignments reads the users and the groups of each application. An assignment by a group follows from the group, and is not stored.
func (r *reader) assignments(ctx context.Context) error {
	if err := r.enums(); err != nil {
		return err
	}
	var all []list
	if err := each(r.spools["apps"], "", func(app record) error {
		id := textIn(app, "id")
		path := "/apps/" + url.PathEscape(id)
		if r.has(Users) {
			all = append(all, list{name: id, path: path + "/users", query: limit(500), into: r.spools["app_users"], shape: func(u record) (any, error) {
				return r.appUser(id, u)
			}})
		}
		if r.has(Groups) {
			all = append(all, list{name: id, path: path + "/groups", query: limit(200), into: r.spools["app_groups"], shape: func(g record) (any, error) {
				group, err := identified(g)
				out := take(g, "priority")
				out["app"], out["group"] = id, group
				put(out, "profile", r.profile(withoutSecrets(objectIn(g, "profile")), id))
				return out, err
			}})
		}
		return nil
	}); err != nil {
		return err
	}
	return r.lists(ctx, Assignments, false, all)
}

func (r *reader) appUser(app string, u record) (any, error) {
	id, err := identified(u)
	if err != nil || u["scope"] != "USER" {
		return nil, err
	}
	out := record{"app": app, "user": r.hide.id(id)}
	credentials := record{}
	put(credentials, "userName", r.hide.text(textIn(objectIn(u, "credentials"), "userName")))
	if objectIn(u, "credentials")["password"] != nil {
		credentials["password"] = record{}
	}
	put(out, "credentials", credentials)
	put(out, "profile", r.profile(withoutSecrets(objectIn(u, "profile")), app))
	return out, nil
}

// keyMembers are the members of a JSON Web Key that are public.
var keyMembers = []string{"kty", "use", "alg", "kid", "status", "e", "n", "crv", "x", "y", "x5c", "x5t", "x5t#S256"}

// secretWords are parts of the names of fields that may have a secret.
var secretWords = []string{
	"secret", "password", "passwd", "passphrase", "token", "apikey", "privatekey", "accesskey",
	"credential", "authorization", "passcode", "signature", "sharedkey",
}

// withoutSecrets returns fields without those whose name sounds as if they had a secret, at any depth, and the public part of keys. Only texts are left out:
// objects such as the settings of a password are not secrets, and neither are switches and numbers, nor what is a name in lower case or capitals, such as
// client_secret_basic.
func withoutSecrets(fields record) record {
	out := record{}
	_, isKey := fields["kty"].(string)
	for name, v := range fields {
		if isKey && !slices.Contains(keyMembers, name) || mayBeSecret(name, v) {
			continue
		}
		out[name] = withoutSecretsIn(v)
	}
	return out
}

func withoutSecretsIn(v any) any {
	switch v := v.(type) {
	case record:
		return withoutSecrets(v)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = withoutSecretsIn(item)
		}
		return list
	case string:
		return withoutSecretQuery(v)
	}
	return v
}

// withoutSecretQuery returns a URL without its user, and without the parameters whose name sounds as if they had a secret; other texts are unchanged.
func withoutSecretQuery(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.User == nil && u.RawQuery == "" {
		return text
	}
	query := u.Query()
	for name := range query {
		if mayBeSecret(name, "") || slices.Contains([]string{"code", "key", "sig", "pwd"}, strings.ToLower(name)) {
			query.Del(name)
		}
	}
	if u.User == nil && len(query) == len(u.Query()) {
		return text
	}
	u.User, u.RawQuery = nil, query.Encode()
	return u.String()
}

// methods are names with a secret word that are no secrets.
var methods = []string{"token_endpoint_auth_method", "refresh_token", "id_token_encrypted_response_alg"}

func mayBeSecret(name string, v any) bool {
	if _, is := v.(string); !is || slices.Contains(methods, name) {
		return false
	}
	plain := strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name))
	if strings.HasSuffix(plain, "field") || strings.HasSuffix(plain, "selector") { // of the page on which it is entered
		return false
	}
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(plain, word) })
}
