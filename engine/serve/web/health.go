package web

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/flowdeck/flowdeck/engine/serve"
)

func (c *call) isAlive() error { return c.reply(http.StatusOK, map[string]any{"status": "alive"}) }

func (c *call) isReady() error {
	status := c.Serve.Status()
	if status != serve.Leading && status != serve.StandingBy {
		return fail(http.StatusServiceUnavailable, "unavailable", "the server is "+string(status), "")
	}
	if err := c.history.Writable(c.Context()); err != nil {
		c.log.Error("the history cannot be written", "error", err)
		return fail(http.StatusServiceUnavailable, "unavailable", "the history cannot be written", "")
	}
	answer := map[string]any{"status": status}
	if held := c.Serve.Held(); held != nil { // what is not used, without its name
		answer["held"] = held
	}
	return c.reply(http.StatusOK, answer)
}

// measure answers with the metrics in the text form of Prometheus.
func (c *call) measure() error {
	promhttp.HandlerFor(c.Serve.Metrics(), promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelError), ErrorHandling: promhttp.ContinueOnError, DisableCompression: true,
	}).ServeHTTP(c.w, c.Request)
	return nil
}
