// A predicate: admits records whose amount is above a bound.
package main

import "caisson.dev/sdk-go"

var isLarge = caisson.Plugin{
	Class:         "com.example.IsLarge",
	Documentation: "Admits records whose field `amount` is above a bound.",
	Config: caisson.ConfigDef{
		{Name: "above", Type: caisson.Double, Documentation: "The bound.", Default: 1000, Validators: []caisson.Validator{caisson.AtLeast(0)}},
	},
	Predicate: func() caisson.Predicate { return &largeAmount{} },
}

type largeAmount struct{ above float64 }

func (l *largeAmount) Configure(config caisson.Config) error {
	l.above = config.Float("above")
	return nil
}

func (l *largeAmount) Test(record *caisson.Record) (bool, error) {
	fields, ok := record.Value().(caisson.Fields)
	if !ok {
		return false, nil
	}
	switch amount := fields.Get("amount").(type) {
	case int64:
		return float64(amount) > l.above, nil
	case int32:
		return float64(amount) > l.above, nil
	case float64:
		return amount > l.above, nil
	case caisson.Decimal:
		number, _ := amount.Rat().Float64()
		return number > l.above, nil
	}
	return false, nil
}

func init() { caisson.Export("1.0.0", isLarge) }

func main() {}
