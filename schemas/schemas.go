// Package schemas holds the JSON Schemas of what people write: flows and their tests, the workspace's own file, and the inputs of every
// card. Editors complete and check by them; `flowdeck schema` prints them.
//
// They are generated from the verb table and the cards, and are not to be edited:
//
//	make generate
//
// The package is files and nothing else: it must not know who makes them or reads them.
package schemas

import (
	"embed"
	"io/fs"
)

//go:embed flow.json tests.json workspace.json cards/*.json
var files embed.FS

// FS is the schemas: flow.json, tests.json, workspace.json, and cards/NAME.json for each card.
func FS() fs.FS { return files }
