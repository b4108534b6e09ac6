"""Avro by Confluent's own client: `produce` two versions of a schema, or `consume` and print what is read, a line of JSON each."""

import json
import sys
from decimal import Decimal

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

FIRST = """{"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"long"},
    {"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
    {"name":"tags","type":{"type":"array","items":"string"}}]}"""


def produce(bootstrap, registry, topic):
    second = json.loads(FIRST)
    second["fields"].append({"name": "note", "type": ["null", "string"], "default": None})
    client = SchemaRegistryClient({"url": registry})
    producer = Producer({"bootstrap.servers": bootstrap})
    context = SerializationContext(topic, MessageField.VALUE)
    for schema, orders in [
        (FIRST, [{"id": 1, "total": Decimal("12.50"), "tags": ["a", "b"]}]),
        (json.dumps(second), [{"id": 2, "total": Decimal("-0.01"), "tags": [], "note": "fragile"}]),
    ]:
        serializer = AvroSerializer(client, schema)
        for order in orders:
            producer.produce(topic, value=serializer(order, context))
    producer.flush()


def consume(bootstrap, registry, topic, count):
    deserializer = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": topic, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    context = SerializationContext(topic, MessageField.VALUE)
    found = 0
    while found < count:
        message = consumer.poll(120)
        if message is None:
            sys.exit(f"only {found} of {count} messages came")
        if message.error() is None:
            print(json.dumps(deserializer(message.value(), context), sort_keys=True))
            found += 1
    consumer.close()


if __name__ == "__main__":
    command, bootstrap, registry, topic = sys.argv[1:5]
    if command == "produce":
        produce(bootstrap, registry, topic)
    else:
        consume(bootstrap, registry, topic, int(sys.argv[5]))
