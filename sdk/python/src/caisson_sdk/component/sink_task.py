"""The resource `task` of interface `sink-task`."""

from caisson_host import told
from caisson_sdk import tasks
from caisson_sdk.context import TopicPartition, TopicPartitionOffset
from wit_world.imports import caisson_connect_types as types


class Task:
    @classmethod
    @told
    def start(cls, class_, config):
        made = cls()
        made.running = tasks.RunningSink(class_, dict(config))
        return made

    @told
    def open(self, partitions):
        self.running.open([TopicPartition(each.topic, each.partition) for each in partitions])

    @told
    def put(self, batch):
        self.running.put(batch)

    @told
    def pre_commit(self, offsets):
        taken = [TopicPartitionOffset(each.topic, each.partition, each.offset) for each in offsets]
        return [types.TopicPartitionOffset(*each) for each in self.running.pre_commit(taken)]

    @told
    def close(self, partitions):
        self.running.close([TopicPartition(each.topic, each.partition) for each in partitions])

    @told
    def stop(self):
        self.running.stop()
