package caisson

import (
	"caisson.dev/sdk-go/internal/collector"
	report "caisson.dev/sdk-go/internal/wit/imports/caisson_connect_errant_record_reporter"
	log "caisson.dev/sdk-go/internal/wit/imports/caisson_connect_log"
	offsets "caisson.dev/sdk-go/internal/wit/imports/caisson_connect_offset_reader"
	task "caisson.dev/sdk-go/internal/wit/imports/caisson_connect_task_context"
	transactions "caisson.dev/sdk-go/internal/wit/imports/caisson_connect_transaction_context"
	wit "caisson.dev/sdk-go/internal/wit/imports/caisson_connect_types"
	"caisson.dev/sdk-go/internal/wit/types"
)

// imports are the worker's functions. While one of them returns something, the worker asks for memory, which must not begin a
// collection: see package collector.
type imports struct{}

func (imports) Log(level, target, message string)   { log.Log(level, target, message) }
func (imports) LogEnabled(level string) bool        { return log.Enabled(level) }
func (imports) RequestTaskReconfiguration()         { task.RequestTaskReconfiguration() }
func (imports) RaiseError(message string)           { task.RaiseError(message) }
func (imports) Timeout(ms uint64)                   { task.Timeout(ms) }
func (imports) RequestCommit()                      { task.RequestCommit() }
func (imports) CanReport() bool                     { return report.Available() }
func (imports) TransactionsAvailable() bool         { return transactions.Available() }
func (imports) Rewind(to map[TopicPartition]int64)  { task.Offset(crossingOffsets(to)) }
func (imports) Pause(these []TopicPartition) error  { return asked(task.Pause, these) }
func (imports) Resume(these []TopicPartition) error { return asked(task.Resume, these) }

func (imports) Offsets(partitions []OffsetMap) ([]OffsetMap, error) {
	encoded, err := writeOffsetMaps(partitions)
	if err != nil {
		return nil, err
	}
	collector.Hold()
	found := offsets.Offsets(encoded)
	collector.Allow()
	if found.IsErr() {
		return nil, Errorf(ConnectError, "%s", found.Err())
	}
	return readOffsetMaps(found.Ok())
}

func (imports) Assignment() []TopicPartition {
	collector.Hold()
	assigned := task.Assignment()
	collector.Allow()
	return partitionsOf(assigned)
}

func (imports) Report(id uint32, err *Error) error {
	return told(func() wit_types.Result[wit_types.Unit, string] { return report.Report(id, *crossing(err)) })
}

func (imports) EndTransaction(commit bool, after *uint32) {
	switch {
	case commit && after == nil:
		transactions.CommitTransaction()
	case commit:
		transactions.CommitTransactionAfter(*after)
	case after == nil:
		transactions.AbortTransaction()
	default:
		transactions.AbortTransactionAfter(*after)
	}
}

func asked(call func([]wit.TopicPartition) wit_types.Result[wit_types.Unit, string], partitions []TopicPartition) error {
	crossing := make([]wit.TopicPartition, len(partitions))
	for i, partition := range partitions {
		crossing[i] = wit.TopicPartition{Topic: partition.Topic, Partition: partition.Partition}
	}
	return told(func() wit_types.Result[wit_types.Unit, string] { return call(crossing) })
}

func told(call func() wit_types.Result[wit_types.Unit, string]) error {
	collector.Hold()
	result := call()
	collector.Allow()
	if result.IsErr() {
		return Errorf(ConnectError, "%s", result.Err())
	}
	return nil
}

func partitionsOf(crossing []wit.TopicPartition) []TopicPartition {
	made := make([]TopicPartition, len(crossing))
	for i, partition := range crossing {
		made[i] = TopicPartition{Topic: partition.Topic, Partition: partition.Partition}
	}
	return made
}

func crossingOffsets(offsets map[TopicPartition]int64) []wit.TopicPartitionOffset {
	made := make([]wit.TopicPartitionOffset, 0, len(offsets))
	for partition, offset := range offsets {
		made = append(made, wit.TopicPartitionOffset{Topic: partition.Topic, Partition: partition.Partition, Offset: offset})
	}
	return made
}
