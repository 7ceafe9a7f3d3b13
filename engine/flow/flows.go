package flow

// The part of the language outside of steps: flows, triggers, and the workspace's own file.

var dstForm = Form{
	Name: "a dst",
	Doc:  "What happens to a time that a clock change skips or repeats.",
	Keys: []Key{
		{Name: "gap", Doc: "a time that is skipped: run after the jump (shift) or not at all (skip, the default if every hour has times)", Shape: choice("shift", "skip")},
		{Name: "overlap", Doc: "a time that is repeated: run at the first (once) or at both (twice, the default if every hour has times)", Shape: choice("once", "twice")},
	},
}

var manualForm = Form{
	Name: "a manual",
	Doc:  "Who may start the flow over the API, besides operators.",
	Keys: []Key{{Name: "roles", Doc: "the roles of tokens that may start it", Shape: listOf(roleName).atLeast(1), Required: true}},
}

// startKey is for triggers whose occasions compute the inputs.
var startKey = Key{Name: "inputs", Doc: "the inputs of the flow that it starts", Shape: templates}

var triggerForm = Form{
	Name: "a trigger",
	Doc:  "Something that starts a flow: a schedule, an event, a poll, a webhook, or a person with a token.",
	Verbs: []Verb{
		{
			Key: Key{Name: "schedule", Doc: "starts the flow at times: five fields of cron, or @daily and similar", Shape: name},
			Keys: []Key{
				{Name: "timezone", Doc: "an IANA time zone such as Europe/Berlin", Shape: name},
				{Name: "dst", Doc: "what happens when clocks change", Shape: form(&dstForm)},
				{Name: "overlap", Doc: "what to do if the last run has not ended", Shape: choice("queue", "skip", "replace")},
				{Name: "missed", Doc: "which missed times to run after the scheduler was down", Shape: choice("all", "last", "none")},
				{Name: "within", Doc: "how far back to run missed times", Shape: someTime},
				startKey,
			},
		},
		{
			Key:  Key{Name: "event", Doc: "starts the flow for every event of a trigger card", Shape: name},
			Keys: []Key{{Name: "with", Doc: "the inputs of the trigger card", Shape: templates}, startKey},
		},
		{
			Key: Key{Name: "poll", Doc: "starts the flow for every record that a polling trigger card finds", Shape: name},
			Keys: []Key{
				{Name: "with", Doc: "the inputs of the trigger card", Shape: templates},
				{Name: "every", Doc: "how often it looks", Shape: someTime},
				startKey,
			},
		},
		{
			Key: Key{Name: "webhook", Doc: "starts the flow for every request to /hooks/<name>", Shape: hookName},
			Keys: []Key{
				{Name: "method", Doc: "the HTTP method of its requests; POST by default", Shape: choice("GET", "POST", "PUT", "PATCH", "DELETE")},
				{Name: "respond", Doc: "whether the caller waits for the flow", Shape: choice("accepted", "wait")},
				{Name: "within", Doc: "how long the caller waits for the flow, or for its respond step; 1m by default, and at most", Shape: someTime},
				{Name: "secret", Doc: "the secret that requests are signed with, as a reference such as {env: HOOK_SECRET}; without it they have a token", Shape: anyShape},
				startKey,
			},
		},
		{Key: Key{Name: "manual", Doc: "lets tokens with a role start the flow over the API, with its inputs", Shape: form(&manualForm)}},
	},
}

var runsForm = Form{
	Name: "runs",
	Doc:  "How many runs of a flow there may be at a time, started by a person, a trigger or start.",
	Keys: []Key{
		{Name: "limit", Doc: "the number of runs; 1 by default", Shape: positive},
		{Name: "per", Doc: "the value by which runs are counted, such as inputs.group; without it all runs are counted together", Shape: expression},
		{Name: "busy", Doc: "what to do with a run over the limit", Shape: choice("queue", "skip", "replace", "fail")},
	},
}

var limitsForm = Form{
	Name: "limits",
	Doc:  "A fuse: a run pauses before it does more than this, together with the flows that it calls and starts.",
	Keys: []Key{
		{Name: "writes", Doc: "the most changes in services: a number, or a percentage of a list such as 5% of okta.user.list", Shape: either(counts, percentage, form(&percentageForm))},
		{Name: "destructive", Doc: "the most changes that destroy something: a number, or a percentage of a list", Shape: either(counts, percentage, form(&percentageForm))},
		{Name: "steps", Doc: "the most steps", Shape: positive},
		{Name: "time", Doc: "how long the run may go on, in all of its processes", Shape: someTime},
	},
}

var percentageForm = Form{
	Name: "a percentage",
	Doc:  "A percentage of the records of a list with inputs.",
	List: "of",
	Keys: []Key{
		{Name: "percent", Doc: "how much of the list, from 0 to 100", Shape: Shape{Kind: ShapeNumber, Max: 100}, Required: true},
		{Name: "of", Doc: "the list card", Shape: name, Required: true},
		{Name: "with", Doc: "its inputs, without expressions", Shape: templates},
	},
}

// Percentage is the Noun of a percentage such as 5% of okta.user.list.
const Percentage = "percentage"

var percentage = Shape{Kind: ShapeName, Noun: Percentage}

// optionsForm is the grammar of the keyword "options" of an input.
var optionsForm = Form{
	Name: "options",
	Doc:  "The list card that fills a drop-down for an input.",
	Keys: []Key{
		{Name: "card", Doc: "the list card", Shape: name},
		{Name: "with", Doc: "its inputs; typed is the text that the person has typed", Shape: templates},
		{Name: "value", Doc: "the path of the chosen value in a record", Shape: name},
		{Name: "label", Doc: "the path of the label in a record; the value by default", Shape: name},
	},
}

var flowForm = Form{
	Name: "a flow",
	Doc:  "A list of steps with a name.",
	Keys: []Key{
		{Name: "flow", Doc: "the flow's name: lowercase words joined by \"-\"", Shape: flowName, Required: true},
		{Name: "about", Doc: "what the flow is for, in one sentence", Shape: prose},
		{Name: "inputs", Doc: "the inputs of the flow: names with a JSON Schema or the name of a type", Shape: mapOf(identifier, schema)},
		{Name: "returns", Doc: "a JSON Schema of the value that the flow returns", Shape: schema},
		{Name: "connections", Doc: "the connection that the flow uses for each service", Shape: mapOf(name, name)},
		{Name: "triggers", Doc: "what starts the flow, in addition to people and other flows", Shape: listOf(form(&triggerForm))},
		{Name: "runs", Doc: "how many runs of the flow there may be at a time", Shape: form(&runsForm)},
		{Name: "limits", Doc: "how much a run may do before it pauses", Shape: form(&limitsForm)},
		{Name: "retry", Doc: "how to retry the cards of this flow", Shape: form(&retryForm)},
		{Name: "timeout", Doc: "how long one attempt of a card of this flow may take", Shape: someTime},
		{Name: "steps", Doc: "the steps of the flow", Shape: ownSteps, Required: true},
	},
}

var connectionForm = Form{
	Name: "a connection",
	Doc:  "A server, and how to sign in to it. The keys depend on its type.",
	Open: true,
	Keys: []Key{{Name: "type", Doc: "the service, such as okta", Shape: name, Required: true}},
}

var columnType = choice("string", "integer", "number", "boolean", "date", "time")

var columnForm = Form{
	Name: "a column",
	Doc:  "A column of a table, with a description.",
	Keys: []Key{
		{Name: "type", Doc: "the type of its values, each of which may also be null", Shape: columnType, Required: true},
		{Name: "about", Doc: "what the column has, in one sentence", Shape: prose},
	},
}

var tableForm = Form{
	Name: "a table",
	Doc:  "Rows with typed columns, which all runs of the workspace share.",
	Keys: []Key{
		{Name: "about", Doc: "what the table is for, in one sentence", Shape: prose},
		{Name: "key", Doc: "the column that identifies a row: a string or an integer", Shape: identifier, Required: true},
		{Name: "columns", Doc: "the names of the columns with their types", Shape: mapOf(identifier, either(columnType, form(&columnForm))).atLeast(1), Required: true},
	},
}

// Forever is the duration of history.keep that has no end.
const Forever = "forever"

var historyForm = Form{
	Name: "a history",
	Doc:  "What is kept of runs that have ended.",
	Keys: []Key{
		{Name: "keep", Doc: "how long a run is kept after its end: 90d by default, or forever", Shape: Shape{Kind: ShapeDuration, Min: 1, Choices: []string{Forever}}},
		{Name: "durability", Doc: "what the journal of a run survives: process (by default), the end of the process, or power, also a power failure", Shape: choice("process", "power")},
	},
}

var temporalForm = Form{
	Name: "a Temporal server",
	Doc:  "The server on which runs go on that 'flowdeck run --on temporal' starts.",
	Keys: []Key{
		{Name: "address", Doc: "its host and port, such as temporal.example.com:7233", Shape: text, Required: true},
		{Name: "namespace", Doc: "the namespace of its runs: default, if it is left out", Shape: name},
		{Name: "api_key", Doc: "the key that requests are sent with, as a reference such as {env: TEMPORAL_API_KEY}", Shape: anyShape},
		{Name: "tls", Doc: "how the connection is encrypted; {} is with the certificates that this machine trusts", Shape: form(&temporalTLSForm)},
	},
}

var temporalTLSForm = Form{
	Name: "a TLS connection",
	Doc:  "The certificates of a connection to a Temporal server. Paths start at the folder of flowdeck.yaml.",
	Keys: []Key{
		{Name: "cert", Doc: "the file with the certificate of the client, in PEM", Shape: text},
		{Name: "key", Doc: "the file with the key of the certificate, in PEM", Shape: text},
		{Name: "ca", Doc: "the file with the certificates of authorities to trust instead of those of the machine, in PEM", Shape: text},
		{Name: "server_name", Doc: "the name in the certificate of the server, if it is not that of its address", Shape: text},
	},
}

var workspaceForm = Form{
	Name: "a workspace",
	Doc:  "The folder that flows live in, described by its flowdeck.yaml.",
	Keys: []Key{
		{Name: "timezone", Doc: "the IANA time zone of schedules that name none, such as Europe/Berlin", Shape: name},
		{Name: "connections", Doc: "the servers that flows talk to, by name", Shape: mapOf(name, form(&connectionForm))},
		{Name: "tables", Doc: "the tables that flows keep rows in, by name", Shape: mapOf(identifier, form(&tableForm))},
		{Name: "history", Doc: "what is kept of runs", Shape: form(&historyForm)},
		{Name: "temporal", Doc: "the Temporal server on which runs go on, if they are started with --on temporal, or engine is temporal", Shape: form(&temporalForm)},
		{Name: "engine", Doc: "where the runs go on that 'flowdeck serve' starts: local (by default), in its process, or temporal, on the Temporal server", Shape: choice("local", "temporal")},
	},
}
