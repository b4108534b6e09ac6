package main

import (
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func TestLargeAmountsAreAdmitted(t *testing.T) {
	predicate, err := caissontest.Predicate(isLarge, map[string]string{"above": "10"})
	if err != nil {
		t.Fatal(err)
	}
	for amount, expected := range map[any]bool{int64(5): false, 10.5: true, "11": false, caisson.NewDecimal(1001, 2): true} {
		record := caisson.NewRecord("t", caisson.MapFrom(map[string]any{"amount": amount}))
		if admitted, err := predicate.Test(record); admitted != expected || err != nil {
			t.Errorf("%v: %v %v", amount, admitted, err)
		}
	}
}
