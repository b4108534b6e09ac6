package main

import (
	"os"
	"path/filepath"
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func TestTotalsAreWrittenBeforeACommit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "totals.json")
	sink, err := caissontest.Sink(totals, map[string]string{"file": file})
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.(caisson.Opener).Open([]caisson.TopicPartition{{Topic: "t", Partition: 0}}); err != nil {
		t.Fatal(err)
	}
	if err := sink.Flush(nil); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); string(text) != `{"t-0":0}` || err != nil {
		t.Errorf("%s %v", text, err)
	}
}
