// Package cards lists every card, every trigger and every service of flowdeck. The list is static: building it opens no connection
// and does no I/O.
package cards

import (
	"slices"

	"github.com/flowdeck/flowdeck/cards/file"
	"github.com/flowdeck/flowdeck/cards/mail"
	"github.com/flowdeck/flowdeck/cards/okta"
	"github.com/flowdeck/flowdeck/cards/scim"
	"github.com/flowdeck/flowdeck/cards/table"
	"github.com/flowdeck/flowdeck/cards/web"
	"github.com/flowdeck/flowdeck/engine/card"
)

// All returns every card. Each call builds a new set.
func All() card.Set {
	return card.NewSet(slices.Concat(okta.Cards(), file.Cards(), table.Cards(), mail.Cards(), web.Cards(), scim.Cards())...)
}

// Triggers returns everything that starts flows in a service. Each call builds a new set.
func Triggers() card.Triggers { return card.NewTriggers(okta.Triggers()...) }

// Services returns every service by its name, such as "okta". Each call builds a new map.
func Services() map[string]card.Service {
	services := map[string]card.Service{}
	for _, s := range []card.Service{okta.Service(), mail.Service(), web.Service(), scim.Service()} {
		services[s.Name] = s
	}
	return services
}
