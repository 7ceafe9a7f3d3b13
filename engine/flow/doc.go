// Package flow reads flowdeck's YAML files: it turns the text of a file into a [Flow] or a [Workspace] in which every
// scalar knows its place, and says what is wrong with the form of a file as [Problems], all of them at once.
//
// It is pure syntax. It must not know a card, a service or a connection, it evaluates no expression and it does no I/O
// but what the fs.FS given to [Load] does. What a name refers to and whether a type fits is the business of
// engine/check, which says it with the same [Problem] and the same printer.
//
// The way through the package:
//
//	split.go      a file into its documents, at the "---" lines
//	document.go   a document into Nodes, by way of yaml.v3
//	scalar.go     what a scalar's text means
//	place.go      where in the source each byte of a scalar stands
//	syntax.go     what to say when a document is no YAML; suspects.go, traps.go: how YAML eats what people mean
//	verbs.go      the table of the language: verbs, keys, shapes; steps and triggers, flows and workspaces are read by it
//	form.go       a mapping against its entry in the table; shape.go a value against its shape
//	parse.go      nodes into Flows; steps.go into Steps; workspace.go and load.go into a Workspace
//	problem.go    what is said before a run, codes.go its codes; print.go how; nearest.go "did you mean"
package flow
