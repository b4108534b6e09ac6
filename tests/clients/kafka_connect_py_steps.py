"""Every step of a connector's life through kafka-connect-py; prints what the client returned, as JSON."""

import json
import sys
import time

from kafka_connect import KafkaConnect
from requests.exceptions import HTTPError

url, file, topic = sys.argv[1:]
client = KafkaConnect(url=url)
steps = []
config = {"connector.class": "FileStreamSource", "tasks.max": "1", "file": file, "topic": topic}


def step(name, call):
    try:
        result = call()
    except HTTPError as error:
        answer = error.response
        result = {"raised": "HTTPError"} | ({} if answer is None else {"status": answer.status_code, "body": answer.json()})
    steps.append({"step": name, "result": result})


def await_states(connector, task):
    """Until both are there: the steps that follow tell of them."""
    end = time.monotonic() + 60
    while True:
        try:
            status = client.get_connector_status("py")
            states = status["connector"]["state"], [task["state"] for task in status["tasks"]]
        except HTTPError:
            states = None
        if states == (connector, task):
            return
        if time.monotonic() > end:
            sys.exit(f"the connector is not {connector} with tasks {task}: {states}")
        time.sleep(0.05)


step("cluster", lambda: sorted(client.get_cluster_info()))
step("plugins", lambda: [p for p in client.list_connector_plugins() if p["class"].startswith("org.apache.kafka.connect.file.")])
step("validate", lambda: client.validate_connector_config("FileStreamSource", config | {"name": "py"}))
step("validate what is wrong", lambda: client.validate_connector_config("FileStreamSource", {"name": "py", "tasks.max": "none"}))
step("create", lambda: client.create_connector({"name": "py", "config": config}))
await_states("RUNNING", ["RUNNING"])
step("create again", lambda: client.create_connector({"name": "py", "config": config}))
step("list", lambda: client.list_connectors())
step("list with info", lambda: client.list_connectors(expand="info"))
step("list with status", lambda: client.list_connectors(expand="status"))
step("list by state", lambda: client.list_connectors(state="running"))
step("get", lambda: client.get_connector("py"))
step("get one that is not there", lambda: client.get_connector("nope"))
step("status", lambda: client.get_connector_status("py"))
step("update", lambda: client.update_connector("py", config | {"batch.size": "7"}))
step("config", lambda: client.get_connector_config("py"))
end = time.monotonic() + 60
while client.list_connector_tasks("py")[0]["config"].get("batch.size") != "7" and time.monotonic() < end:
    time.sleep(0.05)
await_states("RUNNING", ["RUNNING"])
step("tasks", lambda: client.list_connector_tasks("py"))
step("task status", lambda: client.get_connector_task_status("py", 0))
step("restart task", lambda: client.restart_connector_task("py", 0))
await_states("RUNNING", ["RUNNING"])
step("restart task that is not there", lambda: client.restart_connector_task("py", 7))
step("restart", lambda: client.restart_connector("py"))
await_states("RUNNING", ["RUNNING"])
step("restart with tasks", lambda: client.restart_connector("py", include_tasks=True))
await_states("RUNNING", ["RUNNING"])
step("restart what failed", lambda: client.restart_connector("py", include_tasks=True, only_failed=True))
step("restart all", lambda: client.restart_all_connectors(pattern="p.*", state="running"))
await_states("RUNNING", ["RUNNING"])
step("pause", lambda: client.pause_connector("py"))
await_states("PAUSED", ["PAUSED"])
step("status when paused", lambda: client.get_connector_status("py"))
step("resume", lambda: client.resume_connector("py"))
await_states("RUNNING", ["RUNNING"])
step("topics", lambda: client.list_connector_topics("py"))
step("reset topics", lambda: client.reset_connector_topics("py"))
step("stop", lambda: client.stop_connector("py"))
await_states("STOPPED", [])
step("status when stopped", lambda: client.get_connector_status("py"))
step("resume all", lambda: client.resume_all_connectors())
await_states("RUNNING", ["RUNNING"])
step("delete", lambda: client.delete_connector("py"))
step("delete again", lambda: client.delete_connector("py"))
print(json.dumps(steps))
