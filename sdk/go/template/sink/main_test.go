package main

import (
	"os"
	"path/filepath"
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func TestLinesAreThereWhenOffsetsAreDeclaredSafe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.txt")
	task, err := caissontest.Sink(myPlugin, map[string]string{"file": file})
	if err != nil {
		t.Fatal(err)
	}
	records := []*caisson.Record{
		caisson.NewRecord("people", caisson.MapFrom(map[string]any{"name": "Ada", "ages": []any{int64(36)}})),
		caisson.NewRecord("people", nil),
	}
	if err := task.Put(records); err != nil {
		t.Fatal(err)
	}
	if err := task.Flush(nil); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); string(text) != "{\"ages\":[36],\"name\":\"Ada\"}\nnull\n" || err != nil {
		t.Errorf("%q %v", text, err)
	}
}
