package caisson

// Host is what plugins see of the worker. A component has the worker's own; package caissontest has one for unit tests.
type Host interface {
	Log(level, target, message string)
	LogEnabled(level string) bool
	// Offsets are the stored offsets of source partitions, nil where none is.
	Offsets(partitions []OffsetMap) ([]OffsetMap, error)
	RequestTaskReconfiguration()
	RaiseError(message string)
	Rewind(offsets map[TopicPartition]int64)
	Timeout(ms uint64)
	Assignment() []TopicPartition
	Pause(partitions []TopicPartition) error
	Resume(partitions []TopicPartition) error
	RequestCommit()
	CanReport() bool
	Report(id uint32, err *Error) error
	TransactionsAvailable() bool
	// EndTransaction commits or aborts after the batch that is about to be returned, or after that record of it.
	EndTransaction(commit bool, after *uint32)
}

var host Host

// InstallHost puts a host in place, for tests.
func InstallHost(installed Host) { host = installed }

func worker() Host {
	if host == nil {
		panic(Errorf(ConnectError, "there is no worker here: in a unit test, begin with caissontest.NewHost"))
	}
	return host
}
