import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import { DataError, Decimal, Header, Record } from "@caisson/sdk";
import { configured, newHost, started, toPlain } from "@caisson/sdk/testing";

import { IsLarge } from "../is-large.js";
import { LinesConverter, TextHeaders } from "../lines-converter.js";
import { MaskField } from "../mask-field.js";
import { Numbers } from "../numbers-source.js";
import { Totals } from "../totals-sink.js";

test("a field is masked", () => {
  const record = configured(MaskField, { field: "pin" }).apply(new Record("t", new Map([["pin", "1234"]])));
  assert.deepEqual(toPlain(record.value), { pin: "****" });
});

test("large amounts are admitted", () => {
  const predicate = configured(IsLarge, { above: "10" });
  const amounts = [5n, 11n, 10.5, "11", null, Decimal.of("10.01")];
  const admitted = amounts.map((amount) => predicate.test(new Record("t", new Map([["amount", amount]]))));
  assert.deepEqual(admitted, [false, true, true, false, false, true]);
});

test("lines there and back", () => {
  const converter = configured(LinesConverter);
  const data = converter.fromConnect(
    "t",
    null,
    new Map([
      ["a", 1n],
      ["b", "x=y"],
    ]),
  );
  assert.equal(new TextDecoder().decode(data), "a=1\nb=x=y");
  assert.deepEqual(
    converter.toConnect("t", data).value,
    new Map([
      ["a", "1"],
      ["b", "x=y"],
    ]),
  );
  assert.throws(() => converter.toConnect("t", new Uint8Array([65])), DataError);
  const headers = configured(TextHeaders);
  assert.equal(headers.toConnectHeader("t", "h", headers.fromConnectHeader("t", new Header("h", 5n))).value, "5");
});

test("numbers go on behind their offset", () => {
  newHost().storeOffset({ task: 0 }, { number: 1 });
  const task = started(Numbers, { topic: "n", most: "4" });
  assert.deepEqual(
    Array.from(task.poll(), (record) => record.value.get("number")),
    [2, 3],
  );
  const connector = new Numbers();
  connector.start(Numbers.config.parse({ topic: "n" }));
  assert.deepEqual(
    connector.taskConfigs(2).map((config) => config.task),
    ["0", "1"],
  );
});

test("totals are written before a commit", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "totals-"));
  try {
    const file = path.join(folder, "totals.json");
    const task = started(Totals, { file });
    task.open([{ topic: "t", partition: 0 }]);
    task.preCommit([]);
    assert.equal(fs.readFileSync(file, "utf8"), '{"t-0":0}');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
