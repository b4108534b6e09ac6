package export_caisson_connect_sink_task

import (
	"runtime"

	"caisson.dev/sdk-go/internal/collector"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_types"
	wit "caisson.dev/sdk-go/internal/wit/types"
)

// Running is a task, started.
type Running interface {
	Open(partitions []caisson_connect_types.TopicPartition) *caisson_connect_types.Error
	Put(batch []byte) *caisson_connect_types.Error
	PreCommit(offsets []caisson_connect_types.TopicPartitionOffset) ([]caisson_connect_types.TopicPartitionOffset, *caisson_connect_types.Error)
	Close(partitions []caisson_connect_types.TopicPartition) *caisson_connect_types.Error
	Stop() *caisson_connect_types.Error
}

// Start is what the SDK starts.
var Start func(class string, config caisson_connect_types.Config) (Running, *caisson_connect_types.Error)

// What is running; a handle alone does not keep it from being collected.
var tasks = map[*Task]bool{}

// Task is resource task.
type Task struct {
	pinner  runtime.Pinner
	handle  int32
	running Running
}

// TaskStart is task.start.
func TaskStart(class string, config caisson_connect_types.Config) wit.Result[*Task, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	running, err := Start(class, config)
	made := &Task{running: running}
	if err == nil {
		tasks[made] = true
	}
	return wit.Answer(made, err)
}

// OnDrop forgets it.
func (t *Task) OnDrop() { delete(tasks, t) }

// Stop is task.stop.
func (t *Task) Stop() wit.Result[wit.Unit, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Done(t.running.Stop())
}

// Open is task.open.
func (t *Task) Open(partitions []caisson_connect_types.TopicPartition) wit.Result[wit.Unit, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Done(t.running.Open(partitions))
}

// Put is task.put.
func (t *Task) Put(batch []byte) wit.Result[wit.Unit, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Done(t.running.Put(batch))
}

// PreCommit is task.pre-commit.
func (t *Task) PreCommit(offsets []caisson_connect_types.TopicPartitionOffset) wit.Result[[]caisson_connect_types.TopicPartitionOffset, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Answer(t.running.PreCommit(offsets))
}

// Close is task.close.
func (t *Task) Close(partitions []caisson_connect_types.TopicPartition) wit.Result[wit.Unit, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Done(t.running.Close(partitions))
}
