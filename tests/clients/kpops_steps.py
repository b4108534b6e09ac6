"""Every step of a connector's life through the client in kpops; prints what the client returned, as JSON."""

import asyncio
import json
import logging
import sys
import time

import structlog
from kpops.component_handlers.kafka_connect.exception import ConnectorNotFoundException, KafkaConnectError
from kpops.component_handlers.kafka_connect.kafka_connect_api import KafkaConnect
from kpops.component_handlers.kafka_connect.model import ConnectorNewState, KafkaConnectorConfig
from kpops.config import KafkaConnectConfig

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
url, file, topic = sys.argv[1:]
CLASS = "org.apache.kafka.connect.file.FileStreamSourceConnector"


def config(**more):
    return KafkaConnectorConfig(**{"connector.class": CLASS, "name": "kp", "tasks.max": "1", "file": file, "topic": topic} | more)


async def run(client, steps):
    async def step(name, call):
        try:
            result = await call
        except ConnectorNotFoundException:
            result = {"raised": "ConnectorNotFoundException"}
        except KafkaConnectError as error:
            result = {"raised": "KafkaConnectError", "text": str(error)}
        if hasattr(result, "model_dump"):
            result = result.model_dump(mode="json")
        steps.append({"step": name, "result": result})

    async def plain(method, path, json=None):
        """What the client has no call of its own for."""
        answer = await client.request(method, path, json=json)
        return {"status": answer.status_code, "body": answer.json() if answer.content else None}

    async def await_states(connector, tasks):
        end = time.monotonic() + 60
        while True:
            try:
                status = await client.get_connector_status("kp")
                states = status.connector.state.value, [task.state.value for task in status.tasks]
            except (ConnectorNotFoundException, ValueError):  # ValueError: a state that kpops does not know
                states = None
            if states == (connector, tasks):
                return
            if time.monotonic() > end:
                sys.exit(f"the connector is not {connector} with tasks {tasks}: {states}")
            await asyncio.sleep(0.05)

    await step("validate", client.validate_connector_config(config()))
    await step("validate what is wrong", client.validate_connector_config(config(**{"tasks.max": "none", "batch.size": "many"})))
    await step("get one that is not there", client.get_connector("kp"))
    await step("create", client.create_connector(config(), ConnectorNewState.PAUSED))
    await await_states("PAUSED", [])
    await step("resume", client.resume_connector("kp"))
    await await_states("RUNNING", ["RUNNING"])
    await step("get", client.get_connector("kp"))
    await step("status", client.get_connector_status("kp"))
    await step("list with expand", plain("GET", "/connectors?expand=info&expand=status"))
    await step("update", client.update_connector_config(config(**{"batch.size": 7})))
    end = time.monotonic() + 60
    while (await plain("GET", "/connectors/kp/tasks"))["body"][0]["config"].get("batch.size") != "7" and time.monotonic() < end:
        await asyncio.sleep(0.05)
    await await_states("RUNNING", ["RUNNING"])
    await step("tasks", plain("GET", "/connectors/kp/tasks"))
    await step("restart", plain("POST", "/connectors/kp/restart?includeTasks=true"))
    await await_states("RUNNING", ["RUNNING"])
    await step("pause", client.pause_connector("kp"))
    await await_states("PAUSED", ["PAUSED"])
    await step("status when paused", client.get_connector_status("kp"))
    await step("reset offsets of one that is not stopped", client.reset_offset("kp"))
    await step("stop", client.stop_connector("kp"))
    await await_states("STOPPED", [])
    await step("status when stopped", client.get_connector_status("kp"))
    await step("reset offsets", client.reset_offset("kp"))
    await step("delete", client.delete_connector("kp"))
    await step("delete again", client.delete_connector("kp"))
    await step("create by update", client.update_connector_config(config()))
    await await_states("RUNNING", ["RUNNING"])
    await step("delete at last", client.delete_connector("kp"))


steps = []
asyncio.run(run(KafkaConnect(KafkaConnectConfig(url=url)), steps))
print(json.dumps(steps))
