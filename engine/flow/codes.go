package flow

// The codes of the problems that this package finds. They are stable: people search for them. Codes describes them.
const (
	CodeSyntax         = "yaml-syntax"
	CodeTag            = "yaml-tag"
	CodeAlias          = "yaml-alias"
	CodeTrap           = "yaml-trap"
	CodeFile           = "bad-file"
	CodeDuplicateKey   = "duplicate-key"
	CodeUnknownKey     = "unknown-key"
	CodeUnknownKeyword = "unknown-keyword"
	CodeMissingKey     = "missing-key"
	CodeKeyExpression  = "key-expression"
	CodeKeyClash       = "key-clash"
	CodeNoVerb         = "no-verb"
	CodeTwoVerbs       = "two-verbs"
	CodeWrongType      = "wrong-type"
	CodeBadNumber      = "bad-number"
	CodeBadWord        = "bad-word"
	CodeBadName        = "bad-name"
	CodeDuplicateID    = "duplicate-id"
	CodeDuplicateFlow  = "duplicate-flow"
	CodeMissingSteps   = "missing-steps"
	CodeNotInFinally   = "not-in-finally"
	CodeUnreachable    = "unreachable"
	CodeNoWorkspace    = "no-workspace"
)

// A CodeDoc is a problem's code and what it means, in one line.
type CodeDoc struct{ Code, Doc string }

// Codes lists the codes of this package with their meaning, in the order in which a file is read.
func Codes() []CodeDoc {
	return []CodeDoc{
		{CodeNoWorkspace, "the folder has no flowdeck.yaml"},
		{CodeFile, "a file is not text, too large, nested too deeply, or cannot be read"},
		{CodeSyntax, "the text is no YAML"},
		{CodeTrap, "YAML reads an expression otherwise than it was meant"},
		{CodeTag, "a YAML tag, or the merge key \"<<\""},
		{CodeAlias, "an alias without an anchor, one that contains itself, or aliases that stand for too much"},
		{CodeDuplicateKey, "a mapping has the same key twice"},
		{CodeKeyExpression, "the key of a mapping holds ${ }"},
		{CodeBadNumber, "a number is written in a way that programs read differently, or would not come back as it is written"},
		{CodeBadWord, "true, false or null is written in another way"},
		{CodeUnknownKey, "the language has no such key at this place"},
		{CodeUnknownKeyword, "JSON Schema has no such keyword, or it is misspelt"},
		{CodeMissingKey, "a key that has to be there is not"},
		{CodeKeyClash, "two keys exclude each other"},
		{CodeMissingSteps, "a flow, or a part of a step, has no steps"},
		{CodeNoVerb, "a step or a trigger does not say what it does"},
		{CodeTwoVerbs, "a step or a trigger says two things that it does"},
		{CodeWrongType, "a value is not of the shape that its key wants"},
		{CodeBadName, "a flow, an id or an input has a name that it cannot have"},
		{CodeUnreachable, "a case of a switch, or a catch, stands behind one that is always taken"},
		{CodeNotInFinally, "a finally has a return, a stop, or a step that waits"},
		{CodeDuplicateID, "two steps of a flow have the same id"},
		{CodeDuplicateFlow, "two flows of a workspace have the same name"},
	}
}
