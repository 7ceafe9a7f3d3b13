package main

import (
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"runtime"
	"time"

	"github.com/flowdeck/flowdeck/cards/wire"
)

// opener returns the program that opens a URL in the browser of the person, and its arguments. The URL is one more argument, which no shell
// reads.
func opener() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{"open"}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	return []string{"xdg-open"}
}

// openBrowser opens a URL in the browser of the person.
func openBrowser(ctx context.Context, address string) error {
	if err := checkAddress(address); err != nil {
		return err
	}
	argv := append(opener(), address)
	cmd := exec.Command(argv[0], argv[1:]...)
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	soon := time.NewTimer(openerPatience)
	defer soon.Stop()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s: %w", argv[0], err)
		}
	case <-soon.C: // some openers are the browser, and do not end
	case <-ctx.Done():
	}
	return nil
}

// openerPatience is the time in which an opener that does not work usually fails.
const openerPatience = 3 * time.Second

// checkAddress refuses a URL that a browser would not read as a web page: a program could start for it. http is only for this machine.
func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return fmt.Errorf("not the URL of a web page")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !wire.Loopback(u.Hostname())) {
		return fmt.Errorf("the scheme %q is not opened", u.Scheme)
	}
	return nil
}
