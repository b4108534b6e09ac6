package caisson

import "time"

// SourceContext is what a source task may ask of the worker.
type SourceContext struct{}

// Offset returns the stored offset of a source partition; nil when nothing is stored.
func (c *SourceContext) Offset(partition OffsetMap) (OffsetMap, error) {
	offsets, err := c.Offsets([]OffsetMap{partition})
	if err != nil {
		return nil, err
	}
	return offsets[0], nil
}

// Offsets returns the stored offsets of source partitions, in their order, nil where none is.
func (c *SourceContext) Offsets(partitions []OffsetMap) ([]OffsetMap, error) {
	offsets, err := worker().Offsets(partitions)
	if err == nil && len(offsets) != len(partitions) {
		err = Errorf(ConnectError, "%d offsets were given for %d source partitions", len(offsets), len(partitions))
	}
	return offsets, err
}

// CanDefineTransactions reports whether the worker lets the task define transactions (KIP-618).
func (c *SourceContext) CanDefineTransactions() bool { return worker().TransactionsAvailable() }

// CommitTransaction commits after the batch that Poll is about to return.
func (c *SourceContext) CommitTransaction() { worker().EndTransaction(true, nil) }

// CommitTransactionAfter commits after that record of the batch that Poll is about to return, counted from 0.
func (c *SourceContext) CommitTransactionAfter(record uint32) { worker().EndTransaction(true, &record) }

// AbortTransaction aborts after the batch that Poll is about to return.
func (c *SourceContext) AbortTransaction() { worker().EndTransaction(false, nil) }

// AbortTransactionAfter aborts after that record of the batch that Poll is about to return, counted from 0.
func (c *SourceContext) AbortTransactionAfter(record uint32) { worker().EndTransaction(false, &record) }

// SinkContext is what a sink task may ask of the worker.
type SinkContext struct{}

// Rewind consumes from these offsets on before the next Put (Kafka: offset).
func (c *SinkContext) Rewind(offsets map[TopicPartition]int64) { worker().Rewind(offsets) }

// Timeout says how long the worker waits before it puts a batch again after a RetriableError.
func (c *SinkContext) Timeout(wait time.Duration) {
	worker().Timeout(uint64(max(wait, 0).Milliseconds()))
}

// Assignment returns the partitions that are this task's.
func (c *SinkContext) Assignment() []TopicPartition { return worker().Assignment() }

// Pause has no records of these partitions come until they are resumed. A ConnectError for one that is not this task's.
func (c *SinkContext) Pause(partitions ...TopicPartition) error { return worker().Pause(partitions) }

// Resume has records of these partitions come again.
func (c *SinkContext) Resume(partitions ...TopicPartition) error { return worker().Resume(partitions) }

// RequestCommit asks for a commit soon.
func (c *SinkContext) RequestCommit() { worker().RequestCommit() }

// CanReport reports whether single bad records can be reported (KIP-610). If not, the task fails or skips them itself.
func (c *SinkContext) CanReport() bool { return worker().CanReport() }

// Report reports a record of the batch last put. An error under errors.tolerance=none: the task has to fail with it.
func (c *SinkContext) Report(record *Record, err error) error {
	return worker().Report(record.id, asError(err))
}

// RequestTaskReconfiguration asks the worker for new task configurations of this connector: something they depend on has changed.
func RequestTaskReconfiguration() { worker().RequestTaskReconfiguration() }

// RaiseError tells the worker that this connector cannot go on, though no call is under way.
func RaiseError(message string) { worker().RaiseError(message) }
