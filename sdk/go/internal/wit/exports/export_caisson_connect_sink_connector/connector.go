package export_caisson_connect_sink_connector

import (
	"runtime"

	"caisson.dev/sdk-go/internal/collector"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_types"
	wit "caisson.dev/sdk-go/internal/wit/types"
)

// Running is a connector, started.
type Running interface {
	TaskConfigs(maxTasks uint32) ([]caisson_connect_types.Config, *caisson_connect_types.Error)
	Stop() *caisson_connect_types.Error
}

// Start and the others are what the SDK answers with.
var (
	Start          func(class string, config caisson_connect_types.Config) (Running, *caisson_connect_types.Error)
	OffsetsAltered func(class string, config caisson_connect_types.Config, offsets []byte) (bool, *caisson_connect_types.Error)
)

// What is running; a handle alone does not keep it from being collected.
var connectors = map[*Connector]bool{}

// Connector is resource connector.
type Connector struct {
	pinner  runtime.Pinner
	handle  int32
	running Running
}

// ConnectorStart is connector.start.
func ConnectorStart(class string, config caisson_connect_types.Config) wit.Result[*Connector, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	running, err := Start(class, config)
	made := &Connector{running: running}
	if err == nil {
		connectors[made] = true
	}
	return wit.Answer(made, err)
}

// TaskConfigs is connector.task-configs.
func (c *Connector) TaskConfigs(maxTasks uint32) wit.Result[[]caisson_connect_types.Config, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Answer(c.running.TaskConfigs(maxTasks))
}

// Stop is connector.stop.
func (c *Connector) Stop() wit.Result[wit.Unit, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Done(c.running.Stop())
}

// OnDrop forgets it.
func (c *Connector) OnDrop() { delete(connectors, c) }

// AlterOffsets is alter-offsets.
func AlterOffsets(class string, config caisson_connect_types.Config, offsets []byte) wit.Result[bool, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Answer(OffsetsAltered(class, config, offsets))
}
