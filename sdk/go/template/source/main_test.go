package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func started(t *testing.T) (caisson.SourceTask, *caissontest.Host, string) {
	t.Helper()
	host := caissontest.NewHost(t)
	file := filepath.Join(t.TempDir(), "in.txt")
	if err := os.WriteFile(file, []byte("one\ntwo\nno end"), 0o644); err != nil {
		t.Fatal(err)
	}
	task, err := caissontest.Source(myPlugin, map[string]string{"file": file, "topic": "lines"})
	if err != nil {
		t.Fatal(err)
	}
	return task, host, file
}

func polled(t *testing.T, task caisson.SourceTask) (values []any) {
	t.Helper()
	records, err := task.Poll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records {
		values = append(values, record.Value)
	}
	return values
}

func TestItReadsWholeLines(t *testing.T) {
	task, _, _ := started(t)
	if found := polled(t, task); !reflect.DeepEqual(found, []any{"one", "two"}) {
		t.Errorf("%v", found)
	}
	if found := polled(t, task); found != nil {
		t.Errorf("then %v", found)
	}
}

func TestItGoesOnBehindTheStoredOffset(t *testing.T) {
	_, host, file := started(t)
	host.StoreOffset(caisson.OffsetMap{"file": file}, caisson.OffsetMap{"position": 4})
	task, err := caissontest.Source(myPlugin, map[string]string{"file": file, "topic": "lines"})
	if err != nil {
		t.Fatal(err)
	}
	if found := polled(t, task); !reflect.DeepEqual(found, []any{"two"}) {
		t.Errorf("%v", found)
	}
}
