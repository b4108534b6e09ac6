package main

import (
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func TestAFieldIsMasked(t *testing.T) {
	masker, err := caissontest.Transformation(maskField, map[string]string{"field": "pin"})
	if err != nil {
		t.Fatal(err)
	}
	record, err := masker.Apply(caisson.NewRecord("t", caisson.MapFrom(map[string]any{"pin": "1234"})))
	if err != nil || record.Value().(*caisson.Map).Get("pin") != "****" {
		t.Errorf("%v %v", record.Value(), err)
	}
}
