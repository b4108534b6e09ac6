import pathlib
import tempfile
import unittest

from caisson_sdk import Record, testing
from my_plugin import MyPlugin


class MyPluginTest(unittest.TestCase):
    def test_lines_are_there_when_offsets_are_declared_safe(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "out.txt")
            task = testing.started(MyPlugin, file=str(file))
            task.put([Record("people", {"name": "Ada"}), Record("people")])
            task.pre_commit([])
            self.assertEqual(file.read_text(), '{"name": "Ada"}\nnull\n')


if __name__ == "__main__":
    unittest.main()
