// A source: counts, by several tasks, and goes on where it was after a restart.
package main

import (
	"maps"
	"strconv"

	"caisson.dev/sdk-go"
)

var number = caisson.StructOf("com.example.Number",
	caisson.FieldOf("task", caisson.Int64Schema),
	caisson.FieldOf("number", caisson.Int64Schema),
)

var numbers = caisson.Plugin{
	Class:         "com.example.Numbers",
	Documentation: "Counts up to a number, in each of its tasks.",
	Config: caisson.ConfigDef{
		{Name: "topic", Type: caisson.String, Documentation: "The topic that numbers go to."},
		{Name: "most", Type: caisson.Long, Documentation: "How far to count.", Default: 10, Validators: []caisson.Validator{caisson.AtLeast(0)}},
		{Name: "batch.size", Type: caisson.Int, Documentation: "The most numbers of one poll.", Default: 100,
			Validators: []caisson.Validator{caisson.AtLeast(1)}},
		{Name: "task", Type: caisson.Int, Documentation: "Which task this is; set by the connector.", Default: 0},
	},
	Source:    func() caisson.SourceTask { return &task{} },
	Connector: func() caisson.Connector { return &connector{} },
}

type connector struct{ settings caisson.Config }

func (c *connector) Start(config caisson.Config) error {
	c.settings = config
	return nil
}

func (c *connector) TaskConfigs(maxTasks int) ([]map[string]string, error) {
	configs := make([]map[string]string, maxTasks)
	for i := range configs {
		configs[i] = maps.Clone(c.settings.Originals)
		configs[i]["task"] = strconv.Itoa(i)
	}
	return configs, nil
}

func (c *connector) Stop() error { return nil }

type task struct {
	topic                   string
	task, next, most, batch int64
}

func (t *task) Start(context *caisson.SourceContext, config caisson.Config) error {
	t.task, t.topic = config.Int("task"), config.String("topic")
	t.most, t.batch = config.Int("most"), config.Int("batch.size")
	stored, err := context.Offset(caisson.OffsetMap{"task": t.task})
	if stored != nil {
		t.next = stored["number"].(int64) + 1
	}
	return err
}

func (t *task) Poll() ([]caisson.SourceRecord, error) {
	var records []caisson.SourceRecord
	for end := min(t.next+t.batch, t.most); t.next < end; t.next++ {
		value, err := number.New(map[string]any{"task": t.task, "number": t.next})
		if err != nil {
			return nil, err
		}
		records = append(records, caisson.SourceRecord{
			SourcePartition: caisson.OffsetMap{"task": t.task},
			SourceOffset:    caisson.OffsetMap{"number": t.next},
			Topic:           t.topic,
			Value:           value,
		})
	}
	return records, nil
}

func (t *task) Stop() error { return nil }

func init() { caisson.Export("1.0.0", numbers) }

func main() {}
