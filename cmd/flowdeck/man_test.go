package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

func TestManPagesHaveTheHelp(t *testing.T) {
	t.Parallel()
	root := &cobra.Command{Use: "flowdeck", Short: "Okta automation"}
	cmd := &cobra.Command{
		Use: "try NAME", Short: "Try a thing", Run: func(*cobra.Command, []string) {},
		Long:    "Try a thing.\n.dotted lines, don't end.\n\nWith a list:\n  one \\ two\n    deeper\nand so on.",
		Example: "  flowdeck try ~/x",
	}
	cmd.Flags().StringP("dir", "C", "", "look in `DIR`")
	root.AddCommand(cmd)
	cmd.AddCommand(&cobra.Command{Use: "again", Short: "Try it again", Run: func(*cobra.Command, []string) {}})
	want := `.TH FLOWDECK\-TRY 1 "" "flowdeck" "flowdeck manual"
.SH NAME
flowdeck\-try \- Try a thing
.SH SYNOPSIS
\fBflowdeck try NAME [flags]\fR
.br
\fBflowdeck try COMMAND [flags]\fR
.SH DESCRIPTION
Try a thing.
\&.dotted lines, don\(aqt end.
.PP
With a list:
.PP
.nf
  one \e two
    deeper
.fi
.PP
and so on.
.SH COMMANDS
.TP
\fBflowdeck\-try\-again\fR(1)
Try it again
.SH OPTIONS
.TP
\fB\-C\fR, \fB\-\-dir\fR \fIDIR\fR
look in DIR
.SH EXAMPLES
.nf
  flowdeck try \(ti/x
.fi
.SH SEE ALSO
\fBflowdeck\fR(1)
`
	if diff := cmp.Diff(want, manPage(cmd)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
