"""Plugins as the worker calls them, without WebAssembly."""

import unittest

from caisson_sdk import (
    Access,
    ConfigDef,
    ConfigError,
    ConfigKey,
    ConnectError,
    Converter,
    DataError,
    Predicate,
    Record,
    RetriableError,
    SourceConnector,
    SourceRecord,
    SourceTask,
    TopicPartition,
    Transformation,
    Type,
    at_least,
    export,
    log,
    one_of,
    testing,
)
from caisson_sdk.batch import Batch, BatchWriter, read_offset_maps
from caisson_sdk.chain import Chain, PredicateSpec, StageSpec
from caisson_sdk.context import SinkContext
from caisson_sdk.errors import as_connect_error
from caisson_sdk.tasks import RunningSource


class Shout(Transformation):
    """Writes text in capitals."""

    class_name = "a.Shout"
    config = ConfigDef(ConfigKey("mode", Type.STRING, "How.", default="upper", validators=(one_of("upper", "lower"),)))

    def configure(self, config):
        self.mode = config["mode"]

    def apply(self, record):
        if record.value is None:
            return None
        if record.value == "bad":
            raise DataError("bad text")
        record.value = record.value.upper()
        return record


class Other(Transformation):
    """Puts another record in the place of each."""

    class_name = "a.Other"

    def apply(self, record):
        return Record("other", {"was": record.value}) if record.value else "no record"


class IsShort(Predicate):
    """Admits short texts."""

    class_name = "a.IsShort"

    def test(self, record):
        return record.value is not None and len(record.value) < 4


class Text(Converter):
    """Text as UTF-8."""

    class_name = "a.Text"

    def from_connect(self, topic, schema, value):
        return None if value is None else value.encode()

    def to_connect(self, topic, data):
        return None, None if data is None else data.decode()


class CountTask(SourceTask):
    def start(self, config):
        stored = self.context.offset({"counter": "a"})
        self.next = 0 if stored is None else stored["n"] + 1

    def poll(self):
        if self.next >= 3:
            return
        yield SourceRecord({"counter": "a"}, {"n": self.next}, "numbers", self.next)
        self.next += 1


class Count(SourceConnector):
    """Counts to three."""

    class_name = "a.Count"
    task = CountTask


def batch_of(*values):
    writer = BatchWriter()
    for id, value in enumerate(values):
        record = Record("t", value)
        record.id = id
        writer.add(record)
    return writer.finish()


def values(data):
    return [(record.id, record.value) for record in Batch(data).records]


class Chains(unittest.TestCase):
    def setUp(self):
        export(Shout, Other, IsShort, Text, Count, version="1.2.3")

    def test_every_record_is_kept_dropped_or_failed(self):
        outcome = Chain([StageSpec("transform", "a.Shout", "", {})]).apply(batch_of("ada", None, "bad", 5))
        self.assertEqual(values(outcome.batch), [(0, "ADA")])
        self.assertEqual(outcome.dropped, [1])
        bad, crash = outcome.failed
        self.assertEqual((bad.id, bad.stage, bad.error.kind, bad.error.message), (2, 0, "data", "bad text"))
        self.assertEqual((crash.id, crash.error.kind), (3, "connect"))
        self.assertRegex(crash.error.message, "AttributeError: 'int' object has no attribute 'upper'\n.*test_plugins.py\", line")

    def test_a_predicate_guards_a_stage(self):
        gate = PredicateSpec("a.IsShort", {}, negate=True)
        outcome = Chain([StageSpec("transform", "a.Shout", "", {}, gate)]).apply(batch_of("ada", "grace"))
        self.assertEqual(values(outcome.batch), [(0, "ada"), (1, "GRACE")])

    def test_a_record_in_place_of_another_has_its_id(self):
        outcome = Chain([StageSpec("transform", "a.Other", "", {})]).apply(batch_of("x", "", "y"))
        self.assertEqual(values(outcome.batch), [(0, {"was": "x"}), (2, {"was": "y"})])
        self.assertRegex(outcome.failed[0].error.message, "Other.apply returned str: a transformation returns a Record")

    def test_converters(self):
        stages = [StageSpec("from-connect", "a.Text", "value", {}), StageSpec("to-connect", "a.Text", "value", {})]
        self.assertEqual(values(Chain(stages).apply(batch_of("x", None)).batch), [(0, "x"), (1, None)])
        outcome = Chain(stages[1:]).apply(batch_of("no bytes"))
        self.assertIn("a converter reads bytes, and the value is str", outcome.failed[0].error.message)

    def test_a_stage_that_is_misconfigured_is_named(self):
        good, bad = StageSpec("transform", "a.Shout", "", {}), StageSpec("transform", "a.Shout", "", {"mode": "loud"})
        with self.assertRaises(ConfigError) as raised:
            Chain([good, bad])
        self.assertEqual(
            raised.exception.message,
            "Invalid value loud for configuration mode: String must be one of: upper, lower",
        )
        self.assertEqual(raised.exception.options, [("stage", "1")])

    def test_an_unknown_class_lists_those_there_are(self):
        with self.assertRaisesRegex(ConfigError, r"no transformation a.Nothing; it has a.Shout \(transformation\)"):
            Chain([StageSpec("transform", "a.Nothing", "", {})])


class Sources(unittest.TestCase):
    def setUp(self):
        export(Count)
        self.host = testing.new_host()

    def test_polls_have_origins_and_then_a_wait(self):
        source = RunningSource("a.Count", {})
        batch, origins, wait = source.poll()
        self.assertEqual((values(batch), wait), ([(0, 0)], 0))
        self.assertEqual(read_offset_maps(origins), [[{"counter": "a"}], [[0, {"n": 0}]]])
        source.poll(), source.poll()
        self.assertEqual(source.poll(), (b"", b"", 500))

    def test_a_task_goes_on_behind_its_offset(self):
        self.host.store_offset({"counter": "a"}, {"n": 1})
        self.assertEqual(values(RunningSource("a.Count", {}).poll()[0]), [(0, 2)])


class Configurations(unittest.TestCase):
    DEFINITION = ConfigDef(
        ConfigKey("file", Type.STRING, "A file.", access=Access.FILE_READ),
        ConfigKey("size", Type.INT, "A size.", default=5, validators=(at_least(1),)),
        ConfigKey("ratio", Type.DOUBLE, "A ratio.", default=None),
        ConfigKey("on", Type.BOOLEAN, "A switch.", default=True),
        ConfigKey("names", Type.LIST, "Names.", default=""),
        ConfigKey("even", Type.INT, "Even.", default=2, check=lambda value: None if value % 2 == 0 else "it is odd"),
    )

    def test_values_are_parsed_and_defaults_stand_in(self):
        config = self.DEFINITION.parse({"file": " a ", "ratio": "1.5", "names": "x , y", "strange": "z"})
        self.assertEqual(
            [config[key] for key in ("file", "size", "ratio", "on", "names")], ["a", 5, 1.5, True, ["x", "y"]]
        )
        self.assertEqual(config.originals["strange"], "z")
        with self.assertRaisesRegex(ConfigError, "Unknown configuration 'strange'"):
            config["strange"]

    def test_mistakes_are_told_in_kafkas_words(self):
        for settings, told in [
            ({}, 'Missing required configuration "file" which has no default value.'),
            ({"size": "x"}, "Invalid value x for configuration size: Not a number of type INT"),
            ({"size": "0"}, "Invalid value 0 for configuration size: Value must be at least 1"),
            ({"size": "2147483648"}, "Invalid value 2147483648 for configuration size: Not a number of type INT"),
            ({"on": "yes"}, "Invalid value yes for configuration on: Expected value to be either true or false"),
            ({"even": "3"}, "Invalid value 3 for configuration even: it is odd"),
        ]:
            given = settings if not settings else {"file": "a", **settings}
            with self.subTest(told=told), self.assertRaises(ConfigError) as raised:
                self.DEFINITION.parse(given)
            self.assertEqual(str(raised.exception), told)


class Hosts(unittest.TestCase):
    def test_the_stand_in_keeps_what_is_asked(self):
        host = testing.new_host()
        log.info("hello")
        self.assertEqual(host.lines, [("info", "plugin", "hello")])
        context = SinkContext()
        partition = TopicPartition("t", 0)
        host.partitions = [partition]
        context.pause([partition])
        self.assertEqual(host.paused, [partition])
        with self.assertRaisesRegex(ConnectError, "t-1 is not assigned"):
            context.resume([TopicPartition("t", 1)])
        self.assertFalse(context.can_report)

    def test_errors_cross_with_kind_and_class(self):
        for error, kind, java in [
            (RetriableError("x"), "retriable", "RetriableException"),
            (DataError("x"), "data", "DataException"),
            (ConfigError("x"), "config", "ConfigException"),
            (ValueError("x"), "connect", "ConnectException"),
        ]:
            crossing = as_connect_error(error)
            self.assertEqual(crossing.kind, kind)
            self.assertTrue(crossing.java_class.endswith(java))

    def test_a_class_without_documentation_is_not_exported(self):
        with self.assertRaisesRegex(TypeError, "has no docstring"):
            export(type("Mute", (Transformation,), {"__doc__": None}))
        with self.assertRaisesRegex(TypeError, "is no plugin"):
            export(int)


if __name__ == "__main__":
    unittest.main()
