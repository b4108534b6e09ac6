"""Caisson's SDK for Python: Kafka Connect plugins as WebAssembly components.

A plugin is a class derived from one of the kinds; `export` names those of a component:

    class UpperCase(Transformation):
        "Writes one field in capitals."

        class_name = "com.example.UpperCase"
        config = ConfigDef(ConfigKey("field", Type.STRING, "The field to write in capitals."))

        def configure(self, config):
            self.field = config["field"]

        def apply(self, record):
            if isinstance(record.value, dict) and isinstance(record.value.get(self.field), str):
                record.value[self.field] = record.value[self.field].upper()
            return record

    export(UpperCase, version="1.0.0")
"""

from . import log, schema
from .config_def import (
    NON_EMPTY,
    NON_EMPTY_LIST,
    NON_NULL,
    REGEX,
    REQUIRED,
    Access,
    Config,
    ConfigDef,
    ConfigKey,
    Importance,
    Type,
    Validator,
    Width,
    at_least,
    at_most,
    one_of,
    one_of_ignoring_case,
)
from .context import SinkContext, SourceContext, TopicPartition, TopicPartitionOffset
from .errors import ConfigError, ConnectError, DataError, RetriableError, SchemaBuilderError
from .plugin import (
    Converter,
    HeaderConverter,
    Predicate,
    Settled,
    SinkConnector,
    SinkTask,
    SourceConnector,
    SourceRecord,
    SourceTask,
    Transformation,
    export,
)
from .record import Header, Record
from .schema import Schema, Struct
from .values import BigInteger, Float32, Int8, Int16, Int32, MapEntries, Typed

__version__ = "0.1.0"

__all__ = [
    "NON_EMPTY", "NON_EMPTY_LIST", "NON_NULL", "REGEX", "REQUIRED", "Access", "BigInteger", "Config", "ConfigDef",
    "ConfigError", "ConfigKey", "ConnectError", "Converter", "DataError", "Float32", "Header", "HeaderConverter",
    "Importance", "Int8", "Int16", "Int32", "MapEntries", "Predicate", "Record", "RetriableError", "Schema",
    "SchemaBuilderError", "Settled", "SinkConnector", "SinkContext", "SinkTask", "SourceConnector", "SourceContext",
    "SourceRecord", "SourceTask", "Struct", "TopicPartition", "TopicPartitionOffset", "Transformation", "Type", "Typed",
    "Validator", "Width", "at_least", "at_most", "export", "log", "one_of", "one_of_ignoring_case", "schema",
]  # fmt: skip
