package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/inside"
)

// The limits of a simulated mailbox. It is for looking at, so it never removes a mail by itself.
const (
	mostMails    = 1000
	largestMails = 100 << 20 // bytes
)

// mailbox is a simulated mailbox: a folder with a file for each mail, which starts with the envelope and then has the mail as a server gets it.
type mailbox struct {
	state, dir string // dir is a path in state; both are empty if nothing is kept

	mu sync.Mutex
}

func openMailbox(s card.Settings) (*mailbox, error) {
	if s.State == "" {
		return &mailbox{}, nil
	}
	if !filepath.IsLocal(s.Name) || filepath.Base(s.Name) != s.Name || s.Name == "." {
		return nil, misconfigured("rename the connection", "mails are kept in a folder of the connection's name, which %q cannot be", s.Name)
	}
	b := &mailbox{state: s.State, dir: filepath.Join("mail", s.Name)}
	return b, b.in(func(*os.Root) error { return nil })
}

// in calls do with the folder of the mails, which it makes if it does not exist. No link leads out of the state.
func (b *mailbox) in(do func(*os.Root) error) error {
	failed := func(err error) error {
		if known := (*card.Error)(nil); err == nil || errors.As(err, &known) {
			return err
		}
		return &card.Error{
			Kind: card.Storage, Message: fmt.Sprintf("the simulated mailbox: %v", inside.Plain(err)), Err: err,
			Hint: ".flowdeck in the workspace must be writable, and have no links to other folders",
		}
	}
	if err := os.MkdirAll(b.state, 0o700); err != nil {
		return failed(err)
	}
	state, err := os.OpenRoot(b.state)
	if err != nil {
		return failed(err)
	}
	defer state.Close()
	if err := state.MkdirAll(b.dir, 0o700); err != nil {
		return failed(err)
	}
	dir, err := state.OpenRoot(b.dir)
	if err != nil {
		return failed(err)
	}
	defer dir.Close()
	return failed(do(dir))
}

// note returns a phrase for people about the mails.
func (b *mailbox) note() string {
	if b.dir == "" {
		return "mails are not kept"
	}
	n := 0
	_ = b.in(func(dir *os.Root) (err error) { // a mailbox that cannot be read is reported when a mail is sent
		n, _, err = count(dir)
		return err
	})
	switch n {
	case 0:
		return "no mails yet"
	case 1:
		return "1 mail"
	default:
		return fmt.Sprintf("%d mails", n)
	}
}

// folder returns the folder of the mails as people know it.
func (b *mailbox) folder() string {
	if b.dir == "" {
		return "mailbox"
	}
	return filepath.ToSlash(filepath.Join(filepath.Base(b.state), b.dir))
}

// count returns the number of mails, and their size.
func count(dir *os.Root) (n int, size int64, err error) {
	entries, err := fs.ReadDir(dir.FS(), ".")
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && strings.HasSuffix(entry.Name(), ".eml") {
			n++
			size += info.Size()
		}
	}
	return n, size, err
}

// deliver keeps a mail.
func (b *mailbox) deliver(ctx context.Context, m *message) error {
	card.Sending(ctx, "")
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if b.dir == "" {
		return m.write(io.Discard)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.in(func(dir *os.Root) error {
		n, size, err := count(dir)
		if err != nil {
			return err
		}
		if n >= mostMails || size >= largestMails {
			return &card.Error{
				Kind: card.Storage, Message: fmt.Sprintf("the simulated mailbox is full: it has %d mails of %d MiB", n, size>>20),
				Hint: "remove mails from " + b.folder(),
			}
		}
		for ; ; n++ { // another process may use the next number at the same time
			name := fmt.Sprintf("%06d.eml", n+1)
			file, err := dir.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			if err == nil {
				err = errors.Join(write(file, m), file.Close())
			}
			if err != nil {
				_ = dir.Remove(name)
			}
			return err
		}
	})
}

// write writes the envelope and the mail.
func write(to io.Writer, m *message) error {
	b := bufio.NewWriter(to)
	fmt.Fprintf(b, "X-Envelope-From: %s\r\nX-Envelope-To: %s\r\n", m.from, strings.Join(m.recipients, ", "))
	if err := m.write(b); err != nil {
		return err
	}
	return b.Flush()
}
