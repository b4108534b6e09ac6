import pathlib
import tempfile
import unittest

from caisson_sdk import DataError, Record, TopicPartition, testing
from caisson_sdk.tasks import task_configs
from csv_converter import CsvConverter
from is_large import IsLarge
from mask_field import MaskField
from numbers_source import Numbers
from totals_sink import Totals


class Examples(unittest.TestCase):
    def test_a_field_is_masked(self):
        record = testing.configured(MaskField, field="pin").apply(Record("t", {"pin": "1234"}))
        self.assertEqual(record.value, {"pin": "****"})

    def test_large_amounts_are_admitted(self):
        predicate = testing.configured(IsLarge, above="10")
        amounts = [5, 10.5, "11", None]
        self.assertEqual([predicate.test(Record("t", {"amount": each})) for each in amounts], [False, True, False, False])

    def test_csv_there_and_back(self):
        converter = CsvConverter()
        converter.configure(converter.config.parse({"columns": "a,b"}), False)
        self.assertEqual(converter.from_connect("t", None, {"b": "x,y", "a": 1}), b'1,"x,y"')
        self.assertEqual(converter.to_connect("t", b'1,"x,y"'), (None, {"a": "1", "b": "x,y"}))
        with self.assertRaises(DataError):
            converter.to_connect("t", b"1")

    def test_numbers_go_on_behind_their_offset(self):
        host = testing.new_host()
        host.store_offset({"task": 0}, {"number": 1})
        task = testing.started(Numbers, topic="n", most="4")
        self.assertEqual([record.value["number"] for record in task.poll()], [2, 3])
        connector = Numbers()
        connector.start(connector.config.parse({"topic": "n"}))
        self.assertEqual([config["task"] for config in task_configs(connector, 2)], ["0", "1"])

    def test_totals_are_written_before_a_commit(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "totals.json")
            task = testing.started(Totals, file=str(file))
            task.open([TopicPartition("t", 0)])
            task.pre_commit([])
            self.assertEqual(file.read_text(), '{"t-0": 0}')


if __name__ == "__main__":
    unittest.main()
