/** Every value of record.cddl, there and back. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  BigInteger,
  DataError,
  Decimal,
  Float32,
  Header,
  Int16,
  Int32,
  Int8,
  Record,
  SchemaBuilderError,
  Struct,
  Typed,
  schema,
  toPlain,
} from "@caisson/sdk";

import { Batch, BatchWriter } from "../src/batch.js";
import { FieldMap } from "../src/fields.js";

const MOMENT = new Date("2020-09-13T12:26:40.123Z");
const PERSON = schema.struct(
  "com.example.Person",
  {
    name: schema.STRING,
    age: schema.INT32.withDefault(1),
    balance: schema.decimal(2).optional(),
    born: schema.DATE.optional(),
  },
  { version: 2 },
);
const FLAT = schema.struct("Flat", { id: schema.INT64, name: schema.STRING, at: schema.TIMESTAMP });

function batchOf(...records) {
  const writer = new BatchWriter();
  records.forEach((record, id) => {
    record.id = id;
    writer.add(record);
  });
  return writer.finish();
}

function thereAndBack(value, valueSchema = null) {
  const [record] = new Batch(batchOf(new Record("t", value, { valueSchema }))).records;
  return [record.valueSchema, record.value];
}

/** Writes the records of a batch again, each after `change`. */
function rewritten(data, change) {
  const batch = new Batch(data);
  const writer = batch.writer();
  for (const record of batch.records) {
    change(record);
    writer.add(record);
  }
  return writer.finish();
}

test("schemaless values keep their type", () => {
  const values = [
    null,
    true,
    false,
    0n,
    23n,
    24n,
    255n,
    256n,
    65536n,
    1n << 32n,
    -1n,
    -25n,
    (1n << 53n) + 1n,
    (1n << 63n) - 1n,
    -(1n << 63n),
    0,
    1,
    -0.5,
    1.5,
    Infinity,
    NaN,
    "",
    "text",
    "fünf 😀",
    "long ".repeat(100),
    "x".repeat(24),
    "ü".repeat(9000),
    new Uint8Array(0),
    new Uint8Array([0, 255]),
    new Uint8Array(300),
    new Uint8Array(70000),
    MOMENT,
    new Date(-1),
    [],
    [1n, [null, "a"]],
    new Map(),
    new Map([["a", new Map([["b", [2n]]])]]),
    new Map([
      [1n, "an int"],
      [true, "k"],
      ["k", 2n],
      ["ü", 1],
    ]),
    Decimal.of("-123.45"),
    Decimal.of("1E+2"),
    Decimal.of("0"),
    Decimal.of("1.50"),
    Decimal.of("123456789012345678901234567890.1"),
  ];
  for (const value of values) {
    const found = thereAndBack(value)[1];
    if (value instanceof Map) {
      assert.deepEqual([...found], [...value]);
    } else {
      assert.deepEqual(found, value);
    }
  }
});

test("schemaless numbers keep their width", () => {
  for (const value of [new Int8(-128), new Int16(32767), new Int32(-5), new Float32(0.5), new Float32(2)]) {
    const found = thereAndBack(value)[1];
    assert.equal(found.constructor, value.constructor);
    assert.equal(+found, +value);
  }
  for (const value of [5n, 0n, -1n, 1n << 64n, -(1n << 70n)]) {
    const found = thereAndBack(new BigInteger(value))[1];
    assert.ok(found instanceof BigInteger && found.value === value, String(value));
  }
  assert.equal(thereAndBack(1n << 80n)[1].value, 1n << 80n);
  assert.throws(() => new Int8(128), /does not fit into 8 bits/);
  assert.throws(() => new Int32(1.5), DataError);
});

test("a plain object is a map", () => {
  assert.deepEqual(
    [...thereAndBack({ a: 1n, b: { c: undefined } })[1]],
    [
      ["a", 1n],
      ["b", new Map([["c", null]])],
    ],
  );
});

test("decimals", () => {
  for (const [text, unscaled, scale, shown] of [
    ["12.50", 1250n, 2, "12.50"],
    ["-0.05", -5n, 2, "-0.05"],
    [".5", 5n, 1, "0.5"],
    ["1E+2", 1n, -2, "100"],
    ["1e-3", 1n, 3, "0.001"],
  ]) {
    const decimal = Decimal.of(text);
    assert.deepEqual([decimal.unscaled, decimal.scale, decimal.toString()], [unscaled, scale, shown]);
  }
  assert.equal(Decimal.of("1.5").withScale(3).toString(), "1.500");
  assert.throws(() => Decimal.of("1.234").withScale(2), /more digits than the scale 2/);
  assert.equal(Decimal.of("1.50").compare(Decimal.of("1.5")), 0);
  assert.ok(!Decimal.of("1.50").equals(Decimal.of("1.5")));
  assert.equal(Decimal.of("-2.25").toNumber(), -2.25);
  for (const text of ["", ".", "1,5", "NaN", "0x1"]) {
    assert.throws(() => Decimal.of(text), DataError, text);
  }
});

test("what is no value is refused", () => {
  for (const [value, told] of [
    [Symbol("s"), /symbol is no type of Kafka Connect's/],
    [new Map([["a", new Set()]]), /Set is no type/],
    [() => 1, /function is no type/],
    [new Date(NaN), /invalid Date/],
  ]) {
    assert.throws(() => thereAndBack(value), told);
  }
});

test("values under schemas keep schema and type", () => {
  for (const [under, value] of [
    [schema.INT8, -128],
    [schema.INT16, 5],
    [schema.INT32, 1 << 30],
    [schema.INT64, -(1n << 63n)],
    [schema.FLOAT32, 0.5],
    [schema.FLOAT64, 0.1],
    [schema.FLOAT64, 2],
    [schema.BOOLEAN, true],
    [schema.STRING, "fünf"],
    [schema.BYTES, new Uint8Array([1])],
    [schema.STRING.optional(), null],
    [schema.decimal(2), Decimal.of("1.50")],
    [schema.DATE, new Date("1969-12-31")],
    [schema.TIME, new Date(3723004)],
    [schema.TIMESTAMP, MOMENT],
    [schema.array(schema.INT64), [1n, 2n]],
    [
      schema.mapOf(schema.INT32, schema.STRING.optional()),
      new Map([
        [1, "a"],
        [2, null],
      ]),
    ],
    [schema.array(schema.array(schema.STRING)), [["a"], []]],
  ]) {
    const [found, back] = thereAndBack(value, under);
    assert.ok(found.equals(under), String(under));
    assert.deepEqual(back, value);
  }
});

test("structs", () => {
  const ada = PERSON.new({ name: "Ada", balance: Decimal.of("12.5"), born: new Date("1815-12-10") });
  const [under, found] = thereAndBack(ada);
  assert.ok(under.equals(PERSON));
  assert.equal(String(found.get("balance")), "12.50");
  assert.equal(found.get("age"), 1);
  assert.equal(found.isSet("age"), false);
  assert.equal(found.get("nick"), undefined);
  assert.equal(under.field("age").schema.defaultValue, 1);
  assert.deepEqual([under.version, under.name], [2, "com.example.Person"]);
  const nested = schema.struct("Outer", { inner: PERSON, list: schema.array(PERSON) });
  assert.equal(
    thereAndBack(nested.new({ inner: found, list: [found] }))[1]
      .get("list")[0]
      .get("name"),
    "Ada",
  );
  assert.deepEqual(toPlain(found), { name: "Ada", age: 1, balance: "12.50", born: "1815-12-10T00:00:00.000Z" });
});

test("values with schemas of their own", () => {
  const ada = PERSON.new({ name: "Ada" });
  const found = thereAndBack(
    new Map([
      ["who", new Typed(PERSON, ada)],
      ["n", new Typed(schema.INT8, 1)],
    ]),
  )[1];
  assert.ok(found.get("who") instanceof Struct && found.get("who").get("name") === "Ada");
  assert.equal(found.get("n").value, 1);
  assert.ok(found.get("n").schema.equals(schema.INT8));
});

test("what the schema forbids is refused by name", () => {
  for (const [value, told] of [
    [PERSON.new({ name: 5 }), /type STRING: number 5 for field: "name"/],
    [PERSON.new(), /null used for required field: "name"/],
    [PERSON.new({ name: "a", age: 2 ** 31 }), /type INT32: number 2147483648 for field: "age"/],
    [PERSON.new({ name: "a", balance: Decimal.of("1.234") }), /more digits than the schema's scale 2/],
    [PERSON.new({ name: "a", born: MOMENT }), /field: "born"/],
  ]) {
    assert.throws(() => thereAndBack(value), told);
  }
  assert.throws(() => thereAndBack([1, "a"], schema.array(schema.INT8)), /element of array value/);
  assert.throws(() => PERSON.new({ nick: "a" }), /nick is not a valid field name/);
  assert.throws(() => schema.INT8.withDefault("a"), SchemaBuilderError);
});

test("what is not touched passes as it came", () => {
  const data = batchOf(
    new Record(
      "t",
      new Map([
        ["a", 1n],
        ["b", "two"],
      ]),
      { key: "k", headers: [new Header("h", 1n)] },
    ),
    new Record("t"),
    new Record("t", FLAT.new({ id: 1, name: "a", at: MOMENT })),
  );
  assert.deepEqual(
    rewritten(data, () => {}),
    data,
  );
  assert.deepEqual(
    rewritten(data, (record) => record.value?.get("b")),
    data,
  );
  assert.deepEqual(
    rewritten(data, (record) => toPlain(record.value)),
    data,
  );
});

test("fields are changed and the others stay", () => {
  const value = [
    ["a", 1.5],
    ["b", "two"],
    ["c", null],
    ["d", new Uint8Array([1])],
    ["e", 5n],
    ["f", "long ".repeat(50)],
    ["g", [1n]],
  ];
  const data = batchOf(new Record("t", new Map(value), { key: "k", partition: 3, timestamp: 5 }));
  const change = (changes) =>
    rewritten(data, ({ value: map }) => {
      assert.ok(map instanceof FieldMap && map instanceof Map);
      for (const [name, each] of changes) {
        map.set(name, each);
      }
    });
  for (const changes of [
    [["b", "zwei"]],
    [
      ["f", "kurz"],
      ["a", null],
      ["a", 7n],
    ],
    [
      ["b", "ü".repeat(300)],
      ["g", [2n, 3n]],
    ],
    [["new", 1n]],
  ]) {
    const [again] = new Batch(change(changes)).records;
    assert.deepEqual([...again.value], [...new Map([...value, ...changes])]);
    assert.deepEqual([again.key, again.partition, again.timestamp], ["k", 3, 5]);
  }
  // An array that was read may have been changed where it stands.
  const [pushed] = new Batch(rewritten(data, (record) => record.value.get("g").push(2n))).records;
  assert.deepEqual(pushed.value.get("g"), [1n, 2n]);
});

test("a lazy map is a Map", () => {
  const entries = [
    ["a", 1n],
    ["b", "x"],
    ["c", null],
  ];
  const fresh = () => thereAndBack(new Map(entries))[1];
  assert.equal(fresh().size, 3);
  assert.deepEqual([...fresh()], entries);
  assert.deepEqual([...fresh().keys()], ["a", "b", "c"]);
  assert.deepEqual([...fresh().values()], [1n, "x", null]);
  assert.deepEqual([fresh().has("c"), fresh().has("z"), fresh().get("z"), fresh().get(1n)], [true, false, undefined, undefined]);
  const changed = fresh();
  changed.set("b", "y");
  assert.ok(changed.delete("a") && !changed.delete("z"));
  changed.set("d", 2n);
  const seen = [];
  changed.forEach((value, key) => seen.push([key, value]));
  assert.deepEqual(seen, [
    ["b", "y"],
    ["c", null],
    ["d", 2n],
  ]);
  assert.deepEqual([...thereAndBack(changed)[1]], seen);
  changed.clear();
  assert.equal(changed.size, 0);
});

test("a field of a struct is changed", () => {
  const data = batchOf(new Record("t", FLAT.new({ id: 7n, name: "ada", at: MOMENT })));
  const [again] = new Batch(rewritten(data, ({ value }) => value.set("name", value.get("name").toUpperCase()))).records;
  assert.deepEqual([again.value.get("id"), again.value.get("name"), again.value.get("at")], [7n, "ADA", MOMENT]);
});

test("topic, partition and others are set each by itself", () => {
  const data = batchOf(new Record("t", "v", { partition: 3, key: "k", timestamp: 9 }));
  const expected = { topic: "t", partition: 3, key: "k", value: "v", timestamp: 9 };
  for (const change of [{ topic: "u" }, { partition: 5 }, { partition: null }, { key: null }, { value: 1n }, { timestamp: 10 }]) {
    const [found] = new Batch(rewritten(data, (record) => Object.assign(record, change))).records;
    for (const [member, value] of Object.entries({ ...expected, ...change })) {
      assert.equal(found[member], value, member);
    }
  }
});

test("a value is kept beyond its batch", () => {
  const [first] = new Batch(batchOf(new Record("t", new Map([["n", new Typed(schema.INT8, 1)]])))).records;
  const other = new Batch(batchOf(new Record("t", PERSON.new({ name: "a" }))));
  const writer = other.writer();
  const [record] = other.records;
  record.setValue(first.value);
  writer.add(record);
  assert.equal(new Batch(writer.finish()).records[0].value.get("n").value, 1);
});

test("a batch cut off anywhere is refused", () => {
  const data = batchOf(
    new Record("t", new Map([["a", [1n, "b"]]]), { key: "k", headers: [new Header("h", 1.5)] }),
    new Record("t", FLAT.new({ id: 1n, name: "a", at: MOMENT })),
  );
  for (let size = 0; size < data.length; size++) {
    assert.throws(() => new Batch(data.slice(0, size)), DataError, `cut off at ${size}`);
  }
});

test("headers", () => {
  const headers = [new Header("a", 1n), new Header("a", "x", schema.STRING), new Header("b"), new Header("c", [1n])];
  const [record] = new Batch(batchOf(new Record("t", null, { headers }))).records;
  assert.deepEqual(
    record.headers.map(({ name, value }) => [name, value]),
    [
      ["a", 1n],
      ["a", "x"],
      ["b", null],
      ["c", [1n]],
    ],
  );
  assert.ok(record.header("a").schema.equals(schema.STRING));
  assert.equal(record.header("z"), undefined);
});

test("a schema is written once", () => {
  const data = batchOf(...[1, 2, 3].map((id) => new Record("t", FLAT.new({ id, name: "a", at: MOMENT }))));
  assert.equal(new Batch(data).schemas.length, 1);
});
