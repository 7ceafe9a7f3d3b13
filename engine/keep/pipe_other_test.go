//go:build !unix

package keep_test

import "errors"

func pipe(string) error { return errors.ErrUnsupported }
