package simhost

import (
	"context"
	"net"
	"sync"
)

// memory is a listener whose connections are pipes in this process: nothing reaches the network.
type memory struct {
	made  chan net.Conn
	ended chan struct{}
	end   sync.Once
}

func newMemory() *memory { return &memory{made: make(chan net.Conn), ended: make(chan struct{})} }

// dial returns a connection to the listener.
func (m *memory) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case m.made <- local{server}:
		return client, nil
	case <-m.ended:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// local is the end of a server: its client is on this machine, which servers look at before they answer about themselves.
type local struct{ net.Conn }

func (local) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func (m *memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.made:
		return conn, nil
	case <-m.ended:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.end.Do(func() { close(m.ended) })
	return nil
}

func (m *memory) Addr() net.Addr { return memoryAddress{} }

// memoryAddress is the address of servers in memory.
type memoryAddress struct{}

func (memoryAddress) Network() string { return "memory" }
func (memoryAddress) String() string  { return "memory" }
