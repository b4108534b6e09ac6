package main

import (
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func TestNumbersGoOnBehindTheirOffset(t *testing.T) {
	host := caissontest.NewHost(t)
	host.StoreOffset(caisson.OffsetMap{"task": 0}, caisson.OffsetMap{"number": 1})
	task, err := caissontest.Source(numbers, map[string]string{"topic": "n", "most": "4"})
	if err != nil {
		t.Fatal(err)
	}
	records, err := task.Poll()
	if err != nil || len(records) != 2 || records[0].Value.(*caisson.Struct).Get("number") != int64(2) {
		t.Errorf("%v %v", records, err)
	}
}

func TestEveryTaskKnowsWhichItIs(t *testing.T) {
	config, err := numbers.Config.Parse(map[string]string{"topic": "n"})
	if err != nil {
		t.Fatal(err)
	}
	connector := numbers.Connector()
	if err := connector.Start(config); err != nil {
		t.Fatal(err)
	}
	configs, err := connector.TaskConfigs(2)
	if err != nil || len(configs) != 2 || configs[1]["task"] != "1" || configs[1]["topic"] != "n" {
		t.Errorf("%v %v", configs, err)
	}
}
