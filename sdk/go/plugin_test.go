package caisson

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
)

type shout struct{ mode string }

func (s *shout) Configure(config Config) error {
	s.mode = config.String("mode")
	return nil
}

func (s *shout) Apply(record *Record) (*Record, error) {
	switch value := record.Value().(type) {
	case nil:
		return nil, nil
	case string:
		if value == "bad" {
			return nil, Errorf(DataError, "bad text")
		}
		record.SetValue(strings.ToUpper(value), nil)
		return record, nil
	default:
		return nil, fmt.Errorf("%d is no text", len(value.([]byte)))
	}
}

type other struct{}

func (other) Configure(Config) error { return nil }
func (other) Apply(record *Record) (*Record, error) {
	return NewRecord("other", MapFrom(map[string]any{"was": record.Value()})), nil
}

type isShort struct{}

func (isShort) Configure(Config) error { return nil }
func (isShort) Test(record *Record) (bool, error) {
	text, ok := record.Value().(string)
	return ok && len(text) < 4, nil
}

type text struct{}

func (text) Configure(Config, bool) error { return nil }
func (text) FromConnect(_ string, _ *Schema, value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	return []byte(value.(string)), nil
}
func (text) ToConnect(_ string, data []byte) (*Schema, any, error) {
	if data == nil {
		return nil, nil, nil
	}
	return StringSchema, string(data), nil
}

type count struct{ next int64 }

func (c *count) Start(context *SourceContext, _ Config) error {
	stored, err := context.Offset(OffsetMap{"counter": "a"})
	if stored != nil {
		c.next = stored["n"].(int64) + 1
	}
	return err
}

func (c *count) Poll() ([]SourceRecord, error) {
	if c.next >= 3 {
		return nil, nil
	}
	record := SourceRecord{SourcePartition: OffsetMap{"counter": "a"}, SourceOffset: OffsetMap{"n": c.next}, Topic: "numbers", Value: c.next}
	c.next++
	return []SourceRecord{record}, nil
}

func (c *count) Stop() error { return nil }

// fakeHost has what these tests ask of a host.
type fakeHost struct {
	Host
	lines  []string
	stored OffsetMap
}

func (h *fakeHost) Log(level, target, message string) {
	h.lines = append(h.lines, level+" "+target+" "+message)
}
func (h *fakeHost) LogEnabled(level string) bool { return level != "trace" }
func (h *fakeHost) Offsets(partitions []OffsetMap) ([]OffsetMap, error) {
	return []OffsetMap{h.stored}, nil
}

func export(t *testing.T) *fakeHost {
	t.Helper()
	Export("1.2.3",
		Plugin{Class: "a.Shout", Documentation: "Writes text in capitals.", Transformation: func() Transformation { return &shout{} },
			Config: ConfigDef{{Name: "mode", Type: String, Documentation: "How.", Default: "upper", Validators: []Validator{OneOf("upper", "lower")}}}},
		Plugin{Class: "a.Other", Documentation: "Another record.", Transformation: func() Transformation { return other{} }},
		Plugin{Class: "a.IsShort", Documentation: "Admits short texts.", Predicate: func() Predicate { return isShort{} }},
		Plugin{Class: "a.Text", Documentation: "Text as UTF-8.", Converter: func() Converter { return text{} }},
		Plugin{Class: "a.Count", Documentation: "Counts to three.", Source: func() SourceTask { return &count{} }},
	)
	made := &fakeHost{}
	InstallHost(made)
	t.Cleanup(func() { InstallHost(nil) })
	return made
}

func run(t *testing.T, data []byte, specs ...stageSpec) *outcome {
	t.Helper()
	chain, err := openChain(specs)
	if err != nil {
		t.Fatal(err)
	}
	made, err := chain.apply(data)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func values(t *testing.T, data []byte) map[uint32]any {
	t.Helper()
	found := map[uint32]any{}
	batch := read(t, data)
	for i := range batch.records {
		found[batch.records[i].id] = batch.records[i].Value()
	}
	return found
}

func recordsOf(values ...any) (records []*Record) {
	for _, value := range values {
		records = append(records, NewRecord("t", value))
	}
	return records
}

func TestEveryRecordIsKeptDroppedOrFailed(t *testing.T) {
	export(t)
	made := run(t, batchOf(t, recordsOf("ada", nil, "bad", int64(5))...), stageSpec{kind: "transform", class: "a.Shout"})
	if found := values(t, made.batch); !reflect.DeepEqual(found, map[uint32]any{0: "ADA"}) {
		t.Errorf("passed: %v", found)
	}
	if !reflect.DeepEqual(made.dropped, []uint32{1}) || len(made.failed) != 2 {
		t.Fatalf("dropped %v, failed %v", made.dropped, made.failed)
	}
	if bad := made.failed[0]; bad.id != 2 || bad.err.Kind != DataError || bad.err.Message != "bad text" {
		t.Errorf("%+v", bad)
	}
	crash := made.failed[1].err
	if crash.Kind != ConnectError || !strings.Contains(crash.Message, "panic: interface conversion") ||
		!strings.Contains(crash.Message, "plugin_test.go:") || !strings.Contains(crash.Message, "(*shout).Apply") {
		t.Errorf("%s", crash.Message)
	}
}

func TestAPredicateGuardsAStage(t *testing.T) {
	export(t)
	gate := &predicateSpec{class: "a.IsShort", negate: true}
	made := run(t, batchOf(t, recordsOf("ada", "grace")...), stageSpec{kind: "transform", class: "a.Shout", predicate: gate})
	if found := values(t, made.batch); !reflect.DeepEqual(found, map[uint32]any{0: "ada", 1: "GRACE"}) {
		t.Errorf("%v", found)
	}
}

func TestARecordInPlaceOfAnotherHasItsID(t *testing.T) {
	export(t)
	made := run(t, batchOf(t, recordsOf("x", "y")...), stageSpec{kind: "transform", class: "a.Other"})
	batch := read(t, made.batch)
	if second := &batch.records[1]; second.id != 1 || second.Topic() != "other" || second.Value().(*Map).Get("was") != "y" {
		t.Errorf("%d %s %v", second.id, second.Topic(), second.Value())
	}
}

func TestConverters(t *testing.T) {
	export(t)
	out, in := stageSpec{kind: "from-connect", class: "a.Text", role: "value"}, stageSpec{kind: "to-connect", class: "a.Text", role: "value"}
	made := run(t, batchOf(t, recordsOf("x", nil)...), out, in)
	if found := values(t, made.batch); !reflect.DeepEqual(found, map[uint32]any{0: "x", 1: nil}) {
		t.Errorf("%v", found)
	}
	failed := run(t, batchOf(t, recordsOf("no bytes")...), in).failed
	if len(failed) != 1 || failed[0].err.Message != "a converter reads bytes, and the value is string" {
		t.Errorf("%v", failed)
	}
}

func TestAStageThatIsMisconfiguredIsNamed(t *testing.T) {
	export(t)
	good := stageSpec{kind: "transform", class: "a.Shout"}
	bad := stageSpec{kind: "transform", class: "a.Shout", config: map[string]string{"mode": "loud"}}
	_, err := openChain([]stageSpec{good, bad})
	told := asError(err)
	if told.Message != "Invalid value loud for configuration mode: String must be one of: upper, lower" ||
		!reflect.DeepEqual(told.options, [][2]string{{"stage", "1"}}) {
		t.Errorf("%v %v", told, told.options)
	}
	if _, err = openChain([]stageSpec{{kind: "transform", class: "a.Nothing"}}); err == nil ||
		!strings.Contains(err.Error(), "no transformation a.Nothing; it has a.Shout (transformation)") {
		t.Error(err)
	}
}

func TestPollsHaveOriginsAndThenAWait(t *testing.T) {
	export(t).stored = OffsetMap{"n": int64(1)}
	source, err := startSource("a.Count", nil)
	if err != nil {
		t.Fatal(err)
	}
	first, err := source.poll()
	if err != nil || !reflect.DeepEqual(values(t, first.batch), map[uint32]any{0: int64(2)}) {
		t.Errorf("%v %v", first, err)
	}
	origins, err := readOffsetMaps(first.origins)
	if err != nil || len(origins) != 2 {
		t.Errorf("%v %v", origins, err)
	}
	second, err := source.poll()
	if err != nil || len(second.batch) != 0 || second.wait != 500*time.Millisecond {
		t.Errorf("%v %v", second, err)
	}
}

var definition = ConfigDef{
	{Name: "file", Type: String, Documentation: "A file.", Access: FileRead},
	{Name: "size", Type: Int, Documentation: "A size.", Default: 5, Validators: []Validator{AtLeast(1)}},
	{Name: "ratio", Type: Double, Documentation: "A ratio.", Default: NoDefault},
	{Name: "on", Type: Boolean, Documentation: "A switch.", Default: true},
	{Name: "names", Type: List, Documentation: "Names.", Default: ""},
	{Name: "even", Type: Int, Documentation: "Even.", Default: 2, Check: func(value any) error {
		if value.(int64)%2 != 0 {
			return errors.New("it is odd")
		}
		return nil
	}},
}

func TestConfigurationsAreParsedAndDefaultsStandIn(t *testing.T) {
	config, err := definition.Parse(map[string]string{"file": " a ", "ratio": "1.5", "names": "x , y", "strange": "z"})
	if err != nil {
		t.Fatal(err)
	}
	found := []any{config.String("file"), config.Int("size"), config.Float("ratio"), config.Bool("on"), config.List("names"), config.Originals["strange"]}
	if !reflect.DeepEqual(found, []any{"a", int64(5), 1.5, true, []string{"x", "y"}, "z"}) {
		t.Errorf("%v", found)
	}
	for told, read := range map[string]func(){
		"Unknown configuration 'strange'":                    func() { config.String("strange") },
		"configuration size is read as string, and is int64": func() { config.String("size") },
	} {
		err := guarded(func() error { read(); return nil })
		if err == nil || !strings.Contains(err.Error(), told) || asError(err).Kind != ConfigError {
			t.Errorf("%v", err)
		}
	}
}

func TestMistakesAreToldInKafkasWords(t *testing.T) {
	for _, each := range []struct{ key, value, told string }{
		{"", "", `Missing required configuration "file" which has no default value.`},
		{"size", "x", "Invalid value x for configuration size: Not a number of type INT"},
		{"size", "0", "Invalid value 0 for configuration size: Value must be at least 1"},
		{"size", "2147483648", "Invalid value 2147483648 for configuration size: Not a number of type INT"},
		{"on", "yes", "Invalid value yes for configuration on: Expected value to be either true or false"},
		{"even", "3", "Invalid value 3 for configuration even: it is odd"},
	} {
		given := map[string]string{}
		if each.key != "" {
			given = map[string]string{"file": "a", each.key: each.value}
		}
		if _, err := definition.Parse(given); err == nil || err.Error() != each.told {
			t.Errorf("%v: %v", given, err)
		}
	}
}

func TestErrorsCrossWithKindAndClass(t *testing.T) {
	wrapped := fmt.Errorf("while reading: %w", Errorf(RetriableError, "it is away: %w", io.ErrUnexpectedEOF))
	for _, each := range []struct {
		err  error
		kind ErrorKind
		java string
	}{
		{wrapped, RetriableError, "RetriableException"},
		{Errorf(DataError, "x"), DataError, "DataException"},
		{Errorf(ConfigError, "x"), ConfigError, "ConfigException"},
		{io.EOF, ConnectError, "ConnectException"},
	} {
		crossing := asError(each.err)
		if crossing.Kind != each.kind || !strings.HasSuffix(crossing.JavaClass(), each.java) || crossing.Message != each.err.Error() {
			t.Errorf("%+v", crossing)
		}
	}
	if !errors.Is(asError(wrapped), io.ErrUnexpectedEOF) {
		t.Error("the cause is lost")
	}
}

func TestTheLogHasLevelsAndAttributes(t *testing.T) {
	host := export(t)
	logger := slog.New(LogHandler())
	logger.With("file", "a.txt").Warn("it is empty", "bytes", 0)
	logger.Log(context.Background(), slog.LevelDebug-4, "not kept")
	if !reflect.DeepEqual(host.lines, []string{"warn plugin it is empty file=a.txt bytes=0"}) {
		t.Errorf("%q", host.lines)
	}
}

func TestAPluginThatIsNotWholeIsNotExported(t *testing.T) {
	for told, plugin := range map[string]Plugin{
		"needs Class and Documentation":  {Class: "a.Mute", Transformation: func() Transformation { return other{} }},
		"is to be of one kind, and is 0": {Class: "a.None", Documentation: "Nothing."},
	} {
		err := guarded(func() error { Export("1", plugin); return nil })
		if err == nil || !strings.Contains(err.Error(), told) {
			t.Errorf("%v", err)
		}
	}
}
