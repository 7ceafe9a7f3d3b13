package main

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine/inside"
)

var memoryUnits = map[string]float64{"MiB": 1 << 20, "GiB": 1 << 30, "MB": 1e6, "GB": 1e9}

// readMemory parses the value of --memory into bytes; 0 for off.
func readMemory(text string) (uint64, error) {
	switch text {
	case "auto":
		return machineMemory() / 2, nil
	case "off":
		return 0, nil
	}
	unit := strings.TrimLeft(text, "0123456789.")
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, unit), 64)
	bytes := n * memoryUnits[unit]
	if err != nil || bytes < 64<<20 || bytes > 1<<50 {
		return 0, usage("such as 512MiB or 2GiB, at least 64MiB; auto is half of what there is, and off no limit", "--memory %q is not a size", text)
	}
	return uint64(bytes), nil
}

// machineMemory returns the bytes of memory that the process may use: those of the machine, or of its container or unit if these are fewer. Where it is not
// known, it assumes 8 GiB.
func machineMemory() uint64 {
	most := uint64(8 << 30)
	if text, err := inside.ReadFile("/proc/meminfo", 64<<10); err == nil {
		var kb uint64
		if _, rest, ok := bytes.Cut(text, []byte("MemTotal:")); ok {
			if _, err := fmt.Sscan(string(rest), &kb); err == nil {
				most = kb << 10
			}
		}
	}
	group, _ := inside.ReadFile("/proc/self/cgroup", 64<<10) // "0::/system.slice/flowdeck.service"
	_, path, _ := strings.Cut(strings.TrimSpace(string(group)), "::")
	for _, file := range []string{"/sys/fs/cgroup" + path + "/memory.max", "/sys/fs/cgroup/memory.max"} {
		text, err := inside.ReadFile(file, 100)
		if err != nil {
			continue
		}
		if n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64); err == nil && n < math.MaxInt64 { // otherwise it is "max"
			most = min(most, n)
		}
	}
	return most
}
