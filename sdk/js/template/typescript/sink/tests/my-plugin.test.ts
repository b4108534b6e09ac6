import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import { Record } from "@caisson/sdk";
import { started } from "@caisson/sdk/testing";

import { MyPlugin } from "../my-plugin.js";

test("lines are there when offsets are declared safe", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "my-plugin-"));
  try {
    const file = path.join(folder, "out.txt");
    const task = started(MyPlugin, { file });
    task.put([new Record("people", { name: "Ada" }), new Record("people")]);
    task.preCommit([]);
    assert.equal(fs.readFileSync(file, "utf8"), '{"name":"Ada"}\nnull\n');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
