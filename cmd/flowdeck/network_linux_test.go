package main

import "testing"

func TestT16AFolderOfThisMachineIsNotOnANetwork(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{t.TempDir(), "/proc", "/there/is/none"} {
		if kind := network(dir); kind != "" {
			t.Errorf("%s is on %s", dir, kind)
		}
	}
	if networks[0x6969] != "NFS" || networks[0xff534d42] != "CIFS" {
		t.Errorf("got %v", networks)
	}
}
