// Package cbor reads and appends single items of RFC 8949, as wit/record.cddl uses them.
//
// Libraries such as fxamacker/cbor decode whole values: they copy what they leave undecoded, and put maps into Go's maps, which
// forget the order of keys. A plugin looks at one field of a record and passes the others on as they are: what it needs is where
// each item ends, and that is what this package tells.
package cbor

import (
	"encoding/binary"
	"fmt"
	"math"
)

// Major types.
const (
	Unsigned = 0
	Negative = 1
	Bytes    = 2
	Text     = 3
	Array    = 4
	Map      = 5
	Tagged   = 6
	Simple   = 7
)

// Tags of wit/record.cddl.
const (
	TagBigUnsigned = 2
	TagBigNegative = 3
	TagDecimal     = 4
	TagEmbedded    = 24
	TagInt8        = 7001
	TagInt16       = 7002
	TagInt32       = 7003
	TagDate        = 7004
	TagTyped       = 7005
)

// First bytes of items that have no more.
const (
	False = 0xf4
	True  = 0xf5
	Null  = 0xf6
)

const (
	float32Head = 0xfa
	float64Head = 0xfb
	// Arrays in arrays: deeper ones are refused before they use up the stack.
	deepest = 500
)

// Malformed is what reading panics with; whoever begins to read recovers it.
type Malformed struct {
	What string
	At   int
}

func (m *Malformed) Error() string {
	return fmt.Sprintf("malformed batch: %s at byte %d", m.What, m.At)
}

func refuse(what string, at int) {
	panic(&Malformed{What: what, At: at})
}

// Head returns the major type and the number in the head of the item at pos, and the position behind the head.
func Head(data []byte, pos int) (major byte, number uint64, next int) {
	if pos >= len(data) {
		refuse("it is cut off", pos)
	}
	first := data[pos]
	major, info := first>>5, first&31
	if info < 24 {
		return major, uint64(info), pos + 1
	}
	if info > 27 {
		refuse("an item of indefinite length", pos)
	}
	size := 1 << (info - 24)
	next = pos + 1 + size
	if next > len(data) {
		refuse("it is cut off", pos)
	}
	switch size {
	case 1:
		number = uint64(data[pos+1])
	case 2:
		number = uint64(binary.BigEndian.Uint16(data[pos+1:]))
	case 4:
		number = uint64(binary.BigEndian.Uint32(data[pos+1:]))
	default:
		number = binary.BigEndian.Uint64(data[pos+1:])
	}
	return major, number, next
}

// First returns the first byte of the item at pos.
func First(data []byte, pos int) byte {
	if pos >= len(data) {
		refuse("it is cut off", pos)
	}
	return data[pos]
}

// Count returns the number of items of the array or map at pos, and the position of the first.
func Count(data []byte, pos int, wanted byte) (count, next int) {
	major, number, next := Head(data, pos)
	if major != wanted {
		refuse(fmt.Sprintf("an item of major type %d is expected", wanted), pos)
	}
	// Every item takes a byte at least.
	if number > uint64(len(data)-next) {
		refuse("it is cut off", pos)
	}
	return int(number), next
}

// String returns the bytes of the text or byte string at pos, not copied, and the position behind it.
func String(data []byte, pos int, wanted byte) (span []byte, next int) {
	count, start := Count(data, pos, wanted)
	return data[start : start+count], start + count
}

// Int returns the integer at pos, and the position behind it.
func Int(data []byte, pos int) (number int64, next int) {
	major, head, next := Head(data, pos)
	if major > Negative || head > math.MaxInt64 {
		refuse("an integer of at most 64 bits is expected", pos)
	}
	if major == Negative {
		return -1 - int64(head), next
	}
	return int64(head), next
}

// Float returns the float at pos, which is a float64 or, if narrow, a float32.
func Float(data []byte, pos int) (number float64, narrow bool, next int) {
	switch {
	case First(data, pos) == float64Head && pos+9 <= len(data):
		return math.Float64frombits(binary.BigEndian.Uint64(data[pos+1:])), false, pos + 9
	case data[pos] == float32Head && pos+5 <= len(data):
		return float64(math.Float32frombits(binary.BigEndian.Uint32(data[pos+1:]))), true, pos + 5
	}
	refuse("a float is expected", pos)
	return 0, false, pos
}

// Skip returns the position behind the item at pos.
func Skip(data []byte, pos int) int {
	return skip(data, pos, 0)
}

func skip(data []byte, pos, depth int) int {
	if depth > deepest {
		refuse("an item is nested too deeply", pos)
	}
	major, number, next := Head(data, pos)
	switch major {
	case Unsigned, Negative:
		return next
	case Bytes, Text:
		if number > uint64(len(data)-next) {
			refuse("it is cut off", pos)
		}
		return next + int(number)
	case Tagged:
		return skip(data, next, depth+1)
	case Simple:
		if first := data[pos]; first < False || first > Null && first != float32Head && first != float64Head {
			refuse("an item that no value has", pos)
		}
		return next
	}
	if number > uint64(len(data)-next) {
		refuse("it is cut off", pos)
	}
	items := int(number)
	if major == Map {
		items *= 2
	}
	for range items {
		next = skip(data, next, depth+1)
	}
	return next
}
