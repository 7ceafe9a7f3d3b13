package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listenOn listens on the address of --listen. other is the hint for an address that cannot be used.
func listenOn(ctx context.Context, address, other string) (net.Listener, error) {
	on, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &exit{code: exitFailed, err: fmt.Errorf("cannot listen on %q: %s", address, unheard(err)), hint: other}
	}
	return on, nil
}

// unheard returns the cause of an error of net.Listen in words for people.
func unheard(err error) string {
	address, name, errno := (*net.AddrError)(nil), (*net.DNSError)(nil), syscall.Errno(0)
	switch {
	case errors.As(err, &address):
		return address.Err
	case errors.As(err, &name):
		return name.Err
	case errors.As(err, &errno):
		return errno.Error()
	}
	return err.Error()
}
