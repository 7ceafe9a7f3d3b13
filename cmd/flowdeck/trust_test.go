package main

// tokenIs returns an environment in which every workspace is trusted, and the variable TOKEN has a token.
func tokenIs(token string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		switch name {
		case "TOKEN":
			return token, true
		case trustVariable:
			return "1", true
		}
		return "", false
	}
}
