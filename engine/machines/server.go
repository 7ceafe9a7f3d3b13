package machines

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine/card"
	"github.com/flowdeck/flowdeck/engine/host"
	"github.com/flowdeck/flowdeck/engine/inside"
	"github.com/flowdeck/flowdeck/engine/temporal"
)

// Server is a Temporal server as a person names it. The zero Server is none.
type Server struct {
	Address    string // HOST:PORT
	Namespace  string // empty: default
	APIKey     string
	TLS        bool   // encrypts the connection; so do the fields below, and APIKey
	Cert, Key  string // the paths of files in PEM
	CA         string // likewise
	ServerName string
}

// ServerOf returns the server of a workspace: that of its flowdeck.yaml or, without it, that of the variables with which Temporal's own tools are set up.
// The zero Server is none.
func ServerOf(ctx context.Context, w *host.Workspace, lookup func(string) (string, bool)) (Server, error) {
	if w.Temporal == nil {
		return fromVariables(lookup)
	}
	text := func(value any) string {
		s, _ := value.(string)
		return s
	}
	settings, _ := w.Temporal.Literal().(map[string]any)
	encryption, encrypted := settings["tls"].(map[string]any)
	file := func(key string) string {
		name := text(encryption[key])
		if name == "" || filepath.IsAbs(name) {
			return name
		}
		return filepath.Join(w.Dir, filepath.FromSlash(name))
	}
	s := Server{
		Address: text(settings["address"]), Namespace: text(settings["namespace"]), TLS: encrypted,
		Cert: file("cert"), Key: file("key"), CA: file("ca"), ServerName: text(encryption["server_name"]),
	}
	if reference := settings["api_key"]; reference != nil {
		found, err := w.SentSecret(ctx, reference)
		if err != nil {
			return s, fmt.Errorf("the api_key of temporal: %w", err)
		}
		s.APIKey = found.Reveal()
	}
	return s, nil
}

// fromVariables returns the server that the variables of Temporal's tools name.
func fromVariables(lookup func(string) (string, bool)) (s Server, err error) {
	get := func(name string) string {
		value, _ := lookup("TEMPORAL_" + name)
		return strings.TrimSpace(value)
	}
	if s.Address = get("ADDRESS"); s.Address == "" {
		return s, nil
	}
	s.Namespace, s.APIKey = get("NAMESPACE"), get("API_KEY")
	s.Cert, s.Key, s.CA, s.ServerName = get("TLS_CLIENT_CERT_PATH"), get("TLS_CLIENT_KEY_PATH"), get("TLS_SERVER_CA_CERT_PATH"), get("TLS_SERVER_NAME")
	if text := get("TLS"); text != "" {
		if s.TLS, err = strconv.ParseBool(text); err != nil {
			return s, host.Usage("set it to true or false", "TEMPORAL_TLS is %q", text)
		}
	}
	return s, nil
}

// encryption returns how the connection is encrypted; nil if it is not.
func (s Server) encryption() (*tls.Config, error) {
	if !s.TLS && s.APIKey == "" && s.Cert == "" && s.Key == "" && s.CA == "" && s.ServerName == "" {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.ServerName}
	if (s.Cert == "") != (s.Key == "") {
		return nil, host.Usage("", "a client certificate for Temporal needs both its certificate and its key")
	}
	if s.Cert != "" {
		cert, err := read(s.Cert)
		if err != nil {
			return nil, err
		}
		key, err := read(s.Key)
		if err != nil {
			return nil, err
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, host.Usage("", "the client certificate %s with the key %s: %v", s.Cert, s.Key, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if s.CA != "" {
		text, err := read(s.CA)
		if err != nil {
			return nil, err
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, host.Usage("", "%s has no certificate in PEM", s.CA)
		}
	}
	return c, nil
}

// mostPEM is the maximum size of a file with a certificate or a key.
const mostPEM = 1 << 20

func read(file string) ([]byte, error) {
	text, err := inside.ReadFile(file, mostPEM)
	if err != nil {
		return nil, host.Usage("", "a certificate or key for Temporal cannot be read: %v", err)
	}
	return text, nil
}

// shortestKey is the minimum number of characters of a key, as of that of the history.
const shortestKey = 16

// options returns how to connect to a server. key is the secret with which all that it keeps is encrypted. The error is a UsageError.
func (s Server) options(w *host.Workspace, key string) (o temporal.Server, err error) {
	key = strings.TrimSpace(key)
	switch {
	case s.Address == "":
		return o, host.Usage("write temporal: {address: HOST:PORT} in flowdeck.yaml, or set TEMPORAL_ADDRESS", "it is not known where Temporal is")
	case len(key) < shortestKey:
		return o, host.Usage("set it to the same long random text on each machine, such as the output of 'openssl rand -base64 32'",
			"FLOWDECK_KEY is not set, or has less than 16 characters: all that a run on Temporal has is encrypted with it")
	}
	w.Learn(s.APIKey)
	encryption, err := s.encryption()
	return temporal.Server{Address: s.Address, Namespace: s.Namespace, TLS: encryption, APIKey: s.APIKey, Secret: []byte(key)}, err
}

// dial connects to a server. key is as for options, and log gets the warnings of the client; nil drops them.
func (s Server) dial(ctx context.Context, w *host.Workspace, key string, log *slog.Logger) (*temporal.Client, error) {
	o, err := s.options(w, key)
	if err != nil {
		return nil, err
	}
	o.Log = log
	c, err := temporal.Dial(ctx, o)
	if err != nil {
		return nil, &host.ConnectionError{Name: "temporal", Cause: card.AsError(err)}
	}
	return c, nil
}

// String returns the server for people.
func (s Server) String() string {
	return fmt.Sprintf("namespace %q of %s", cmp.Or(s.Namespace, "default"), s.Address)
}
