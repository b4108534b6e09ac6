"""Confluent's Python client, for the tests of the converters over a registry.

    protobuf_json_schema.py produce protobuf|json BROKERS REGISTRY TOPIC    two versions of a record, one of each
    protobuf_json_schema.py consume protobuf|json BROKERS REGISTRY TOPIC N  N records, as lines of JSON
"""

import json
import sys
import time

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory, timestamp_pb2

FIELD = descriptor_pb2.FieldDescriptorProto


def message_class(file, fields, imports=()):
    """The class of the message com.acme.Order with these fields."""
    proto = descriptor_pb2.FileDescriptorProto(name=file, package="com.acme", syntax="proto3", dependency=imports)
    message = proto.message_type.add(name="Order")
    for number, (name, kind, label, type_name) in enumerate(fields, start=1):
        message.field.add(name=name, number=number, type=kind, label=label, type_name=type_name)
    pool = descriptor_pool.DescriptorPool()
    timestamp = descriptor_pb2.FileDescriptorProto()
    timestamp_pb2.DESCRIPTOR.CopyToProto(timestamp)
    pool.Add(timestamp)
    pool.Add(proto)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("com.acme.Order"))


def scalar(name, kind):
    return (name, kind, FIELD.LABEL_OPTIONAL, None)


FIRST = [
    scalar("id", FIELD.TYPE_INT64),
    scalar("name", FIELD.TYPE_STRING),
    ("tags", FIELD.TYPE_STRING, FIELD.LABEL_REPEATED, None),
]
SECOND = FIRST + [("at", FIELD.TYPE_MESSAGE, FIELD.LABEL_OPTIONAL, "google.protobuf.Timestamp")]

JSON_FIRST = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "com.acme.Order",
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}
JSON_SECOND = dict(JSON_FIRST, properties=dict(JSON_FIRST["properties"], price={"oneOf": [{"type": "null"}, {"type": "number"}]}))


def records(language, registry):
    """Values with what serialises them, the older version first."""
    client = SchemaRegistryClient({"url": registry})
    order = {"id": 1, "name": "bolt", "tags": ["a", "b"]}
    if language == "json":
        first = JSONSerializer(json.dumps(JSON_FIRST), client)
        second = JSONSerializer(json.dumps(JSON_SECOND), client)
        return [(order, first), (dict(order, id=2, price=2.5), second)]
    old = message_class("order_1.proto", FIRST)
    new = message_class("order_2.proto", SECOND, ["google/protobuf/timestamp.proto"])
    options = {"use.deprecated.format": False}
    first = ProtobufSerializer(old, client, options)
    second = ProtobufSerializer(new, client, options)
    later = new(**dict(order, id=2))
    later.at.seconds = 1600000000
    return [(old(**order), first), (later, second)]


def produce(language, brokers, registry, topic):
    producer = Producer({"bootstrap.servers": brokers})
    for value, serialise in records(language, registry):
        context = SerializationContext(topic, MessageField.VALUE)
        producer.produce(topic, serialise(value, context))
        producer.flush()


def reader(language, registry):
    if language == "json":
        client = SchemaRegistryClient({"url": registry})
        return JSONDeserializer(None, schema_registry_client=client), lambda value: value
    lines = message_class("line.proto", [scalar("line", FIELD.TYPE_STRING), scalar("origin", FIELD.TYPE_STRING)])
    deserialise = ProtobufDeserializer(lines, {"use.deprecated.format": False})
    return deserialise, lambda value: json_format.MessageToDict(value, always_print_fields_with_no_presence=True)


def consume(language, brokers, registry, topic, count):
    deserialise, shown = reader(language, registry)
    group = {"bootstrap.servers": brokers, "group.id": "foreign-" + topic, "auto.offset.reset": "earliest"}
    consumer = Consumer(group)
    consumer.subscribe([topic])
    deadline = time.monotonic() + 60
    while count > 0 and time.monotonic() < deadline:
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error():
            continue
        value = deserialise(message.value(), SerializationContext(topic, MessageField.VALUE))
        print(json.dumps(shown(value), sort_keys=True), flush=True)
        count -= 1
    consumer.close()
    sys.exit(0 if count == 0 else "the records did not come")


if __name__ == "__main__":
    action, language, brokers, registry, topic, *rest = sys.argv[1:]
    if action == "produce":
        produce(language, brokers, registry, topic)
    else:
        consume(language, brokers, registry, topic, int(rest[0]))
