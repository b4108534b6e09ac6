package cbor

import (
	"encoding/binary"
	"math"
	"math/big"
)

// AppendHead appends the head of an item in its shortest form.
func AppendHead(out []byte, major byte, number uint64) []byte {
	first := major << 5
	switch {
	case number < 24:
		return append(out, first|byte(number))
	case number <= math.MaxUint8:
		return append(out, first|24, byte(number))
	case number <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(out, first|25), uint16(number))
	case number <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(out, first|26), uint32(number))
	}
	return binary.BigEndian.AppendUint64(append(out, first|27), number)
}

// AppendInt appends an integer.
func AppendInt(out []byte, number int64) []byte {
	if number < 0 {
		return AppendHead(out, Negative, uint64(-1-number))
	}
	return AppendHead(out, Unsigned, uint64(number))
}

// AppendText appends a text.
func AppendText(out []byte, text string) []byte {
	return append(AppendHead(out, Text, uint64(len(text))), text...)
}

// AppendBytes appends a byte string.
func AppendBytes(out, data []byte) []byte {
	return append(AppendHead(out, Bytes, uint64(len(data))), data...)
}

// AppendBool appends a boolean.
func AppendBool(out []byte, value bool) []byte {
	if value {
		return append(out, True)
	}
	return append(out, False)
}

// AppendFloat32 appends a float of 32 bits.
func AppendFloat32(out []byte, number float32) []byte {
	return binary.BigEndian.AppendUint32(append(out, float32Head), math.Float32bits(number))
}

// AppendFloat64 appends a float of 64 bits.
func AppendFloat64(out []byte, number float64) []byte {
	return binary.BigEndian.AppendUint64(append(out, float64Head), math.Float64bits(number))
}

// AppendBig appends an integer of any size as a bignum.
func AppendBig(out []byte, number *big.Int) []byte {
	tag, magnitude := uint64(TagBigUnsigned), number
	if number.Sign() < 0 {
		tag, magnitude = TagBigNegative, new(big.Int).Not(number)
	}
	return AppendBytes(AppendHead(out, Tagged, tag), magnitude.Bytes())
}

// AppendMantissa appends an integer of any size, as a plain one where that does.
func AppendMantissa(out []byte, number *big.Int) []byte {
	if number.IsInt64() {
		return AppendInt(out, number.Int64())
	}
	return AppendBig(out, number)
}

// Embed turns what was appended behind start into an embedded item: one whose end is found without looking into it.
func Embed(out []byte, start int) []byte {
	size := len(out) - start
	var space [11]byte
	head := AppendHead(AppendHead(space[:0], Tagged, TagEmbedded), Bytes, uint64(size))
	out = append(out, head...)
	copy(out[start+len(head):], out[start:start+size])
	copy(out[start:], head)
	return out
}
