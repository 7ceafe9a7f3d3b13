package scimsim

import "fmt"

// A problem is the refusal of a request.
//
// Source: RFC 7644, section 3.12
type problem struct {
	status   int
	scimType string
	detail   string
}

func (p *problem) Error() string { return p.detail }

func refuse(status int, scimType, format string, args ...any) *problem {
	return &problem{status, scimType, fmt.Sprintf(format, args...)}
}

func invalidValue(format string, args ...any) *problem {
	return refuse(400, "invalidValue", format, args...)
}

func invalidPath(format string, args ...any) *problem {
	return refuse(400, "invalidPath", format, args...)
}

func missing(id string) *problem { return refuse(404, "", "Resource %s not found", id) }
