package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
	"github.com/flowdeck/flowdeck/engine/words"
)

// readPicks parses the values of --max and --only: a number or a key for the outermost loop of the plan, or LOOP=VALUE.
func readPicks(p *engine.Plan, most, only []string) (map[string]engine.Pick, error) {
	picks := map[string]engine.Pick{}
	loops := p.OuterLoops()
	for _, given := range most {
		name, text, err := loopOf("--max", given, "1", p.Flow, loops)
		if err != nil {
			return nil, err
		}
		pick := picks[name]
		switch n, err := strconv.Atoi(text); {
		case err != nil:
			return nil, usage("flowdeck run --help", "--max %s: must be an integer", given)
		case n < 1:
			return nil, usage("", "--max %s: must be 1 or more", given)
		case pick.Max > 0:
			return nil, usage("", "--max is given twice for %s", name)
		default:
			pick.Max = n
			picks[name] = pick
		}
	}
	for _, given := range only {
		name, key, err := loopOf("--only", given, "KEY", p.Flow, loops)
		if err != nil {
			return nil, err
		}
		if key == "" {
			return nil, usage("such as --only 00u1…: an empty key would mean all records", "--only has no key")
		}
		pick := picks[name]
		pick.Only = append(pick.Only, key)
		picks[name] = pick
	}
	return picks, nil
}

// loopOf returns the loop for which the value of a flag is given, and the rest of the value. such is a value for the hint.
func loopOf(flag, given, such, flow string, loops []string) (loop, value string, err error) {
	if len(loops) == 0 {
		return "", "", usage("remove "+flag, "%s selects records of a loop, and flow %q has none", flag, flow)
	}
	if name, rest, ok := strings.Cut(given, "="); ok {
		if loop, ok := loopNamed(name, loops); ok {
			return loop, rest, nil
		}
	}
	if len(loops) == 1 {
		return loops[0], given, nil
	}
	return "", "", usage("such as "+flag+" "+loops[0]+"="+such, "%s %s: flow %q has several loops: name one of them, %s", flag, given, flow, words.Or(loops))
}

// loopNamed returns the loop with a name: the whole one, or the last part of it if no other loop has it.
func loopNamed(name string, loops []string) (string, bool) {
	if slices.Contains(loops, name) {
		return name, true
	}
	var found []string
	for _, loop := range loops {
		if strings.HasSuffix(loop, "."+name) {
			found = append(found, loop)
		}
	}
	if len(found) != 1 {
		return "", false
	}
	return found[0], true
}
