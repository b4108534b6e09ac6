import pathlib
import tempfile
import unittest

from caisson_sdk import testing
from my_plugin import MyPlugin


class MyPluginTest(unittest.TestCase):
    def setUp(self):
        self.host = testing.new_host()
        self.folder = tempfile.TemporaryDirectory()
        self.file = pathlib.Path(self.folder.name, "in.txt")
        self.file.write_bytes(b"one\ntwo\nno end")

    def tearDown(self):
        self.folder.cleanup()

    def test_it_reads_whole_lines(self):
        task = testing.started(MyPlugin, file=str(self.file), topic="lines")
        self.assertEqual([record.value for record in task.poll()], ["one", "two"])
        self.assertEqual(list(task.poll()), [])
        self.assertGreater(task.wait_ms(), 0)

    def test_it_goes_on_behind_the_stored_offset(self):
        self.host.store_offset({"file": str(self.file)}, {"position": 4})
        task = testing.started(MyPlugin, file=str(self.file), topic="lines")
        self.assertEqual([record.value for record in task.poll()], ["two"])


if __name__ == "__main__":
    unittest.main()
