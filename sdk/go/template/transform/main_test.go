package main

import (
	"strings"
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func TestItWritesOneFieldInCapitals(t *testing.T) {
	plugin, err := caissontest.Transformation(myPlugin, map[string]string{"field": "name"})
	if err != nil {
		t.Fatal(err)
	}
	record, err := plugin.Apply(caisson.NewRecord("people", caisson.MapFrom(map[string]any{"name": "ada", "like": "ada"})))
	if err != nil {
		t.Fatal(err)
	}
	if value := record.Value().(*caisson.Map); value.Get("name") != "ADA" || value.Get("like") != "ada" {
		t.Errorf("name is %v, like is %v", value.Get("name"), value.Get("like"))
	}
}

func TestATombstonePasses(t *testing.T) {
	plugin, err := caissontest.Transformation(myPlugin, map[string]string{"field": "name"})
	if err != nil {
		t.Fatal(err)
	}
	record, err := plugin.Apply(caisson.NewRecord("people", nil))
	if err != nil || record == nil || record.Value() != nil {
		t.Errorf("%v %v", record, err)
	}
}

func TestTheFieldHasToBeNamed(t *testing.T) {
	if _, err := caissontest.Transformation(myPlugin, nil); err == nil || !strings.Contains(err.Error(), "field") {
		t.Error(err)
	}
}
