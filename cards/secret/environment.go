package secret

import (
	"slices"
	"strings"
)

// passed are the variables that the command of a secret gets, and passedPrefixes the starts of the names of others. All else of the
// environment, such as the tokens of other connections and of CI jobs, is not for a program that a workspace names.
var (
	passed = []string{
		"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "DISPLAY", "WAYLAND_DISPLAY",
		"SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "GPG_AGENT_INFO", "GPG_TTY", // agents and keyrings
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"GOOGLE_APPLICATION_CREDENTIALS",
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "USERNAME", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
		"PROGRAMFILES", "HOMEDRIVE", "HOMEPATH", "TEMP", "TMP", // Windows
	}
	passedPrefixes = []string{
		"LC_", "XDG_",
		"OP_", "BW_", "BWS_", "PASSWORD_STORE_", "VAULT_", "AWS_", "CLOUDSDK_", "AZURE_", // password managers, and where clouds keep secrets
	}
)

// environment returns the part of an environment that a command gets. It is not nil, which would mean the whole one.
func environment(all []string) []string {
	part := []string{}
	for _, variable := range all {
		if passes(variable) {
			part = append(part, variable)
		}
	}
	return part
}

// passes reports whether a command gets a variable, NAME=VALUE. Upper and lower case are equal, as in http_proxy and on Windows.
func passes(variable string) bool {
	name, _, _ := strings.Cut(variable, "=")
	name = strings.ToUpper(name)
	return slices.Contains(passed, name) ||
		slices.ContainsFunc(passedPrefixes, func(start string) bool { return strings.HasPrefix(name, start) })
}
