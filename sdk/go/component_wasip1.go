package caisson

import (
	"log/slog"

	exported_manifest "caisson.dev/sdk-go/internal/wit/exports/export_caisson_connect_manifest"
	sink_connector "caisson.dev/sdk-go/internal/wit/exports/export_caisson_connect_sink_connector"
	sink_task "caisson.dev/sdk-go/internal/wit/exports/export_caisson_connect_sink_task"
	source_connector "caisson.dev/sdk-go/internal/wit/exports/export_caisson_connect_source_connector"
	source_task "caisson.dev/sdk-go/internal/wit/exports/export_caisson_connect_source_task"
	exported_stages "caisson.dev/sdk-go/internal/wit/exports/export_caisson_connect_stages"
	_ "caisson.dev/sdk-go/internal/wit/exports/wit_exports" // what the worker calls
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_source_task"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_stages"
	wit "caisson.dev/sdk-go/internal/wit/imports/caisson_connect_types"
	"caisson.dev/sdk-go/internal/wit/types"
)

func init() {
	InstallHost(imports{})
	slog.SetDefault(slog.New(LogHandler()))
	exported_manifest.Described = described
	exported_manifest.Validated = validated
	exported_stages.OpenChain = chainOf
	exported_stages.OpenTest = testOf
	source_connector.Start = func(class string, config wit.Config) (source_connector.Running, *wit.Error) {
		return connectorOf(kindSource, class, config)
	}
	sink_connector.Start = func(class string, config wit.Config) (sink_connector.Running, *wit.Error) {
		return connectorOf(kindSink, class, config)
	}
	source_connector.OffsetsAltered = func(class string, config wit.Config, offsets []byte) (bool, *wit.Error) {
		return offsetsAltered(kindSource, class, config, offsets)
	}
	sink_connector.OffsetsAltered = func(class string, config wit.Config, offsets []byte) (bool, *wit.Error) {
		return offsetsAltered(kindSink, class, config, offsets)
	}
	source_connector.SupportsExactlyOnce = supportsExactlyOnce
	source_connector.DefinesTransactions = definesTransactions
	source_task.Start = sourceOf
	sink_task.Start = sinkOf
}

// crossing is an error as it crosses.
func crossing(err error) *wit.Error {
	if err == nil {
		return nil
	}
	own := asError(err)
	made := &wit.Error{Kind: string(own.Kind), Class: own.JavaClass(), Message: own.Message}
	for _, option := range own.options {
		made.Options = append(made.Options, wit_types.Tuple2[string, string]{F0: option[0], F1: option[1]})
	}
	return made
}

func originals(config wit.Config) map[string]string {
	made := make(map[string]string, len(config))
	for _, setting := range config {
		made[setting.F0] = setting.F1
	}
	return made
}

func chainOf(stages []caisson_connect_stages.Stage) (func([]byte) (caisson_connect_stages.Outcome, *wit.Error), *wit.Error) {
	specs := make([]stageSpec, len(stages))
	for i, stage := range stages {
		specs[i] = stageSpec{kind: stage.Kind, class: stage.Class, role: stage.Role, config: originals(stage.Config)}
		if stage.Predicate.IsSome() {
			spec := predicateOf(stage.Predicate.Some())
			specs[i].predicate = &spec
		}
	}
	chain, err := openChain(specs)
	if err != nil {
		return nil, crossing(err)
	}
	return func(batch []byte) (caisson_connect_stages.Outcome, *wit.Error) {
		made, err := chain.apply(batch)
		if err != nil {
			return caisson_connect_stages.Outcome{}, crossing(err)
		}
		failed := make([]wit.Failure, len(made.failed))
		for i, each := range made.failed {
			failed[i] = wit.Failure{Id: each.id, Stage: each.stage, Error: *crossing(each.err)}
		}
		return caisson_connect_stages.Outcome{Batch: made.batch, Dropped: made.dropped, Failed: failed}, nil
	}, nil
}

func predicateOf(predicate caisson_connect_stages.Predicate) predicateSpec {
	return predicateSpec{class: predicate.Class, config: originals(predicate.Config), negate: predicate.Negate}
}

func testOf(predicate caisson_connect_stages.Predicate) (func([]byte) ([]bool, *wit.Error), *wit.Error) {
	gate, err := openGate(predicateOf(predicate))
	if err != nil {
		return nil, crossing(err)
	}
	return func(batch []byte) ([]bool, *wit.Error) {
		admitted, err := gate.apply(batch)
		return admitted, crossing(err)
	}, nil
}

type connectorResource struct{ running *runningConnector }

func connectorOf(kind, class string, config wit.Config) (*connectorResource, *wit.Error) {
	running, err := startConnector(kind, class, originals(config))
	return &connectorResource{running}, crossing(err)
}

func (c *connectorResource) TaskConfigs(maxTasks uint32) ([]wit.Config, *wit.Error) {
	configs, err := c.running.taskConfigs(int(maxTasks))
	made := make([]wit.Config, len(configs))
	for i, config := range configs {
		for name, value := range config {
			made[i] = append(made[i], wit_types.Tuple2[string, string]{F0: name, F1: value})
		}
	}
	return made, crossing(err)
}

func (c *connectorResource) Stop() *wit.Error { return crossing(c.running.stop()) }

func offsetsAltered(kind, class string, config wit.Config, offsets []byte) (altered bool, failed *wit.Error) {
	err := guarded(func() error {
		plugin, err := find(kind, class)
		if err != nil || plugin.AlterOffsets == nil {
			return err
		}
		changes, err := readOffsetChanges(offsets)
		if err != nil {
			return err
		}
		altered, err = plugin.AlterOffsets(originals(config), changes)
		return err
	})
	return altered, crossing(err)
}

func supportsExactlyOnce(class string, config wit.Config) (supports *bool, failed *wit.Error) {
	err := guarded(func() error {
		plugin, err := find(kindSource, class)
		if err != nil || plugin.ExactlyOnceSupport == nil {
			return err
		}
		told, err := plugin.ExactlyOnceSupport(originals(config))
		supports = &told
		return err
	})
	return supports, crossing(err)
}

func definesTransactions(class string, config wit.Config) (defines bool, failed *wit.Error) {
	err := guarded(func() error {
		plugin, err := find(kindSource, class)
		if err != nil || plugin.CanDefineTransactionBoundaries == nil {
			return err
		}
		defines, err = plugin.CanDefineTransactionBoundaries(originals(config))
		return err
	})
	return defines, crossing(err)
}

type sourceResource struct{ running *runningSource }

func sourceOf(class string, config wit.Config) (source_task.Running, *wit.Error) {
	running, err := startSource(class, originals(config))
	return &sourceResource{running}, crossing(err)
}

func (s *sourceResource) Poll() (caisson_connect_source_task.Polled, *wit.Error) {
	made, err := s.running.poll()
	wait := uint32(made.wait.Milliseconds())
	return caisson_connect_source_task.Polled{Batch: made.batch, Origins: made.origins, WaitMs: wait}, crossing(err)
}

func (s *sourceResource) CommitRecords(records []caisson_connect_source_task.Settled) *wit.Error {
	settled := make([]Settled, len(records))
	for i, record := range records {
		settled[i] = Settled{Poll: record.Poll, ID: record.Id}
		if record.Written.IsSome() {
			written := Written(record.Written.Some())
			settled[i].Written = &written
		}
	}
	return crossing(s.running.commitRecords(settled))
}

func (s *sourceResource) Commit() *wit.Error { return crossing(s.running.commit()) }
func (s *sourceResource) Stop() *wit.Error   { return crossing(s.running.stop()) }

type sinkResource struct{ running *runningSink }

func sinkOf(class string, config wit.Config) (sink_task.Running, *wit.Error) {
	running, err := startSink(class, originals(config))
	return &sinkResource{running}, crossing(err)
}

func (s *sinkResource) Open(partitions []wit.TopicPartition) *wit.Error {
	return crossing(s.running.open(partitionsOf(partitions)))
}

func (s *sinkResource) Put(batch []byte) *wit.Error { return crossing(s.running.put(batch)) }

func (s *sinkResource) PreCommit(offsets []wit.TopicPartitionOffset) ([]wit.TopicPartitionOffset, *wit.Error) {
	taken := make(map[TopicPartition]int64, len(offsets))
	for _, each := range offsets {
		taken[TopicPartition{each.Topic, each.Partition}] = each.Offset
	}
	safe, err := s.running.preCommit(taken)
	return crossingOffsets(safe), crossing(err)
}

func (s *sinkResource) Close(partitions []wit.TopicPartition) *wit.Error {
	return crossing(s.running.close(partitionsOf(partitions)))
}

func (s *sinkResource) Stop() *wit.Error { return crossing(s.running.stop()) }
