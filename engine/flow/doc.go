// Package flow reads flowdeck's YAML files. It turns the text of a file into a [Flow] or a [Workspace] in which every
// scalar knows its position, and reports everything that is wrong with the form of a file as [Problems], all at once.
//
// It is pure syntax. It must not know cards, services or connections, it evaluates no expressions, and it does no I/O
// except through the fs.FS given to [Load]. Package check resolves names and checks types. It reports its findings with
// the same [Problem] type and printer.
//
// The files of the package, in the order of processing:
//
//	split.go      splits a file into its documents, at the "---" lines
//	document.go   turns a document into Nodes (node.go), with yaml.v3
//	scalar.go     finds the meaning of a scalar's text
//	place.go      finds the position of a Node; layout.go that of each byte of a scalar
//	syntax.go     reports documents that are not YAML; suspects.go and brackets.go find the reason
//	traps.go      finds expressions that YAML silently cuts off or hides
//	verbs.go      the table of the language: steps; flows.go: flows and workspaces; grammar.go: the types of the table
//	form.go       checks a mapping against its form in the table; rules.go checks combinations of keys
//	shape.go      checks a value against its shape; some shapes are in names.go, duration.go, keywords.go (JSON Schema)
//	parse.go      turns Nodes into Flows; steps.go into Steps; workspace.go and load.go into a Workspace
//	problem.go    the reports before a run; codes.go: their codes; print.go: their output; nearest.go: "did you mean"
//	format.go     formats a file: pieces.go and comments.go parse it, order.go orders its keys, indent.go writes it
package flow
