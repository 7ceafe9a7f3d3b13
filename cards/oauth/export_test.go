package oauth

import "context"

// WaitForNobody waits for a browser that does not come.
func WaitForNobody(ctx context.Context) (string, error) {
	v := visit{redirect: "http://127.0.0.1:8765" + callback}
	got, err := v.wait(ctx)
	return got.code, err
}
