package caisson

import (
	"fmt"
	"strings"
	"time"
)

// Transformation changes records on their way.
type Transformation interface {
	// Configure is called once before any record.
	Configure(config Config) error
	// Apply returns the record, changed or as it is, another in its place, or nil to drop it. A DataError: this record is bad.
	Apply(record *Record) (*Record, error)
}

// Predicate says which records a transformation is for.
type Predicate interface {
	Configure(config Config) error
	// Test reports whether the record is meant, which must not be changed.
	Test(record *Record) (bool, error)
}

// Converter makes bytes of keys and values, and back.
type Converter interface {
	// Configure is called once, for keys or for values.
	Configure(config Config, isKey bool) error
	// FromConnect returns the bytes of a value; nil for a null. A DataError when it has no such form.
	FromConnect(topic string, schema *Schema, value any) ([]byte, error)
	// ToConnect returns schema and value that the bytes stand for; nil: the record has no bytes there.
	ToConnect(topic string, data []byte) (*Schema, any, error)
}

// HeaderConverter makes bytes of header values, and back.
type HeaderConverter interface {
	Configure(config Config) error
	FromConnectHeader(topic string, header Header) ([]byte, error)
	ToConnectHeader(topic, name string, data []byte) (*Schema, any, error)
}

// Connector divides the work of a source or sink. A plugin without one has a single task with the connector's own configuration.
type Connector interface {
	// Start is called once before all else.
	Start(config Config) error
	// TaskConfigs returns at most maxTasks configurations, one a task.
	TaskConfigs(maxTasks int) ([]map[string]string, error)
	Stop() error
}

// SourceRecord is a record that a source brings in, with where it came from: SourcePartition names what is read, such as
// {"file": "a.txt"}, and SourceOffset how far, such as {"line": 7}. Both come back after a restart.
type SourceRecord struct {
	SourcePartition OffsetMap
	SourceOffset    OffsetMap
	Topic           string
	// Partition is nil to let the worker choose.
	Partition *int32
	Key       any
	KeySchema *Schema
	Value     any
	// ValueSchema is nil for a value without one; that of a [*Struct] need not be given.
	ValueSchema *Schema
	// Timestamp is in milliseconds since the epoch, or nil.
	Timestamp *int64
	Headers   []Header
}

// SourceTask brings records in; it is polled by one caller at a time. It may have the methods of [Waiter], [Committer] and
// [RecordCommitter] too.
type SourceTask interface {
	// Start is called once before the first poll.
	Start(context *SourceContext, config Config) error
	// Poll returns the records that are there now, without waiting for more.
	Poll() ([]SourceRecord, error)
	Stop() error
}

// Waiter is a source task that says how long the worker waits after a poll without records; half a second otherwise. Stop and pause end
// the wait.
type Waiter interface{ Wait() time.Duration }

// Committer is a source task that is told when offsets have been stored.
type Committer interface{ Commit() error }

// RecordCommitter is a source task that is told of settled records, which takes the capability commit-records.
type RecordCommitter interface{ CommitRecords(settled []Settled) error }

// Settled is a record that is acknowledged by the broker, or was dropped on its way; then Written is nil.
type Settled struct {
	// Poll counts the polls that gave records, from 0.
	Poll uint64
	// ID is the record's place in its poll, from 0.
	ID      uint32
	Written *Written
}

// Written is where a record stands.
type Written struct {
	Topic             string
	Partition         int32
	Offset, Timestamp int64
}

// SinkTask takes records out. It may have the methods of [Opener], [Closer] and [PreCommitter] too. The order of calls is Start, Open,
// Put …, PreCommit or Flush, Close, Stop.
type SinkTask interface {
	Start(context *SinkContext, config Config) error
	// Put takes records, sometimes none. After a RetriableError the same records come again. They are the batch's: copy what is kept.
	Put(records []*Record) error
	// Flush returns when everything taken is in its place: offsets are committed then.
	Flush(offsets map[TopicPartition]int64) error
	Stop() error
}

// Opener is a sink task that is told of partitions that are its own from now on, beside those it has.
type Opener interface {
	Open(partitions []TopicPartition) error
}

// Closer is a sink task that is told of partitions that are no longer its own.
type Closer interface {
	Close(partitions []TopicPartition) error
}

// PreCommitter is a sink task that says which of the offsets taken so far are safe to commit; it is not asked to Flush then.
type PreCommitter interface {
	PreCommit(offsets map[TopicPartition]int64) (map[TopicPartition]int64, error)
}

// OffsetChange is an offset that a user wants to set; a nil offset forgets it.
type OffsetChange struct {
	Partition OffsetMap
	Offset    OffsetMap
}

// Plugin describes a plugin, by exactly one of the functions that make one, and says what the worker's users read of it.
type Plugin struct {
	// Class is the full name that configurations ask for, such as com.example.UpperCase.
	Class         string
	Documentation string
	// Version is that of the component unless given.
	Version string
	// Aliases are other names that mean the same plugin.
	Aliases []string
	Config  ConfigDef
	// Capabilities are wanted beyond the keys: clocks, random, network, files; commit-records for a source.
	Capabilities []string
	// Validate makes checks that keys by themselves cannot: what is wrong, by key.
	Validate func(originals map[string]string) map[string]string

	Transformation  func() Transformation
	Predicate       func() Predicate
	Converter       func() Converter
	HeaderConverter func() HeaderConverter
	Source          func() SourceTask
	Sink            func() SinkTask
	// Connector divides the work of Source or Sink.
	Connector func() Connector

	// AlterOffsets checks offsets that a user wants to set; false: the connector does not say.
	AlterOffsets func(originals map[string]string, changes []OffsetChange) (bool, error)
	// ExactlyOnceSupport says whether a source can deliver exactly once (KIP-618); without it the connector does not say.
	ExactlyOnceSupport func(originals map[string]string) (bool, error)
	// CanDefineTransactionBoundaries says whether a source's tasks can define transactions.
	CanDefineTransactionBoundaries func(originals map[string]string) (bool, error)
}

// The kinds of plugins, as a manifest names them.
const (
	kindSource          = "source"
	kindSink            = "sink"
	kindTransformation  = "transformation"
	kindPredicate       = "predicate"
	kindConverter       = "converter"
	kindHeaderConverter = "header_converter"
)

// kinds are those that the plugin's functions make.
func (p *Plugin) kinds() []string {
	var found []string
	for _, each := range []struct {
		kind string
		made bool
	}{
		{kindSource, p.Source != nil},
		{kindSink, p.Sink != nil},
		{kindTransformation, p.Transformation != nil},
		{kindPredicate, p.Predicate != nil},
		{kindConverter, p.Converter != nil},
		{kindHeaderConverter, p.HeaderConverter != nil},
	} {
		if each.made {
			found = append(found, each.kind)
		}
	}
	return found
}

func (p *Plugin) isNamed(class string) bool {
	if p.Class == class {
		return true
	}
	for _, alias := range p.Aliases {
		if alias == class {
			return true
		}
	}
	return false
}

var (
	exported        []Plugin
	exportedVersion = "0.0.0"
)

// Export names the plugins of this component, and its version. Call it in an init function. It panics for a plugin that is not whole.
func Export(version string, plugins ...Plugin) {
	for i := range plugins {
		plugin := &plugins[i]
		if plugin.Class == "" || plugin.Documentation == "" {
			panic(fmt.Sprintf("plugin %d (%q) needs Class and Documentation, which users read", i, plugin.Class))
		}
		if kinds := plugin.kinds(); len(kinds) != 1 {
			panic(fmt.Sprintf("%s is to be of one kind, and is %d: %s", plugin.Class, len(kinds), strings.Join(kinds, ", ")))
		}
	}
	exported, exportedVersion = plugins, version
}

// find returns the plugin of that kind and name. A ConfigError names those that there are.
func find(kind, class string) (*Plugin, error) {
	known := make([]string, 0, len(exported))
	for i := range exported {
		plugin := &exported[i]
		if plugin.kinds()[0] == kind && plugin.isNamed(class) {
			return plugin, nil
		}
		known = append(known, plugin.Class+" ("+plugin.kinds()[0]+")")
	}
	if len(known) == 0 {
		known = append(known, "none: is caisson.Export called in an init function?")
	}
	return nil, Errorf(ConfigError, "this component has no %s %s; it has %s", kind, class, strings.Join(known, ", "))
}
