package caisson

import (
	"math/big"
	"strings"
	"time"
)

// Names of the schemas of logical types.
const (
	decimalName   = "org.apache.kafka.connect.data.Decimal"
	dateName      = "org.apache.kafka.connect.data.Date"
	timeName      = "org.apache.kafka.connect.data.Time"
	timestampName = "org.apache.kafka.connect.data.Timestamp"
)

const dayMillis = 24 * 60 * 60 * 1000

// Decimal is a java.math.BigDecimal: Unscaled × 10^-Scale.
type Decimal struct {
	Unscaled *big.Int
	Scale    int32
}

// NewDecimal makes the decimal unscaled × 10^-scale: NewDecimal(1250, 2) is 12.50.
func NewDecimal(unscaled int64, scale int32) Decimal {
	return Decimal{big.NewInt(unscaled), scale}
}

// Rat returns the number without its scale.
func (d Decimal) Rat() *big.Rat {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(d.Scale, -d.Scale))), nil)
	if d.Scale < 0 {
		return new(big.Rat).SetInt(power.Mul(power, d.Unscaled))
	}
	return new(big.Rat).SetFrac(d.Unscaled, power)
}

// String writes the digits in full.
func (d Decimal) String() string {
	if d.Scale <= 0 {
		return d.Unscaled.String() + strings.Repeat("0", int(-d.Scale))
	}
	return d.Rat().FloatString(int(d.Scale))
}

// rescaled is the same number with another scale; ok is false when digits would be lost.
func (d Decimal) rescaled(scale int32) (Decimal, bool) {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale-d.Scale, d.Scale-scale))), nil)
	if scale >= d.Scale {
		return Decimal{power.Mul(power, d.Unscaled), scale}, true
	}
	unscaled, rest := new(big.Int).QuoRem(d.Unscaled, power, new(big.Int))
	return Decimal{unscaled, scale}, rest.Sign() == 0
}

// logicalMillis is the value of a Date, Time or Timestamp schema as a java.util.Date; ok is false when it is none of that type.
func logicalMillis(name string, value any) (millis int64, ok bool) {
	if name == timeName {
		since, ok := value.(time.Duration)
		return since.Milliseconds(), ok && since >= 0 && since < 24*time.Hour
	}
	moment, ok := value.(time.Time)
	if !ok {
		return 0, false
	}
	millis = moment.UnixMilli()
	return millis, name == timestampName || millis%dayMillis == 0
}

func logicalValue(name string, millis int64) any {
	if name == timeName {
		return time.Duration(millis) * time.Millisecond
	}
	return time.UnixMilli(millis).UTC()
}
