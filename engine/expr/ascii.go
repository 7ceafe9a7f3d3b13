package expr

import (
	"strings"
	"unicode"
)

// ascii removes the accents of Latin letters. It knows Latin-1, Latin Extended A and B, and Vietnamese. It also removes
// combining accents, which some systems write after the letter.
func ascii(text string) (string, error) {
	var b strings.Builder
	for _, r := range text {
		if r <= unicode.MaxASCII {
			b.WriteRune(r)
			continue
		}
		plain, ok := asciiOf[r]
		if !ok && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return "", faultf("there is no ASCII spelling of %q", r).
				withHint("replace(text, letter, spelling) gives it one").at(0)
		}
		b.WriteString(plain)
	}
	return b.String(), nil
}

// asciiOf is the ASCII spelling of each letter or sign.
var asciiOf = func() map[rune]string {
	of := map[rune]string{}
	for plain, letters := range asciiLetters {
		for _, letter := range letters {
			of[letter] = plain
		}
	}
	return of
}()

// asciiLetters follows Unicode's compatibility decomposition, and common usage for letters that do not decompose.
var asciiLetters = map[string]string{
	" ":   "\u00a0",
	"\"":  "«»“”„",
	"'":   "ʻʼ‘’‚",
	"-":   "‐‑–—",
	"...": "…",
	"1":   "¹",
	"2":   "²",
	"3":   "³",
	"A":   "ÀÁÂÃÄÅĀĂĄǍǞǠǺȀȂȦḀẠẢẤẦẨẪẬẮẰẲẴẶ",
	"AE":  "Æ",
	"B":   "ƁḂḄḆ",
	"C":   "ÇĆĈĊČḈ",
	"D":   "ÐĎĐƊḊḌḎḐḒ",
	"DZ":  "ǄǱ",
	"Dz":  "ǅǲ",
	"E":   "ÈÉÊËĒĔĖĘĚƏƐȄȆȨḔḖḘḚḜẸẺẼẾỀỂỄỆ",
	"F":   "Ḟ",
	"G":   "ĜĞĠĢǦǴḠ",
	"H":   "ĤĦȞḢḤḦḨḪ",
	"I":   "ÌÍÎÏĨĪĬĮİǏȈȊḬḮỈỊ",
	"IJ":  "Ĳ",
	"J":   "Ĵ",
	"K":   "ĶƘǨḰḲḴ",
	"L":   "ĹĻĽĿŁḶḸḺḼ",
	"LJ":  "Ǉ",
	"Lj":  "ǈ",
	"M":   "ḾṀṂ",
	"N":   "ÑŃŅŇŊǸṄṆṈṊ",
	"NJ":  "Ǌ",
	"Nj":  "ǋ",
	"O":   "ÒÓÔÕÖØŌŎŐƆƠǑǪǬȌȎȪȬȮȰṌṎṐṒỌỎỐỒỔỖỘỚỜỞỠỢ",
	"OE":  "Œ",
	"P":   "ṔṖ",
	"R":   "ŔŖŘȐȒṘṚṜṞ",
	"S":   "ŚŜŞŠȘṠṢṤṦṨ",
	"SS":  "ẞ",
	"T":   "ŢŤŦȚṪṬṮṰ",
	"Th":  "Þ",
	"U":   "ÙÚÛÜŨŪŬŮŰŲƯǓǕǗǙǛȔȖṲṴṶṸṺỤỦỨỪỬỮỰ",
	"V":   "ṼṾ",
	"W":   "ŴẀẂẄẆẈ",
	"X":   "ẊẌ",
	"Y":   "ÝŶŸȲẎỲỴỶỸ",
	"Z":   "ŹŻŽẐẒẔ",
	"a":   "ªàáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ",
	"ae":  "æ",
	"b":   "ɓḃḅḇ",
	"c":   "çćĉċčḉ",
	"d":   "ðďđɗḋḍḏḑḓ",
	"dz":  "ǆǳ",
	"e":   "èéêëēĕėęěȅȇȩəɛḕḗḙḛḝẹẻẽếềểễệ",
	"f":   "ƒḟ",
	"g":   "ĝğġģǧǵḡ",
	"h":   "ĥħȟḣḥḧḩḫẖ",
	"i":   "ìíîïĩīĭįıǐȉȋḭḯỉị",
	"ij":  "ĳ",
	"j":   "ĵǰ",
	"k":   "ķĸƙǩḱḳḵ",
	"l":   "ĺļľŀłḷḹḻḽ",
	"lj":  "ǉ",
	"m":   "ḿṁṃ",
	"n":   "ñńņňŉŋǹṅṇṉṋ",
	"nj":  "ǌ",
	"o":   "ºòóôõöøōŏőơǒǫǭȍȏȫȭȯȱɔṍṏṑṓọỏốồổỗộớờởỡợ",
	"oe":  "œ",
	"p":   "ṕṗ",
	"r":   "ŕŗřȑȓṙṛṝṟ",
	"s":   "śŝşšſșṡṣṥṧṩẛ",
	"ss":  "ß",
	"t":   "ţťŧțṫṭṯṱẗ",
	"th":  "þ",
	"u":   "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
	"v":   "ṽṿ",
	"w":   "ŵẁẃẅẇẉẘ",
	"x":   "ẋẍ",
	"y":   "ýÿŷȳẏẙỳỵỷỹ",
	"z":   "źżžẑẓẕ",
}
