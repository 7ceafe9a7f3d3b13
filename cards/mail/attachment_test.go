package mail_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/flowdeck/flowdeck/cards/mail"
	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/files"
)

// It is not parallel: it counts what the process allocates.
func TestAnAttachmentOfAnySizeNeedsNoMemory(t *testing.T) { //nolint:paralleltest // see above
	const size = 24 << 20
	conn, err := mail.Service().Open(card.Settings{Name: "mail", Config: map[string]any{"from": "it@acme.example", "simulate": map[string]any{}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "big.bin"), make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	call := card.Call{Run: "r", Attempt: 1, Files: files.New(dir, filepath.Join(dir, ".flowdeck")).Run("runs/r/files"), Conn: conn}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = mail.Cards()[0].Run(t.Context(), call, map[string]any{"to": []any{"ada@acme.example"}, "subject": "x", "text": "x", "attachments": []any{"big.bin"}})
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; err != nil || used > 4<<20 {
		t.Errorf("%d bytes were allocated for an attachment of %d, %v", used, size, err)
	}
}
