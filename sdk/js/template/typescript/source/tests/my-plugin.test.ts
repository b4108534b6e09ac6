import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import type { SourceTask } from "@caisson/sdk";
import { newHost, started } from "@caisson/sdk/testing";

import { MyPlugin } from "../my-plugin.js";

let folder = "";
let file = "";

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "my-plugin-"));
  file = path.join(folder, "in.txt");
  fs.writeFileSync(file, "one\ntwo\nno end");
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

const values = (task: SourceTask) => Array.from(task.poll(), (record) => record.value);

test("it reads whole lines", () => {
  newHost();
  const task = started(MyPlugin, { file, topic: "lines" });
  assert.deepEqual(values(task), ["one", "two"]);
  assert.deepEqual(values(task), []);
  assert.ok(task.waitMs() > 0);
});

test("it goes on behind the stored offset", () => {
  newHost().storeOffset({ file }, { position: 4 });
  assert.deepEqual(values(started(MyPlugin, { file, topic: "lines" })), ["two"]);
});
