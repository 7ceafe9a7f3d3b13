package web

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/flowdeck/flowdeck/engine/card"
)

func TestAnAddressIsPublicUnlessTheConnectionAllowsAPrivateOne(t *testing.T) {
	t.Parallel()
	for address, public := range map[string]bool{
		"203.0.113.7:443": true, "[2001:4860:4860::8888]:443": true, "8.8.8.8:443": true, "[64:ff9b::808:808]:443": true,
		"127.0.0.1:443": false, "127.9.9.9:443": false, "[::1]:443": false, "0.0.0.0:443": false, "[::]:443": false, "10.1.2.3:443": false,
		"172.16.0.1:443": false, "172.31.255.255:443": false, "192.168.1.1:443": false, "169.254.169.254:80": false, "[fe80::1%eth0]:443": false,
		"[fd00:ec2::254]:80": false, "[fc00::1]:443": false, "100.64.0.1:443": false, "100.100.100.200:80": false, "192.0.0.192:80": false, "198.18.0.1:80": false,
		"168.63.129.16:80": false, "224.0.0.1:80": false, "255.255.255.255:80": false, "[ff02::1]:80": false, "[fec0::1]:80": false,
		"[::ffff:127.0.0.1]:80": false, "[::ffff:169.254.169.254]:80": false, "[::127.0.0.1]:80": false, "[64:ff9b::a9fe:a9fe]:80": false, "[2002:a00:1::]:80": false, "[64:ff9b:1::1]:80": false,
	} {
		if err := checkAddress("api.example.com", address, false, false); (err == nil) != public {
			t.Errorf("%s: %v", address, err)
		}
		if err := checkAddress("api.example.com", address, false, true); err != nil {
			t.Errorf("%s with private_network: %v", address, err)
		}
	}
	for address, local := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "8.8.8.8:80": false, "10.0.0.1:80": false, "[::ffff:127.0.0.1]:80": true} {
		if err := checkAddress("localhost", address, true, true); (err == nil) != local {
			t.Errorf("%s for localhost: %v", address, err)
		}
	}
}

func TestAPrivateAddressInBaseURLIsRefusedBeforeARequest(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"https://10.0.0.1/v1", "https://169.254.169.254/latest", "https://[fd00::1]", "https://[::ffff:10.0.0.1]", "https://0.0.0.0"} {
		if _, err := opened(t, map[string]any{"base_url": url}); !has(card.AsError(err), card.Invalid, "private_network: true", "is ") {
			t.Errorf("%s: %v", url, err)
		}
		if _, err := opened(t, map[string]any{"base_url": url, "private_network": true}); err != nil {
			t.Errorf("%s with private_network: %v", url, err)
		}
	}
}

// The name is resolved when the connection is made, as a name would be that first had another address.
func TestANameThatLeadsToAPrivateAddressIsRefusedWhenItIsDialed(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request came") })
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	b := base{scheme: "https", host: "api.example.com"}
	if conn, err := b.dial(false)(t.Context(), "tcp", "localhost:"+port); err == nil {
		t.Errorf("it connects to %s", conn.RemoteAddr())
	}
	conn, err := b.dial(true)(t.Context(), "tcp", "localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	call := connect(t, bearerConfig("https://api.example.com"))
	session := call.Conn.(*connection).Session
	dial := session.transport.DialContext
	session.transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dial(ctx, network, "localhost:"+port)
	}
	_, e := run(t, call, "http.post", map[string]any{"path": "/x"})
	if !has(e, card.Invalid, "api.example.com has the address", "which is this machine", "private_network: true") || e.MayBeDone() {
		t.Errorf("got %#v", e)
	}
}
