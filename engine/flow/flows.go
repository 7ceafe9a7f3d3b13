package flow

// The part of the language that stands around the steps: flows, triggers, and the workspace's own file.

var dstForm = Form{
	Name: "a dst",
	Doc:  "What happens to a time that a change of clocks leaves out or repeats.",
	Keys: []Key{
		{Name: "gap", Doc: "a time that is left out: run when the clock has jumped (shift, the default), or not (skip)", Shape: choice("shift", "skip")},
		{Name: "overlap", Doc: "a time that comes twice: run at the first (once, the default), or at both (twice)", Shape: choice("once", "twice")},
	},
}

var triggerForm = Form{
	Name: "a trigger",
	Doc:  "What starts a flow besides a person or another flow. It is of exactly one kind.",
	Keys: []Key{{Name: "inputs", Doc: "the inputs of the flow that it starts", Shape: templates}},
	Verbs: []Verb{
		{
			Key: Key{Name: "schedule", Doc: "starts the flow at times: five fields of cron, or @daily and the like", Shape: name},
			Keys: []Key{
				{Name: "timezone", Doc: "an IANA time zone such as Europe/Berlin", Shape: name},
				{Name: "dst", Doc: "what happens when clocks change", Shape: form(&dstForm)},
				{Name: "overlap", Doc: "what happens when the last run is still going", Shape: choice("queue", "skip", "replace")},
				{Name: "missed", Doc: "which of the times are made up for when the scheduler was down", Shape: choice("all", "last", "none")},
				{Name: "within", Doc: "how far back missed times are made up for", Shape: duration},
			},
		},
		{
			Key:  Key{Name: "event", Doc: "starts the flow for every event of a trigger card", Shape: name},
			Keys: []Key{{Name: "with", Doc: "the inputs of the trigger card", Shape: templates}},
		},
		{
			Key: Key{Name: "poll", Doc: "starts the flow for every record that a polling trigger card finds", Shape: name},
			Keys: []Key{
				{Name: "with", Doc: "the inputs of the trigger card", Shape: templates},
				{Name: "every", Doc: "how often it looks", Shape: duration},
			},
		},
		{
			Key:  Key{Name: "webhook", Doc: "starts the flow for every POST to /hooks/<name>", Shape: name},
			Keys: []Key{{Name: "respond", Doc: "whether the caller waits for the flow", Shape: choice("accepted", "wait")}},
		},
	},
}

var runsForm = Form{
	Name: "runs",
	Doc:  "How many runs of a flow there are at a time, begun by a person, a trigger or start.",
	Keys: []Key{
		{Name: "limit", Doc: "the number of runs; 1 by default", Shape: positive},
		{Name: "per", Doc: "what is counted by itself, such as inputs.group; without it all runs of the flow are counted together", Shape: expression},
		{Name: "busy", Doc: "what happens to a run that would be one too many", Shape: choice("queue", "skip", "replace", "fail")},
	},
}

var limitsForm = Form{
	Name: "limits",
	Doc:  "A fuse: a run pauses before it does more than this, flows that it calls included.",
	Keys: []Key{
		{Name: "writes", Doc: "cards that change something", Shape: counts},
		{Name: "destructive", Doc: "cards that destroy something", Shape: counts},
		{Name: "steps", Doc: "steps of any kind", Shape: positive},
		{Name: "time", Doc: "how long the run may take", Shape: duration},
	},
}

// optionsForm is the value of the keyword "options" of an input.
var optionsForm = Form{
	Name: "options",
	Doc:  "The list card that fills a drop-down for an input.",
	Keys: []Key{
		{Name: "card", Doc: "the list card", Shape: name},
		{Name: "with", Doc: "its inputs; typed is what the person typed so far", Shape: templates},
		{Name: "value", Doc: "the path in a record of the value that is chosen", Shape: name},
		{Name: "label", Doc: "the path in a record of what is shown; the value by default", Shape: name},
	},
}

var flowForm = Form{
	Name: "a flow",
	Doc:  "A list of steps with a name.",
	Keys: []Key{
		{Name: "flow", Doc: "the flow's name: lower-case words joined by \"-\"", Shape: flowName, Required: true},
		{Name: "about", Doc: "what the flow is for, in one sentence", Shape: prose},
		{Name: "inputs", Doc: "what the flow is given: names with a JSON Schema or the name of a type", Shape: mapOf(identifier, schema)},
		{Name: "returns", Doc: "a JSON Schema of what the flow returns", Shape: schema},
		{Name: "connections", Doc: "the connection that the flow uses for each service", Shape: mapOf(name, name)},
		{Name: "triggers", Doc: "what starts the flow besides a person or another flow", Shape: listOf(form(&triggerForm))},
		{Name: "runs", Doc: "how many runs of the flow there are at a time", Shape: form(&runsForm)},
		{Name: "limits", Doc: "how much a run may do before it pauses", Shape: form(&limitsForm)},
		{Name: "retry", Doc: "how the cards of this flow are tried again", Shape: form(&retryForm)},
		{Name: "timeout", Doc: "how long one try of a card of this flow may take", Shape: duration},
		{Name: "steps", Doc: "what the flow does", Shape: ownSteps, Required: true},
	},
}

var connectionForm = Form{
	Name: "a connection",
	Doc:  "A server, and how to sign in to it. What there is to say depends on its type.",
	Open: true,
	Keys: []Key{{Name: "type", Doc: "the service, such as okta", Shape: name, Required: true}},
}

var workspaceForm = Form{
	Name: "a workspace",
	Doc:  "The folder that flows live in, described by its flowdeck.yaml.",
	Keys: []Key{
		{Name: "timezone", Doc: "the IANA time zone of schedules that name none, such as Europe/Berlin", Shape: name},
		{Name: "connections", Doc: "the servers that flows talk to, by name", Shape: mapOf(name, form(&connectionForm))},
	},
}
