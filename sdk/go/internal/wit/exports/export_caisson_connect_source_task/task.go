package export_caisson_connect_source_task

import (
	"runtime"

	"caisson.dev/sdk-go/internal/collector"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_source_task"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_types"
	wit "caisson.dev/sdk-go/internal/wit/types"
)

// Running is a task, started.
type Running interface {
	Poll() (caisson_connect_source_task.Polled, *caisson_connect_types.Error)
	CommitRecords(records []caisson_connect_source_task.Settled) *caisson_connect_types.Error
	Commit() *caisson_connect_types.Error
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

// Poll is task.poll.
func (t *Task) Poll() wit.Result[caisson_connect_source_task.Polled, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Answer(t.running.Poll())
}

// CommitRecords is task.commit-records.
func (t *Task) CommitRecords(records []caisson_connect_source_task.Settled) wit.Result[wit.Unit, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Done(t.running.CommitRecords(records))
}

// Commit is task.commit.
func (t *Task) Commit() wit.Result[wit.Unit, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Done(t.running.Commit())
}
