package caisson

import "time"

// defaultWait is how long the worker waits after a poll without records.
const defaultWait = 500 * time.Millisecond

// runningConnector is a connector, started; nil for a plugin without one.
type runningConnector struct {
	connector Connector
	originals map[string]string
}

func startConnector(kind, class string, originals map[string]string) (*runningConnector, error) {
	plugin, err := find(kind, class)
	if err != nil {
		return nil, err
	}
	made := &runningConnector{originals: originals}
	err = guarded(func() error {
		config, err := plugin.Config.Parse(originals)
		if err != nil || plugin.Connector == nil {
			return err
		}
		made.connector = plugin.Connector()
		return made.connector.Start(config)
	})
	return made, err
}

func (r *runningConnector) taskConfigs(maxTasks int) (configs []map[string]string, err error) {
	if r.connector == nil {
		return []map[string]string{r.originals}, nil
	}
	err = guarded(func() (err error) {
		configs, err = r.connector.TaskConfigs(maxTasks)
		return err
	})
	return configs, err
}

func (r *runningConnector) stop() error {
	if r.connector == nil {
		return nil
	}
	return guarded(r.connector.Stop)
}

// runningSource is a source task, started.
type runningSource struct{ task SourceTask }

func startSource(class string, originals map[string]string) (*runningSource, error) {
	plugin, err := find(kindSource, class)
	if err != nil {
		return nil, err
	}
	made := &runningSource{}
	err = guarded(func() error {
		config, err := plugin.Config.Parse(originals)
		if err != nil {
			return err
		}
		made.task = plugin.Source()
		return made.task.Start(&SourceContext{}, config)
	})
	return made, err
}

// polled is batch and origins of record.cddl, both empty without records, and how long to wait then.
type polled struct {
	batch, origins []byte
	wait           time.Duration
}

func (r *runningSource) poll() (made polled, err error) {
	err = guarded(func() error {
		records, err := r.task.Poll()
		if err != nil {
			return err
		}
		if len(records) == 0 {
			made.wait = defaultWait
			if waiter, ok := r.task.(Waiter); ok {
				made.wait = max(0, waiter.Wait())
			}
			return nil
		}
		writer, origins := newBatchWriter(nil), originsWriter{}
		for i := range records {
			if err := origins.add(records[i].SourcePartition, records[i].SourceOffset); err != nil {
				return err
			}
			if err := writer.add(records[i].record(), nil); err != nil {
				return err
			}
		}
		made.batch, made.origins = writer.finish(), origins.finish()
		return nil
	})
	return made, err
}

func (r *SourceRecord) record() *Record {
	made := NewRecord(r.Topic, nil)
	made.SetPartition(r.Partition)
	made.SetTimestamp(r.Timestamp)
	made.SetKey(r.Key, r.KeySchema)
	made.SetValue(r.Value, r.ValueSchema)
	made.SetHeaders(r.Headers)
	return made
}

func (r *runningSource) commitRecords(settled []Settled) error {
	committer, ok := r.task.(RecordCommitter)
	if !ok {
		return nil
	}
	return guarded(func() error { return committer.CommitRecords(settled) })
}

func (r *runningSource) commit() error {
	committer, ok := r.task.(Committer)
	if !ok {
		return nil
	}
	return guarded(committer.Commit)
}

func (r *runningSource) stop() error { return guarded(r.task.Stop) }

// runningSink is a sink task, started.
type runningSink struct{ task SinkTask }

func startSink(class string, originals map[string]string) (*runningSink, error) {
	plugin, err := find(kindSink, class)
	if err != nil {
		return nil, err
	}
	made := &runningSink{}
	err = guarded(func() error {
		config, err := plugin.Config.Parse(originals)
		if err != nil {
			return err
		}
		made.task = plugin.Sink()
		return made.task.Start(&SinkContext{}, config)
	})
	return made, err
}

func (r *runningSink) open(partitions []TopicPartition) error {
	opener, ok := r.task.(Opener)
	if !ok {
		return nil
	}
	return guarded(func() error { return opener.Open(partitions) })
}

// put gives it batch of record.cddl; no bytes are a put without records.
func (r *runningSink) put(data []byte) error {
	var records []*Record
	if len(data) > 0 {
		batch, err := readBatch(data)
		if err != nil {
			return err
		}
		records = make([]*Record, len(batch.records))
		for i := range batch.records {
			records[i] = &batch.records[i]
		}
	}
	return guarded(func() error { return r.task.Put(records) })
}

// preCommit asks which offsets are safe.
func (r *runningSink) preCommit(offsets map[TopicPartition]int64) (safe map[TopicPartition]int64, err error) {
	err = guarded(func() (err error) {
		if committer, ok := r.task.(PreCommitter); ok {
			safe, err = committer.PreCommit(offsets)
			return err
		}
		safe = offsets
		return r.task.Flush(offsets)
	})
	return safe, err
}

func (r *runningSink) close(partitions []TopicPartition) error {
	closer, ok := r.task.(Closer)
	if !ok {
		return nil
	}
	return guarded(func() error { return closer.Close(partitions) })
}

func (r *runningSink) stop() error { return guarded(r.task.Stop) }
