// Package caissontest runs plugins in unit tests, without WebAssembly and without a worker.
//
//	transformation, err := caissontest.Transformation(upperCase, map[string]string{"field": "name"})
//	record, err := transformation.Apply(caisson.NewRecord("topic", caisson.MapFrom(map[string]any{"name": "ada"})))
//
// `caisson test` runs the built component through the contract suite.
package caissontest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"caisson.dev/sdk-go"
)

// Line is a line of the log.
type Line struct{ Level, Target, Message string }

// Boundary is an end of a transaction; After is nil for the end of a batch.
type Boundary struct {
	Commit bool
	After  *uint32
}

// Host is a host that keeps what plugins ask of it.
type Host struct {
	Lines            []Line
	Reconfigurations int
	Raised           []string
	Rewinds          map[caisson.TopicPartition]int64
	// RetryAfter is in milliseconds.
	RetryAfter     uint64
	Partitions     []caisson.TopicPartition
	Paused         []caisson.TopicPartition
	CommitRequests int
	// Reporter says whether single records can be reported.
	Reporter bool
	Reported map[uint32]error
	// Transactions says whether tasks may define them.
	Transactions bool
	Boundaries   []Boundary
	stored       map[string]caisson.OffsetMap
}

// NewHost puts a new host in place until the test ends.
func NewHost(t testing.TB) *Host {
	made := &Host{stored: map[string]caisson.OffsetMap{}, Reported: map[uint32]error{}}
	caisson.InstallHost(made)
	t.Cleanup(func() { caisson.InstallHost(nil) })
	return made
}

// StoreOffset is as if a task had got that far.
func (h *Host) StoreOffset(partition, offset caisson.OffsetMap) { h.stored[key(partition)] = offset }

// key is the same for the same partition: fmt sorts maps.
func key(partition caisson.OffsetMap) string { return fmt.Sprint(map[string]any(partition)) }

// Log keeps a line.
func (h *Host) Log(level, target, message string) {
	h.Lines = append(h.Lines, Line{level, target, message})
}

// LogEnabled is true.
func (h *Host) LogEnabled(string) bool { return true }

// Offsets returns what was stored; whole numbers are int64, as a worker gives them.
func (h *Host) Offsets(partitions []caisson.OffsetMap) ([]caisson.OffsetMap, error) {
	offsets := make([]caisson.OffsetMap, len(partitions))
	for i, partition := range partitions {
		offsets[i] = maps.Clone(h.stored[key(partition)])
		for name, value := range offsets[i] {
			if number, ok := value.(int); ok {
				offsets[i][name] = int64(number)
			}
		}
	}
	return offsets, nil
}

// RequestTaskReconfiguration counts.
func (h *Host) RequestTaskReconfiguration() { h.Reconfigurations++ }

// RaiseError keeps the message.
func (h *Host) RaiseError(message string) { h.Raised = append(h.Raised, message) }

// Rewind keeps the offsets.
func (h *Host) Rewind(offsets map[caisson.TopicPartition]int64) { h.Rewinds = offsets }

// Timeout keeps the wait.
func (h *Host) Timeout(ms uint64) { h.RetryAfter = ms }

// Assignment returns Partitions.
func (h *Host) Assignment() []caisson.TopicPartition { return slices.Clone(h.Partitions) }

// Pause adds to Paused. A ConnectError for a partition that is not assigned.
func (h *Host) Pause(partitions []caisson.TopicPartition) error {
	if err := h.assigned(partitions); err != nil {
		return err
	}
	for _, partition := range partitions {
		if !slices.Contains(h.Paused, partition) {
			h.Paused = append(h.Paused, partition)
		}
	}
	return nil
}

// Resume takes from Paused. A ConnectError for a partition that is not assigned.
func (h *Host) Resume(partitions []caisson.TopicPartition) error {
	if err := h.assigned(partitions); err != nil {
		return err
	}
	h.Paused = slices.DeleteFunc(h.Paused, func(paused caisson.TopicPartition) bool {
		return slices.Contains(partitions, paused)
	})
	return nil
}

func (h *Host) assigned(partitions []caisson.TopicPartition) error {
	for _, partition := range partitions {
		if !slices.Contains(h.Partitions, partition) {
			return caisson.Errorf(caisson.ConnectError, "%s-%d is not assigned", partition.Topic, partition.Partition)
		}
	}
	return nil
}

// RequestCommit counts.
func (h *Host) RequestCommit() { h.CommitRequests++ }

// CanReport returns Reporter.
func (h *Host) CanReport() bool { return h.Reporter }

// Report keeps the error of a record.
func (h *Host) Report(id uint32, err *caisson.Error) error {
	h.Reported[id] = err
	return nil
}

// TransactionsAvailable returns Transactions.
func (h *Host) TransactionsAvailable() bool { return h.Transactions }

// EndTransaction keeps the boundary.
func (h *Host) EndTransaction(commit bool, after *uint32) {
	h.Boundaries = append(h.Boundaries, Boundary{commit, after})
}

// Transformation makes a transformation of the plugin, configured. A ConfigError as a worker gives it.
func Transformation(plugin caisson.Plugin, settings map[string]string) (caisson.Transformation, error) {
	config, err := plugin.Config.Parse(settings)
	if err != nil {
		return nil, err
	}
	made := plugin.Transformation()
	return made, made.Configure(config)
}

// Predicate makes a predicate of the plugin, configured.
func Predicate(plugin caisson.Plugin, settings map[string]string) (caisson.Predicate, error) {
	config, err := plugin.Config.Parse(settings)
	if err != nil {
		return nil, err
	}
	made := plugin.Predicate()
	return made, made.Configure(config)
}

// Converter makes a converter of the plugin, configured for values.
func Converter(plugin caisson.Plugin, settings map[string]string) (caisson.Converter, error) {
	config, err := plugin.Config.Parse(settings)
	if err != nil {
		return nil, err
	}
	made := plugin.Converter()
	return made, made.Configure(config, false)
}

// Source starts a task of the plugin with the first configuration that its connector makes for one.
func Source(plugin caisson.Plugin, settings map[string]string) (caisson.SourceTask, error) {
	config, err := taskConfig(plugin, settings)
	if err != nil {
		return nil, err
	}
	made := plugin.Source()
	return made, made.Start(&caisson.SourceContext{}, config)
}

// Sink starts a task of the plugin with the first configuration that its connector makes for one.
func Sink(plugin caisson.Plugin, settings map[string]string) (caisson.SinkTask, error) {
	config, err := taskConfig(plugin, settings)
	if err != nil {
		return nil, err
	}
	made := plugin.Sink()
	return made, made.Start(&caisson.SinkContext{}, config)
}

func taskConfig(plugin caisson.Plugin, settings map[string]string) (caisson.Config, error) {
	config, err := plugin.Config.Parse(settings)
	if err != nil || plugin.Connector == nil {
		return config, err
	}
	connector := plugin.Connector()
	if err := connector.Start(config); err != nil {
		return config, err
	}
	configs, err := connector.TaskConfigs(1)
	if err != nil || len(configs) == 0 {
		return config, fmt.Errorf("the connector made %d task configurations: %w", len(configs), err)
	}
	return plugin.Config.Parse(configs[0])
}
