"""The resource `connector` of interface `source-connector`."""

from caisson_host import told
from caisson_sdk import tasks


class Connector:
    @classmethod
    @told
    def start(cls, class_, config):
        made = cls()
        made.connector = tasks.start_connector("source", class_, dict(config))
        return made

    @told
    def task_configs(self, max_tasks):
        return [list(config.items()) for config in tasks.task_configs(self.connector, max_tasks)]

    @told
    def stop(self):
        self.connector.stop()
