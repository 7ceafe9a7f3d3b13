package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/flowdeck/flowdeck/engine/flow"
	"github.com/flowdeck/flowdeck/engine/words"
)

// annotate writes problems as workflow commands, which GitHub shows next to the lines of a pull request:
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands.
func annotate(w io.Writer, problems flow.Problems) {
	text := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, p := range problems {
		kind, message := "error", p.Message
		if p.Warning {
			kind = "warning"
		}
		if p.Hint != "" {
			message += "\nhint: " + p.Hint
		}
		at := ""
		if p.Pos.File != "" {
			at = "file=" + property.Replace(words.VisibleLine(p.Pos.File)) + ","
		}
		if p.Pos.Line > 0 {
			at += fmt.Sprintf("line=%d,col=%d,endColumn=%d,", p.Pos.Line, p.Pos.Col, p.Pos.Col+max(p.Width, 1))
		}
		fmt.Fprintf(w, "::%s %stitle=%s::%s\n", kind, at, property.Replace(p.Code), text.Replace(words.Visible(message)))
	}
}
