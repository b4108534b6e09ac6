// How much garbage SpiderMonkey lets lie.
//
// As componentize-js 0.23 sets the engine up, it collects what lies behind buffers, such as each batch's bytes, only when there are 57 MiB of
// it, and nothing that a program in JavaScript can do makes it collect earlier. A sandbox has 64 MiB for everything. No option of the tool
// reaches the engine's settings, but the component is a snapshot of its memory, and they are in there.

import { splicer } from "./node_modules/@bytecodealliance/componentize-js/lib/spidermonkey-embedding-splicer.js";

const MIB = 1 << 20;
const [ONE_AND_A_HALF, THREE, ONE_AND_SEVEN_TENTHS, ONE_AND_A_TENTH] = [1.5, 3, 1.7, 1.1].map(double);

// `GCSchedulingTunables`: the most bytes of the heap and of the nursery, where collecting begins, and by what these grow.
const SETTINGS = [
  ...[32 * MIB, MIB / 4, 64 * MIB, 27 * MIB, 100 * MIB, 500 * MIB],
  ...[...ONE_AND_SEVEN_TENTHS, ...ONE_AND_A_TENTH, 1e9, 0, ...ONE_AND_A_HALF, ...THREE, ...ONE_AND_A_HALF, 38 * MIB],
];
const SMALLER = SETTINGS.with(2, 4 * MIB).with(3, 8 * MIB).with(SETTINGS.length - 1, 8 * MIB);
// What follows from them for each zone until its first collection: where one begins, and two limits of collecting in steps.
const NEVER = 0xffffffff;
const OF_HEAP = Math.floor((32 * MIB) / 1.1);
const ZONES = [
  [OF_HEAP, OF_HEAP + 64 * MIB, NEVER],
  [57 * MIB, 57 * MIB + 64 * MIB, NEVER],
];
const BEGIN = 12 * MIB;

/** The snapshot, in which the engine collects when there are 12 MiB of garbage. An error when its settings are not where they were. */
export function frugal(snapshot) {
  const made = Buffer.from(snapshot);
  let found = replaced(made, SETTINGS, SMALLER) === 1;
  for (const zone of ZONES) {
    found &&= replaced(made, zone, zone.with(0, BEGIN)) > 0;
  }
  if (!found) {
    throw new Error("this engine's settings of its memory are not those of componentize-js 0.23.0");
  }
  return made;
}

/** The two words of a number with a fraction. */
function double(number) {
  return [...new Uint32Array(Float64Array.of(number).buffer)];
}

/** Puts words in the place of words, wherever they are, and returns in how many places they were. */
function replaced(bytes, words, others) {
  const [old, now] = [words, others].map((each) => Buffer.from(Uint32Array.from(each).buffer));
  let count = 0;
  for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at + old.length)) {
    now.copy(bytes, at);
    count += 1;
  }
  return count;
}

const stub = splicer.stubWasi;
splicer.stubWasi = (snapshot, ...rest) => stub(frugal(snapshot), ...rest);
