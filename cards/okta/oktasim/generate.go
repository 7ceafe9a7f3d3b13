package oktasim

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A fate is the history of a generated user: a status, and how long ago they last signed in.
type fate struct {
	status status
	share  int // percentage of the users
	// seen is the range of days since the last sign-in. The zero span means that the user never signed in.
	seen span
}

// A span is an inclusive range of days.
type span struct{ low, high int }

// fates describes a hundred users. An org with a hundred or more users therefore has every status. One in five of the
// ACTIVE users (17 of 85) has not signed in for 90 days or more, and three never have. No value is close to 90 days,
// so that an org can run for days without a user crossing that limit.
var fates = []fate{
	{status: active, share: 65, seen: span{1, 80}},
	{status: active, share: 17, seen: span{95, 420}},
	{status: active, share: 3},
	{status: suspended, share: 3, seen: span{20, 300}},
	{status: deprovisioned, share: 3, seen: span{40, 700}},
	{status: staged, share: 2},
	{status: provisioned, share: 2},
	{status: lockedOut, share: 2, seen: span{1, 60}},
	{status: passwordExpired, share: 2, seen: span{60, 200}},
	{status: recovery, share: 1, seen: span{1, 40}},
}

// These are the questions that roll answers about a user. Their numbers determine the users of existing seeds: add
// questions at the end, and never change a number.
const (
	askFirst = iota + 1
	askLast
	askDepartment
	askTitle
	askSeen
	askAge
	askHourCreated
	askHourSeen
	askDelay
	askChanged
	askNumber
)

// These are the questions that are not about a user.
const (
	askFate = (iota + 1) << 32 // plus the position in the block of a hundred
	askGroupAge
	askMembership
	askMember // plus the number of the group
)

// addPeople generates p.users users and adds them.
func (p population) addPeople(d *directory, start instant, domain string) error {
	c := generator{seed: p.seed, today: instantOf(start.time().Truncate(24 * time.Hour)), domain: domain}
	c.used = make([]uint32, len(firstNames)*len(lastNames))
	for _, name := range firstNames {
		c.first = append(c.first, loginPart(name))
	}
	for _, name := range lastNames {
		c.last = append(c.last, loginPart(name))
	}
	for i := range p.users {
		u := c.person(uint64(i), d)
		u.id = mintID("00u", uint64(len(d.users)), p.seed)
		if err := d.addUser(u); err != nil {
			return err
		}
	}
	return nil
}

// generator generates users, one after another.
type generator struct {
	seed        uint64
	today       instant // the midnight before the start
	domain      string
	first, last []string // firstNames and lastNames in the form of logins
	used        []uint32 // how many users have each pair of names
	block       [100]fate
}

func (c *generator) person(i uint64, d *directory) user {
	if i%100 == 0 {
		c.shuffle(i / 100)
	}
	u := user{status: c.block[i%100].status}
	c.name(&u, i, d)
	c.date(&u, i, c.block[i%100].seen)

	department := departments[c.pick(i, askDepartment, len(departments))]
	title := department.titles[c.pick(i, askTitle, len(department.titles))]
	number := strconv.Itoa(1_000_000 + int(i)*7 + c.pick(i, askNumber, 7))
	u.attributes = []attribute{
		{name: "department", json: department.json},
		{name: "employeeNumber", json: `"` + number + `"`},
		{name: "title", json: title},
	}
	return u
}

// shuffle assigns the fates to the next hundred users.
func (c *generator) shuffle(block uint64) {
	list := c.block[:0]
	for _, f := range fates {
		for range f.share {
			list = append(list, f)
		}
	}
	for i := len(list) - 1; i > 0; i-- {
		j := roll(c.seed, block, askFate+uint64(i)) % uint64(i+1)
		list[i], list[j] = list[j], list[i]
	}
}

func (c *generator) name(u *user, i uint64, d *directory) {
	first := c.pick(i, askFirst, len(firstNames))
	last := c.pick(i, askLast, len(lastNames))
	u.first, u.last = firstNames[first], lastNames[last]
	pair := &c.used[first*len(lastNames)+last]
	for {
		*pair++
		login := c.first[first] + "." + c.last[last]
		if *pair > 1 {
			login += strconv.Itoa(int(*pair))
		}
		login += "@" + c.domain
		if _, listed := d.byLogin[foldLogin(login)]; !listed {
			u.login, u.email = login, login
			return
		}
	}
}

// date sets times that fit the status of the user.
func (c *generator) date(u *user, i uint64, seen span) {
	age := 2 + c.pick(i, askAge, 28)
	if seen != (span{}) {
		days := seen.low + c.pick(i, askSeen, seen.high-seen.low+1)
		u.lastLogin = c.ago(i, days, askHourSeen)
		age = days + 1 + c.pick(i, askAge, 1500)
	}
	u.created = c.ago(i, age, askHourCreated)
	if u.status == staged {
		u.lastUpdated = u.created
		return
	}
	u.activated = u.created.add(time.Duration(1+c.pick(i, askDelay, 3000)) * time.Second)
	u.statusChanged = u.activated
	switch u.status {
	case active, provisioned:
	default: // the status changed after the last sign-in
		since := max(u.lastLogin, u.activated)
		u.statusChanged = since.add(time.Duration(c.pick(i, askChanged, int((c.today-since)/1000)+1)) * time.Second)
	}
	if u.status.hasPassword() {
		u.password, u.passwordChanged = true, u.activated
	}
	u.lastUpdated = u.statusChanged
}

// ago returns a time during working hours, the given number of days before today.
func (c *generator) ago(i uint64, days int, hour uint64) instant {
	seconds := 7*3600 + c.pick(i, hour, 12*3600)
	return c.today.add(-time.Duration(days)*24*time.Hour + time.Duration(seconds)*time.Second)
}

// pick returns the answer to a question about a user: a number from 0 to n-1.
func (c *generator) pick(i, what uint64, n int) int {
	return int(roll(c.seed, i, what) % uint64(n))
}

// loginPart returns a name in the form of a login.
func loginPart(name string) string { return fold(loginLetters.Replace(name)) }

// loginLetters replaces letters with accents. It is never modified, and is safe for concurrent use.
var loginLetters = strings.NewReplacer(
	"á", "a", "ã", "a", "å", "a", "ç", "c", "é", "e", "ë", "e", "í", "i", "ï", "i", "ı", "i", "ł", "l", "ñ", "n",
	"ó", "o", "ö", "o", "ø", "o", "š", "s", "ú", "u", "ü", "u", "ž", "z", "Ł", "l", "Ö", "o", "Ø", "o", "'", "", " ", "")

// domainOf returns the domain of the generated logins: that of the first listed user.
func domainOf(listed []user) string {
	if len(listed) > 0 {
		if _, domain, ok := strings.Cut(fold(listed[0].login), "@"); ok && domain != "" {
			return domain
		}
	}
	return "org.example"
}

// fillGroups adds members to groups up to their sizes, and adds groups that are missing. Generated users have the
// ordinals from listed on.
func (p population) fillGroups(list []group, start instant, listed int) []group {
	for i, size := range p.groups {
		at := slices.IndexFunc(list, func(g group) bool { return fold(g.name) == fold(size.name) })
		if at < 0 {
			at = len(list)
			created := start.add(-time.Duration(400+roll(p.seed, uint64(i), askGroupAge)%1000) * 24 * time.Hour)
			list = append(list, group{
				name: size.name, kind: oktaGroup, created: created, lastUpdated: created,
				lastMembershipUpdated: start.add(-time.Duration(1+roll(p.seed, uint64(i), askMembership)%20) * 24 * time.Hour),
			})
		}
		g := &list[at]
		if size.all {
			g.members = ordinals(listed + p.users)
			continue
		}
		g.members = p.sample(g.members, size.size-len(g.members), listed, askMember+uint64(i))
	}
	return list
}

// sample appends the ordinals of n generated users, ascending, each user with the same probability: Knuth's selection
// sampling (The Art of Computer Programming, volume 2, algorithm 3.4.2 S).
func (p population) sample(members []uint32, n, listed int, what uint64) []uint32 {
	members = slices.Grow(members, n)
	for i := 0; n > 0; i++ {
		if roll(p.seed, uint64(i), what)%uint64(p.users-i) < uint64(n) {
			members = append(members, uint32(listed+i))
			n--
		}
	}
	return members
}
