// Package flow reads flowdeck's YAML files: it turns the text of a file into a [Flow] or a [Workspace] in which every
// scalar knows its place, and reports what is wrong with the form of a file as [Problems], all of them at once.
//
// It is pure syntax. It must not know a card, a service or a connection, it evaluates no expression and it does no I/O
// but what the fs.FS given to [Load] does. What a name refers to and whether a type fits is the business of
// engine/check, which reports it with the same [Problem] and the same printer.
//
// The way through the package:
//
//	split.go      a file into its documents, at the "---" lines
//	document.go   a document into Nodes (node.go), by way of yaml.v3
//	scalar.go     what a scalar's text means
//	place.go      where a Node stands; layout.go where each byte of a scalar does
//	syntax.go     what to say when a document is no YAML; suspects.go and brackets.go find out why
//	traps.go      expressions that YAML cuts or hides without a word
//	verbs.go      the table of the language: steps; flows.go what stands around them; grammar.go what tables are made of
//	form.go       a mapping against its form in the table; rules.go which keys go together
//	shape.go      a value against its shape; names.go, duration.go, keywords.go (of a JSON Schema) some of these
//	parse.go      nodes into Flows; steps.go into Steps; workspace.go and load.go into a Workspace
//	problem.go    what is said before a run; codes.go its codes; print.go how it is shown; nearest.go "did you mean"
//	format.go     one layout for a file: pieces.go, comments.go take it apart, order.go orders its keys, indent.go writes it
package flow
