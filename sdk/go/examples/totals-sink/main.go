// A sink: keeps a total of each partition, and writes them to a file before offsets are committed.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"caisson.dev/sdk-go"
)

var totals = caisson.Plugin{
	Class:         "com.example.Totals",
	Documentation: "Counts the records of each partition.",
	Config: caisson.ConfigDef{
		{Name: "file", Type: caisson.String, Documentation: "The file of the totals.", Access: caisson.FileWrite},
	},
	Sink: func() caisson.SinkTask { return &task{} },
}

type task struct {
	path   string
	totals map[caisson.TopicPartition]int
}

func (t *task) Start(context *caisson.SinkContext, config caisson.Config) error {
	t.path, t.totals = config.String("file"), map[caisson.TopicPartition]int{}
	return nil
}

func (t *task) Open(partitions []caisson.TopicPartition) error {
	for _, partition := range partitions {
		t.totals[partition] = 0
	}
	return nil
}

func (t *task) Put(records []*caisson.Record) error {
	for _, record := range records {
		source, _ := record.Source()
		t.totals[source]++
	}
	return nil
}

func (t *task) Flush(offsets map[caisson.TopicPartition]int64) error {
	named := map[string]int{}
	for partition, total := range t.totals {
		named[fmt.Sprintf("%s-%d", partition.Topic, partition.Partition)] = total
	}
	text, err := json.Marshal(named)
	if err != nil {
		return err
	}
	return os.WriteFile(t.path, text, 0o644)
}

func (t *task) Close(partitions []caisson.TopicPartition) error {
	for _, partition := range partitions {
		delete(t.totals, partition)
	}
	return nil
}

func (t *task) Stop() error { return nil }

func init() { caisson.Export("1.0.0", totals) }

func main() {}
