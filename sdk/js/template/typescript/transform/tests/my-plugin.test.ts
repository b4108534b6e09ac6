import assert from "node:assert/strict";
import { test } from "node:test";

import { ConfigError, Record } from "@caisson/sdk";
import { configured, toPlain } from "@caisson/sdk/testing";

import { MyPlugin } from "../my-plugin.js";

test("it writes one field in capitals", () => {
  const plugin = configured(MyPlugin, { field: "name" });
  const value = new Map([
    ["name", "ada"],
    ["like", "ada"],
  ]);
  assert.deepEqual(toPlain(plugin.apply(new Record("people", value))!.value), { name: "ADA", like: "ada" });
});

test("a tombstone passes", () => {
  const plugin = configured(MyPlugin, { field: "name" });
  assert.equal(plugin.apply(new Record("people"))!.value, null);
});

test("the field has to be named", () => {
  assert.throws(
    () => configured(MyPlugin),
    (error) => error instanceof ConfigError && error.message.includes("field"),
  );
});
