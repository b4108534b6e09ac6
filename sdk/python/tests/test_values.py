"""Every value of record.cddl, there and back."""

import copy
import datetime
import json
import math
import unittest
from decimal import Decimal

from caisson_sdk import (
    BigInteger,
    DataError,
    Float32,
    Header,
    Int8,
    Int16,
    Int32,
    MapEntries,
    Record,
    SchemaBuilderError,
    Struct,
    Typed,
    schema,
)
from caisson_sdk.batch import Batch, BatchWriter
from caisson_sdk.fields import FieldMap

UTC = datetime.timezone.utc
MOMENT = datetime.datetime(2020, 9, 13, 12, 26, 40, 123000, tzinfo=UTC)
PERSON = schema.struct(
    "com.example.Person",
    {
        "name": schema.STRING,
        "age": schema.INT32.with_default(1),
        "balance": schema.decimal(2).optional(),
        "born": schema.DATE.optional(),
    },
    version=2,
)
FLAT = schema.struct("Flat", {"id": schema.INT64, "name": schema.STRING, "at": schema.TIMESTAMP})


def batch_of(*records):
    writer = BatchWriter()
    for id, record in enumerate(records):
        record.id = id
        writer.add(record)
    return writer.finish()


def there_and_back(value, under=None):
    (record,) = Batch(batch_of(Record("t", value, value_schema=under))).records
    return record.value_schema, record.value


class Schemaless(unittest.TestCase):
    def test_values_keep_their_type(self):
        values = [
            None, True, False, 0, 23, 24, 255, 256, 65536, 1 << 32, -1, -25, (1 << 63) - 1, -(1 << 63),
            Int8(-128), Int16(32767), Int32(-5), 1.5, math.inf, Float32(0.5), "", "text", "fünf 😀", "long " * 100,
            b"", b"\x00\xff", b"x" * 300, Decimal("-123.45"), Decimal("1E+2"), Decimal(0), BigInteger(5),
            BigInteger(1 << 64), BigInteger(-(1 << 70)), MOMENT, [], [1, [None, "a"]], {}, {"a": {"b": [Int8(1)]}},
            {1: "an int", True and "k": 2},
        ]  # fmt: skip
        for value in values:
            with self.subTest(value=value):
                found = there_and_back(value)[1]
                self.assertEqual(found, value)
                plain = dict if isinstance(value, dict) else type(value)
                self.assertIsInstance(found, plain)

    def test_a_number_beyond_64_bits_is_a_big_integer(self):
        self.assertEqual(there_and_back(1 << 80)[1], BigInteger(1 << 80))

    def test_the_scale_of_a_decimal_stays(self):
        self.assertEqual(str(there_and_back(Decimal("1.50"))[1]), "1.50")

    def test_nan_stays(self):
        self.assertTrue(math.isnan(there_and_back(math.nan)[1]))
        self.assertTrue(math.isnan(there_and_back({"a": math.nan})[1]["a"]))

    def test_keys_that_no_dict_holds_are_entries(self):
        entries = MapEntries([(1, "a"), (Int32(1), "b"), ([1], "c")])
        found = there_and_back(entries)[1]
        self.assertIsInstance(found, MapEntries)
        self.assertEqual(found, entries)
        self.assertEqual([type(key) for key, _ in found], [int, Int32, list])

    def test_what_is_no_value_is_refused(self):
        for value, told in [
            (object(), "object is no type of Kafka Connect's"),
            ({"a": {1, 2}}, "set is no type"),
            (datetime.datetime(2020, 1, 1), "no time zone"),
            (Decimal("NaN"), "neither NaN nor Infinity"),
        ]:
            with self.subTest(value=value), self.assertRaisesRegex(DataError, told):
                there_and_back(value)
        with self.assertRaisesRegex(DataError, "does not fit into 8 bits"):
            Int8(128)


class WithSchemas(unittest.TestCase):
    def test_values_keep_schema_and_type(self):
        cases = [
            (schema.INT8, -128), (schema.INT16, 5), (schema.INT32, 1 << 30), (schema.INT64, -(1 << 63)),
            (schema.FLOAT32, 0.5), (schema.FLOAT64, 0.1), (schema.BOOLEAN, True), (schema.STRING, "fünf"),
            (schema.BYTES, b"\x01"), (schema.STRING.optional(), None), (schema.decimal(2), Decimal("1.50")),
            (schema.DATE, datetime.date(1969, 12, 31)), (schema.TIME, datetime.time(1, 2, 3, 4000)),
            (schema.TIMESTAMP, MOMENT), (schema.array(schema.INT64), [1, 2]),
            (schema.map_of(schema.INT32, schema.STRING.optional()), {1: "a", 2: None}),
            (schema.array(schema.array(schema.STRING)), [["a"], []]),
        ]  # fmt: skip
        for under, value in cases:
            with self.subTest(under=under):
                self.assertEqual(there_and_back(value, under), (under, value))

    def test_structs(self):
        ada = PERSON.new(name="Ada", balance=Decimal("12.5"), born=datetime.date(1815, 12, 10))
        under, found = there_and_back(ada)
        self.assertEqual(under, PERSON)
        self.assertEqual(str(found["balance"]), "12.50")
        self.assertEqual(found["age"], 1)
        self.assertFalse(found.is_set("age"))
        self.assertEqual(under.fields[1].schema.default, 1)
        nested = schema.struct("Outer", {"inner": PERSON, "list": schema.array(PERSON)})
        outer = nested.new(inner=found, list=[found])
        self.assertEqual(there_and_back(outer)[1]["list"][0]["name"], "Ada")

    def test_values_with_schemas_of_their_own(self):
        ada = PERSON.new(name="Ada")
        found = there_and_back({"who": Typed(PERSON, ada), "n": Typed(schema.INT8, 1)})[1]
        self.assertEqual(found["who"], ada)
        self.assertEqual(found["n"], Typed(schema.INT8, 1))

    def test_what_the_schema_forbids_is_refused_by_name(self):
        for value, told in [
            (PERSON.new(name=5), 'type STRING: int 5 for field: "name"'),
            (PERSON.new(), 'null used for required field: "name"'),
            (PERSON.new(name="a", age=1 << 31), 'type INT32: int 2147483648 for field: "age"'),
            (PERSON.new(name="a", balance=Decimal("1.234")), "more digits than the schema's scale 2"),
            (PERSON.new(name="a", born=MOMENT), 'field: "born"'),
        ]:
            with self.subTest(told=told), self.assertRaisesRegex(DataError, told):
                there_and_back(value)
        with self.assertRaisesRegex(DataError, "element of array value"):
            there_and_back([1, "a"], schema.array(schema.INT8))
        with self.assertRaisesRegex(DataError, "nick is not a valid field name"):
            PERSON.new(nick="a")
        with self.assertRaises(SchemaBuilderError):
            schema.INT8.with_default("a")


class Laziness(unittest.TestCase):
    def test_what_is_not_touched_passes_as_it_came(self):
        data = batch_of(Record("t", {"a": 1, "b": "two"}, key="k", headers=[Header("h", 1)]), Record("t"))
        batch = Batch(data)
        writer = batch.writer()
        for record in batch.records:
            writer.add(record)
        self.assertEqual(writer.finish(), data)

    def test_one_field_is_changed_and_the_others_stay(self):
        value = {"a": 1.5, "b": "two", "c": None, "d": b"raw", "e": Int16(5), "f": "long " * 50}
        batch = Batch(batch_of(Record("t", value, key="k", partition=3, timestamp=5)))
        (record,) = batch.records
        self.assertIsInstance(record.value, FieldMap)
        record.value["b"] = "zwei"
        writer = batch.writer()
        writer.add(record)
        (again,) = Batch(writer.finish()).records
        self.assertEqual(again.value, {**value, "b": "zwei"})
        self.assertEqual((again.key, again.partition, again.timestamp), ("k", 3, 5))

    def test_a_map_that_is_only_read_passes_as_it_came(self):
        data = batch_of(Record("t", {"a": 1, "b": "two"}), Record("t", {"a": 2, "b": "other"}))
        batch = Batch(data)
        writer = batch.writer()
        for record in batch.records:
            self.assertEqual(record.value.get("a"), record.value["a"])
            self.assertEqual(list(record.value.values())[0], record.value["a"])
            writer.add(record)
        self.assertEqual(writer.finish(), data)
        # The map of another record is none that came with this one.
        batch = Batch(data)
        first, second = batch.records
        first.value = second.value
        writer = batch.writer()
        writer.add(first)
        (found,) = Batch(writer.finish()).records
        self.assertEqual(found.value, {"a": 2, "b": "other"})

    def test_maps_that_come_often_are_taken_apart_at_once(self):
        values = [
            {"id": number * 1000, "name": "x" * (number % 90), "on": number % 2 == 0, "ratio": number / 3, "none": None}
            for number in range(300)
        ]
        # Some do not fit the expression of their shape: a text that is too long, a list.
        values[250]["name"] = "long " * 100
        values[260]["name"] = [1]
        values[270]["more"] = 1
        batch = Batch(batch_of(*(Record("t", value) for value in values)))
        writer = batch.writer()
        for record in batch.records:
            record.value["on"] = "changed"
            writer.add(record)
        found = [record.value for record in Batch(writer.finish()).records]
        self.assertEqual(found, [{**value, "on": "changed"} for value in values])
        self.assertEqual([list(value) for value in found], [list(value) for value in values])

    def test_structs_that_come_often_are_taken_apart_at_once(self):
        values = [FLAT.new(id=number, name="long " * 50 if number == 250 else f"name {number}", at=MOMENT) for number in range(300)]
        batch = Batch(batch_of(*(Record("t", value) for value in values)))
        writer = batch.writer()
        for record in batch.records:
            record.value["id"] += 1
            writer.add(record)
        for number, record in enumerate(Batch(writer.finish()).records):
            self.assertEqual((record.value["id"], record.value["name"]), (number + 1, values[number]["name"]))
            self.assertEqual(record.value["at"], MOMENT)

    def test_topic_and_partition_are_set_each_by_itself(self):
        data = batch_of(Record("t", "v", partition=3, key="k"), Record("t", "w", partition=3))
        for change, expected in [("topic", ("u", 3)), ("partition", ("t", 5))]:
            batch = Batch(data)
            writer = batch.writer()
            for record in batch.records:
                setattr(record, change, "u" if change == "topic" else 5)
                writer.add(record)
            for record in Batch(writer.finish()).records:
                self.assertEqual((record.topic, record.partition), expected)

    def test_a_field_map_is_a_dict(self):
        value = {"a": 1, "b": b"raw", "c": "x"}

        def fresh():
            found = there_and_back(value)[1]
            self.assertIsInstance(found, FieldMap)
            return found

        self.assertEqual(fresh(), value)
        self.assertEqual(dict(fresh()), value)
        self.assertEqual({**fresh()}, value)
        self.assertEqual(fresh() | {"d": 1}, {**value, "d": 1})
        self.assertEqual(list(fresh().items()), list(value.items()))
        self.assertEqual(list(fresh().values()), list(value.values()))
        self.assertEqual(copy.deepcopy(fresh()), value)
        self.assertEqual(fresh().copy(), value)
        self.assertEqual(repr(fresh()), repr(value))
        self.assertEqual(fresh().get("z", 7), 7)
        self.assertEqual(json.dumps(fresh(), default=str), json.dumps(value, default=str))
        changed = fresh()
        self.assertEqual(changed.pop("b"), b"raw")
        self.assertEqual(changed.pop("b", None), None)
        changed.update(d=2)
        self.assertEqual(changed.setdefault("a", 9), 1)
        self.assertEqual(changed.popitem(), ("d", 2))
        del changed["c"]
        changed["e"] = [1]
        self.assertEqual(there_and_back(changed)[1], {"a": 1, "e": [1]})
        changed.clear()
        self.assertEqual(there_and_back(changed)[1], {})
        with self.assertRaises(KeyError):
            fresh()["z"]

    def test_one_field_of_a_struct_is_changed(self):
        batch = Batch(batch_of(Record("t", FLAT.new(id=7, name="ada", at=MOMENT))))
        (record,) = batch.records
        self.assertIsInstance(record.value, Struct)
        record.value["name"] = record.value["name"].upper()
        writer = batch.writer()
        writer.add(record)
        (again,) = Batch(writer.finish()).records
        self.assertEqual(again.value, FLAT.new(id=7, name="ADA", at=MOMENT))


class Batches(unittest.TestCase):
    def test_a_batch_cut_off_anywhere_is_refused(self):
        data = batch_of(Record("t", {"a": [1, "b"]}, key="k", headers=[Header("h", 1.5)]), Record("t", FLAT.new(id=1, name="a", at=MOMENT)))
        for size in range(len(data)):
            with self.subTest(size=size), self.assertRaises(DataError):
                Batch(data[:size])

    def test_headers(self):
        headers = [Header("a", 1), Header("a", "x", schema.STRING), Header("b", None), Header("c", {"k": [1]})]
        (record,) = Batch(batch_of(Record("t", headers=headers))).records
        self.assertEqual(record.headers, headers)
        self.assertEqual(record.header("a").value, "x")
        self.assertIsNone(record.header("z"))

    def test_a_schema_is_written_once(self):
        data = batch_of(*(Record("t", FLAT.new(id=number, name="a", at=MOMENT)) for number in range(3)))
        self.assertEqual(len(Batch(data).schemas), 1)


if __name__ == "__main__":
    unittest.main()
