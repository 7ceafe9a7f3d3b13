package oktaapi

import (
	"net/http"

	"github.com/flowdeck/flowdeck/engine/card"
)

// RefusalOf returns the error of a refusal of a client in the form {"errorCode", "errorSummary"}, in which Okta's OAuth endpoints answer at
// times, too; nil if the body has another form.
func RefusalOf(status int, h http.Header, body []byte) *card.Error {
	e := &exchange{status: status, header: h, body: body}
	r, ok := e.refusal()
	if !ok {
		return nil
	}
	err := e.refused()
	if !oktaCode.MatchString(r.Code) { // a code of OAuth
		err.Kind = card.Unauthorized
	}
	return err
}
