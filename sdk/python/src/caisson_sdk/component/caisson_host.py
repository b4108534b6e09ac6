"""The worker's imports, in the SDK's terms."""

import functools

import wasi_http
from caisson_sdk.context import TopicPartition
from caisson_sdk.errors import ConnectError, as_connect_error
from componentize_py_types import Err
from wit_world.imports import caisson_connect_types as types
from wit_world.imports import errant_record_reporter, log, offset_reader, task_context, transaction_context


def crossing(error):
    """An error as it crosses."""
    return types.Error(error.kind, error.java_class, error.message, error.options)


def told(function):
    """Every exception of an export crosses as an error of the contract."""

    @functools.wraps(function)
    def call(*arguments):
        try:
            return function(*arguments)
        except Exception as error:
            raise Err(crossing(as_connect_error(error))) from None

    return call


def _asked(function, *arguments):
    try:
        return function(*arguments)
    except Err as error:
        raise ConnectError(str(error.value)) from None


def _partitions(partitions):
    return [types.TopicPartition(each.topic, each.partition) for each in partitions]


class Imports:
    def log(self, level, target, message):
        log.log(level, target, message)

    def log_enabled(self, level):
        return log.enabled(level)

    def offsets(self, data):
        return _asked(offset_reader.offsets, data)

    def request_task_reconfiguration(self):
        task_context.request_task_reconfiguration()

    def raise_error(self, message):
        task_context.raise_error(message)

    def rewind(self, offsets):
        task_context.offset([types.TopicPartitionOffset(*each) for each in offsets])

    def timeout(self, ms):
        task_context.timeout(ms)

    def assignment(self):
        return [TopicPartition(each.topic, each.partition) for each in task_context.assignment()]

    def pause(self, partitions):
        _asked(task_context.pause, _partitions(partitions))

    def resume(self, partitions):
        _asked(task_context.resume, _partitions(partitions))

    def request_commit(self):
        task_context.request_commit()

    def can_report(self):
        return errant_record_reporter.available()

    def report(self, id, error):
        _asked(errant_record_reporter.report, id, crossing(error))

    def transactions_available(self):
        return transaction_context.available()

    def end_transaction(self, how, after):
        if after is None:
            getattr(transaction_context, f"{how}_transaction")()
        else:
            getattr(transaction_context, f"{how}_transaction_after")(after)

    def exchange(self, request):
        return wasi_http.exchange(request)
