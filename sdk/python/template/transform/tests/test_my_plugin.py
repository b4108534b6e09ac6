import unittest

from caisson_sdk import ConfigError, Record, testing
from my_plugin import MyPlugin


class MyPluginTest(unittest.TestCase):
    def test_it_writes_one_field_in_capitals(self):
        plugin = testing.configured(MyPlugin, field="name")
        record = plugin.apply(Record("people", {"name": "ada", "like": "ada"}))
        self.assertEqual(record.value, {"name": "ADA", "like": "ada"})

    def test_a_tombstone_passes(self):
        plugin = testing.configured(MyPlugin, field="name")
        self.assertIsNone(plugin.apply(Record("people")).value)

    def test_the_field_has_to_be_named(self):
        with self.assertRaisesRegex(ConfigError, "field"):
            testing.configured(MyPlugin)


if __name__ == "__main__":
    unittest.main()
