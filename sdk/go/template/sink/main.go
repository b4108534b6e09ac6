// A sink that appends a line of JSON for each record to a file.
package main

import (
	"encoding/json"
	"os"

	"caisson.dev/sdk-go"
)

// MyPlugin collects lines, and writes them when the worker wants to commit.
type MyPlugin struct {
	path  string
	lines []byte
}

// Start is called once, before any record.
func (p *MyPlugin) Start(context *caisson.SinkContext, config caisson.Config) error {
	p.path = config.String("file")
	return nil
}

// Put takes records, sometimes none.
func (p *MyPlugin) Put(records []*caisson.Record) error {
	for _, record := range records {
		line, err := json.Marshal(record.Value())
		if err != nil {
			return caisson.Errorf(caisson.DataError, "the value of offset %d is no JSON: %w", record.Offset(), err)
		}
		p.lines = append(append(p.lines, line...), '\n')
	}
	return nil
}

// Flush writes the lines. Offsets are committed when it returns: until then nothing may be lost.
func (p *MyPlugin) Flush(offsets map[caisson.TopicPartition]int64) error {
	if len(p.lines) == 0 {
		return nil
	}
	file, err := os.OpenFile(p.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.Write(p.lines); err != nil {
		file.Close()
		return err
	}
	p.lines = nil
	return file.Close()
}

// Stop ends the task. What was not committed comes again after a restart.
func (p *MyPlugin) Stop() error { return nil }

var myPlugin = caisson.Plugin{
	Class:         "com.example.MyPlugin",
	Documentation: "Appends a line of JSON for each record to a file.",
	Config: caisson.ConfigDef{
		{
			Name:          "file",
			Type:          caisson.String,
			Documentation: "The file to append to.",
			Validators:    []caisson.Validator{caisson.NonEmpty},
			Access:        caisson.FileWrite,
		},
	},
	Sink: func() caisson.SinkTask { return &MyPlugin{} },
}

func init() { caisson.Export("0.1.0", myPlugin) }

// A component is called, it has no main; a Go program needs one.
func main() {}
