// Package cards lists every card and every service of flowdeck. The list is static: making it opens no
// connection and does no I/O.
package cards

import (
	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/engine/card"
)

// All returns every card.
func All() card.Set {
	return card.NewSet(okta.Cards()...)
}

// Services returns every service, by name.
func Services() map[string]card.Service {
	services := map[string]card.Service{}
	for _, s := range []card.Service{okta.Service()} {
		services[s.Name] = s
	}
	return services
}
