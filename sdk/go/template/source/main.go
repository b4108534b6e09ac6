// A source that reads the lines of a file, and goes on where it was after a restart.
package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"

	"caisson.dev/sdk-go"
)

// MyPlugin gives the lines that end in a line feed, with the byte behind each as its offset.
type MyPlugin struct {
	path, topic     string
	batch, position int64
}

// Start is called once, before the first poll.
func (p *MyPlugin) Start(context *caisson.SourceContext, config caisson.Config) error {
	p.path, p.topic, p.batch = config.String("file"), config.String("topic"), config.Int("batch.size")
	stored, err := context.Offset(caisson.OffsetMap{"file": p.path})
	if stored != nil {
		p.position = stored["position"].(int64)
	}
	return err
}

// Poll returns the lines that are there now. With none, the worker polls again in half a second.
func (p *MyPlugin) Poll() ([]caisson.SourceRecord, error) {
	file, err := os.Open(p.path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if _, err := file.Seek(p.position, io.SeekStart); err != nil {
		return nil, err
	}
	var records []caisson.SourceRecord
	lines := bufio.NewReader(file)
	for int64(len(records)) < p.batch {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		p.position += int64(len(line))
		records = append(records, caisson.SourceRecord{
			SourcePartition: caisson.OffsetMap{"file": p.path},
			SourceOffset:    caisson.OffsetMap{"position": p.position},
			Topic:           p.topic,
			Value:           strings.ToValidUTF8(strings.TrimSuffix(line, "\n"), "\uFFFD"),
			ValueSchema:     caisson.StringSchema,
		})
	}
	return records, nil
}

// Stop ends the task.
func (p *MyPlugin) Stop() error { return nil }

var myPlugin = caisson.Plugin{
	Class:         "com.example.MyPlugin",
	Documentation: "Reads the lines of a file.",
	Config: caisson.ConfigDef{
		{
			Name:          "file",
			Type:          caisson.String,
			Documentation: "The file to read.",
			Validators:    []caisson.Validator{caisson.NonEmpty},
			Access:        caisson.FileRead,
		},
		{
			Name:          "topic",
			Type:          caisson.String,
			Documentation: "The topic that lines go to.",
			Validators:    []caisson.Validator{caisson.NonEmpty},
		},
		{
			Name:          "batch.size",
			Type:          caisson.Int,
			Documentation: "The most lines of one poll.",
			Default:       1000,
			Importance:    caisson.Low,
			Validators:    []caisson.Validator{caisson.AtLeast(1)},
		},
	},
	Source: func() caisson.SourceTask { return &MyPlugin{} },
}

func init() { caisson.Export("0.1.0", myPlugin) }

// A component is called, it has no main; a Go program needs one.
func main() {}
