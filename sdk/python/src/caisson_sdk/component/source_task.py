"""The resource `task` of interface `source-task`."""

from caisson_host import told
from caisson_sdk import tasks
from caisson_sdk.plugin import Settled
from wit_world.exports import source_task


class Task:
    @classmethod
    @told
    def start(cls, class_, config):
        made = cls()
        made.running = tasks.RunningSource(class_, dict(config))
        return made

    @told
    def poll(self):
        return source_task.Polled(*self.running.poll())

    @told
    def commit_records(self, records):
        self.running.commit_records([_settled(record) for record in records])

    @told
    def commit(self):
        self.running.commit()

    @told
    def stop(self):
        self.running.stop()


def _settled(record):
    written = record.written
    if written is None:
        return Settled(record.poll, record.id)
    return Settled(record.poll, record.id, written.topic, written.partition, written.offset, written.timestamp)
