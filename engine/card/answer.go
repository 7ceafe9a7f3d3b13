package card

import "fmt"

// DecodeAnswer is DecodeJSON for the answer of a server. A value may need 50 times the memory of its JSON: one that needs
// too much is ErrLargeAnswer, and is not read to its end. One that is nested too deep is ErrDeepAnswer.
func DecodeAnswer(data []byte) (Value, error) { return decodeJSON(data, largestAnswer, deepestAnswer) }

// largestAnswer is the maximum size of the value of an answer in bytes, as estimated by reader.spend.
const largestAnswer = 256 << 20

// ErrLargeAnswer is the error of an answer whose value is too large.
var ErrLargeAnswer = fmt.Errorf("the values of the answer take more than %d MiB of memory", largestAnswer>>20)

// deepestAnswer is how many objects and lists of an answer may be inside each other. The result of a run has the value and more around
// it, and is written with indentation, which makes a deep value a hundred times as long.
const deepestAnswer = 200

// ErrDeepAnswer is the error of an answer whose value is nested too deep.
var ErrDeepAnswer = fmt.Errorf("values are nested more than %d deep", deepestAnswer)
