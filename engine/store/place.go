package store

import (
	"strconv"
	"strings"

	"github.com/flowdeck/flowdeck/engine"
)

// hiddenPart marks the key of a record that has a secret. No key has it, since keys are escaped: "=3.0.!dGhl".
const hiddenPart = "!"

// place returns the ID of a place. Keys of records with a secret are encrypted in it, so that the place is the same each time. The
// place of a record that is open stays as it is, even if its key becomes a secret.
func (l *Log) place(p engine.Place) string {
	id := p.ID()
	for record := innerRecord(id); record != ""; record = innerRecord(record[:strings.LastIndexByte(record, '/')]) {
		if kept, ok := l.places.Load(record); ok {
			return kept.(string) + l.encrypted(id[len(record):])
		}
	}
	return l.encrypted(id)
}

// encrypted encrypts the keys with a secret in the ID of a place, or in the end of one.
func (l *Log) encrypted(id string) string {
	if l.hidden(id) == id {
		return id
	}
	parts := strings.Split(id, "/")
	for i, part := range parts {
		head, key, isRecord := recordPart(part)
		if isRecord && l.hidden(unescaped(key)) != unescaped(key) {
			name, err := l.store.keys.name(l.id, key)
			if err != nil {
				l.fail(err)
			}
			parts[i] = head + hiddenPart + name
		}
	}
	return strings.Join(parts, "/")
}

// recordPart splits the part of a place that is a record: "=3.0." and its key.
func recordPart(part string) (head, key string, ok bool) {
	if !strings.HasPrefix(part, "=") {
		return "", "", false
	}
	fields := strings.SplitN(part, ".", 3)
	if len(fields) != 3 {
		return "", "", false
	}
	return fields[0] + "." + fields[1] + ".", fields[2], true
}

// unescaped returns the key of a record.
func unescaped(key string) string {
	var p engine.Place
	if p.UnmarshalText([]byte("=0.0."+key)) != nil {
		return key
	}
	return p.Key()
}

// place reverses Log.place.
func (r reader) place(run, id string) (p engine.Place, err error) {
	if strings.Contains(id, "."+hiddenPart) {
		parts := strings.Split(id, "/")
		for i, part := range parts {
			head, key, isRecord := recordPart(part)
			name, isHidden := strings.CutPrefix(key, hiddenPart)
			if !isRecord || !isHidden {
				continue
			}
			switch {
			case r.people:
				key = "%5Bsecret%5D"
			case strings.HasPrefix(name, droppedName):
				return p, notKept("the run had no key when it was written")
			default:
				if key, err = r.store.keys.open(run, name); err != nil {
					return p, err
				}
				r.store.config.Veil.Learn(unescaped(key))
			}
			parts[i] = head + key
		}
		id = strings.Join(parts, "/")
	}
	if p.UnmarshalText([]byte(id)) != nil {
		return p, r.store.damaged()
	}
	return p, nil
}

// hidden returns a text without its secrets.
func (l *Log) hidden(text string) string { return l.store.config.Veil.String(text) }

// aad identifies a value in the database, so that an encrypted text is not accepted in another row.
func (l *Log) aad(table, place, field string, nth int) string {
	return aad(l.id, table, place, field, nth)
}

func aad(run, table, place, field string, nth int) string {
	return strings.Join([]string{run, table, place, field, strconv.Itoa(nth)}, "\x00")
}
