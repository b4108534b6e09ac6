/**
 * Values as the rest of the SDK takes them, whichever engine's bindings they came through: those of SpiderMonkey give 64 bits as a bigint,
 * `undefined` for what is absent, and arrays of bytes of a class of their own.
 */

/** Bytes as a Uint8Array that is an `instanceof` the bundle's. */
export function bytes(given) {
  if (given instanceof Uint8Array) {
    return given;
  }
  return ArrayBuffer.isView(given) ? new Uint8Array(given.buffer, given.byteOffset, given.byteLength) : Uint8Array.from(given);
}

/** What came piece by piece, `size` bytes in all. */
export function joined(chunks, size) {
  if (chunks.length === 1) {
    return chunks[0];
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Partitions with an offset each, a number. */
export function offsets(given) {
  return given.map((each) => ({ ...each, offset: Number(each.offset) }));
}

/** Records that are settled, as `Settled` of index.d.ts has them. */
export function settled(given) {
  return given.map(({ poll, id, written }) => ({ poll: Number(poll), id, written: written ? place(written) : null }));
}

function place({ topic, partition, offset, timestamp }) {
  return { topic, partition, offset: Number(offset), timestamp: Number(timestamp) };
}
