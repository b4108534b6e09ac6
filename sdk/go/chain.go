package caisson

import "strconv"

// predicateSpec is a predicate as the worker asks for it.
type predicateSpec struct {
	class  string
	config map[string]string
	negate bool
}

// stageSpec is a stage as the worker asks for it: see stages.wit.
type stageSpec struct {
	kind, class, role string
	config            map[string]string
	predicate         *predicateSpec
}

// failure is a record that failed, and the index of its stage.
type failure struct {
	id    uint32
	stage uint32
	err   *Error
}

// outcome is what became of a batch: those that passed, the ids dropped, the records that failed.
type outcome struct {
	batch   []byte
	dropped []uint32
	failed  []failure
}

// apply is a stage in use.
type apply func(record *Record) (*Record, error)

// gate is a predicate in use.
type gate struct {
	predicate Predicate
	negate    bool
}

func openGate(spec predicateSpec) (*gate, error) {
	plugin, err := find(kindPredicate, spec.class)
	if err != nil {
		return nil, err
	}
	made := &gate{negate: spec.negate}
	err = guarded(func() error {
		config, err := plugin.Config.Parse(spec.config)
		if err != nil {
			return err
		}
		made.predicate = plugin.Predicate()
		return made.predicate.Configure(config)
	})
	return made, err
}

func (g *gate) admits(record *Record) (bool, error) {
	meant, err := g.predicate.Test(record)
	return meant != g.negate, err
}

// apply reports for each record of a batch whether it is admitted.
func (g *gate) apply(data []byte) (admitted []bool, err error) {
	batch, err := readBatch(data)
	if err != nil {
		return nil, err
	}
	admitted = make([]bool, len(batch.records))
	for i := range batch.records {
		err := guarded(func() (err error) {
			admitted[i], err = g.admits(&batch.records[i])
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return admitted, nil
}

// chain is stages in use: each record runs through all of them, and a batch is read and written once.
type chain struct{ stages []apply }

// openChain makes the stages. An error of one has its index in option stage.
func openChain(specs []stageSpec) (*chain, error) {
	made := &chain{}
	for i, spec := range specs {
		var stage apply
		err := guarded(func() (err error) {
			stage, err = openStage(spec)
			return err
		})
		if err != nil {
			failed := *asError(err)
			failed.options = append(failed.options, [2]string{"stage", strconv.Itoa(i)})
			return nil, &failed
		}
		made.stages = append(made.stages, stage)
	}
	return made, nil
}

// apply runs a batch through. A DataError for a malformed batch; a record's own failure is in the outcome.
func (c *chain) apply(data []byte) (*outcome, error) {
	batch, err := readBatch(data)
	if err != nil {
		return nil, err
	}
	made := &outcome{}
	writer := newBatchWriter(batch)
	for i := range batch.records {
		record := &batch.records[i]
		stage, now := 0, record
		err := guarded(func() (err error) {
			for stage = range c.stages {
				if now, err = c.stages[stage](now); err != nil || now == nil {
					return err
				}
			}
			return nil
		})
		if err == nil && now != nil {
			err = writer.add(now, record)
		}
		switch {
		case err != nil:
			made.failed = append(made.failed, failure{record.id, uint32(stage), asError(err)})
		case now == nil:
			made.dropped = append(made.dropped, record.id)
		}
	}
	made.batch = writer.finish()
	return made, nil
}

func openStage(spec stageSpec) (apply, error) {
	action, err := openAction(spec)
	if err != nil || spec.predicate == nil {
		return action, err
	}
	gate, err := openGate(*spec.predicate)
	if err != nil {
		return nil, err
	}
	return func(record *Record) (*Record, error) {
		if admitted, err := gate.admits(record); err != nil || !admitted {
			return record, err
		}
		return action(record)
	}, nil
}

func openAction(spec stageSpec) (apply, error) {
	inward := spec.kind == "to-connect"
	kind := kindConverter
	switch {
	case spec.kind == "transform":
		kind = kindTransformation
	case !inward && spec.kind != "from-connect" || spec.role != "key" && spec.role != "value" && spec.role != "header":
		return nil, Errorf(ConfigError, "no stage is of kind %q and role %q", spec.kind, spec.role)
	case spec.role == "header":
		kind = kindHeaderConverter
	}
	plugin, err := find(kind, spec.class)
	if err != nil {
		return nil, err
	}
	config, err := plugin.Config.Parse(spec.config)
	if err != nil {
		return nil, err
	}
	switch kind {
	case kindTransformation:
		transformation := plugin.Transformation()
		return transformation.Apply, transformation.Configure(config)
	case kindHeaderConverter:
		converter := plugin.HeaderConverter()
		return headerStage(converter, inward), converter.Configure(config)
	}
	converter := plugin.Converter()
	return converterStage(converter, inward, spec.role == "key"), converter.Configure(config, spec.role == "key")
}

func asBytes(value any, what string) ([]byte, error) {
	data, ok := value.([]byte)
	if !ok && value != nil {
		return nil, Errorf(DataError, "a converter reads bytes, and %s is %T", what, value)
	}
	return data, nil
}

// orNull keeps nil bytes from becoming empty ones.
func orNull(data []byte) any {
	if data == nil {
		return nil
	}
	return data
}

func converterStage(converter Converter, inward, isKey bool) apply {
	what := map[bool]string{true: "the key", false: "the value"}[isKey]
	return func(record *Record) (*Record, error) {
		value, schema, set := record.Value(), record.ValueSchema(), record.SetValue
		if isKey {
			value, schema, set = record.Key(), record.KeySchema(), record.SetKey
		}
		if !inward {
			data, err := converter.FromConnect(record.Topic(), schema, value)
			set(orNull(data), nil)
			return record, err
		}
		data, err := asBytes(value, what)
		if err != nil {
			return nil, err
		}
		schema, value, err = converter.ToConnect(record.Topic(), data)
		set(value, schema)
		return record, err
	}
}

func headerStage(converter HeaderConverter, inward bool) apply {
	return func(record *Record) (*Record, error) {
		headers := record.Headers()
		for i := range headers {
			header := &headers[i]
			if !inward {
				data, err := converter.FromConnectHeader(record.Topic(), *header)
				if err != nil {
					return nil, err
				}
				header.Schema, header.Value = nil, orNull(data)
				continue
			}
			data, err := asBytes(header.Value, "header "+header.Name)
			if err != nil {
				return nil, err
			}
			if header.Schema, header.Value, err = converter.ToConnectHeader(record.Topic(), header.Name, data); err != nil {
				return nil, err
			}
		}
		return record, nil
	}
}
