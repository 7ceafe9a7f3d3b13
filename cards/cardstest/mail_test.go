package cardstest_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/flowdeck/flowdeck/cards/cardstest"
	"github.com/flowdeck/flowdeck/cards/mail"
	"github.com/flowdeck/flowdeck/cards/mail/smtptest"
)

// mailBench runs mail.send on an SMTP server. A mail has no state that the card could read.
func mailBench() cardstest.Bench {
	return cardstest.Bench{Service: mail.Service(), Cards: mail.Cards(), Start: startPost, Raw: map[string][]string{"mail.send": nil}}
}

func TestMailCards(t *testing.T) {
	t.Parallel()
	cardstest.Run(t, mailBench())
}

func startPost(tb testing.TB, _ []string) cardstest.Server {
	tb.Helper()
	var mu sync.Mutex
	seen, lost := 0, -1
	server := smtptest.Start(tb, smtptest.Options{Users: map[string]string{"it": "open-sesame"}, On: func(command string) string {
		mu.Lock()
		defer mu.Unlock()
		seen++
		switch {
		case seen-1 != lost:
			return ""
		case command == ".":
			return smtptest.Lose
		}
		return smtptest.Drop
	}})
	return cardstest.Server{
		Config: map[string]any{"from": "it@acme.example", "host": "127.0.0.1", "port": server.Port, "tls": "none", "username": "it", "password": map[string]any{"env": "MAIL_PASSWORD"}},
		Secret: "open-sesame",
		Requests: func() (all []cardstest.Request) {
			for _, command := range server.Commands() {
				verb, rest, _ := strings.Cut(command, " ")
				method := "GET" // only the end of a mail changes something
				if command == "." {
					method = "POST"
				}
				all = append(all, cardstest.Request{Method: method, Path: verb + rest})
			}
			return all
		},
		Dump: func() cardstest.Facts {
			facts := cardstest.Facts{}
			for i, m := range server.Mails() {
				facts[fmt.Sprint("mail ", i)] = strings.Join(slices.Sorted(slices.Values(m.To)), ", ")
			}
			return facts
		},
		Lose: func(nth int) {
			mu.Lock()
			defer mu.Unlock()
			lost = seen + nth
		},
	}
}
