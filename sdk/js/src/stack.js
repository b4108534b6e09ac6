/** Stacks as authors know them: their own files and lines, where the engine runs a bundle of them. */

// "at apply (/bundle.js:12:5)" of QuickJS and V8, or "at /bundle.js:12:5"; "apply@bundle.js:12:5" of SpiderMonkey, or "@bundle.js:12:5".
const FRAMES = [/^\s*at (?:(.*) \()?(.*?):(\d+)(?::(\d+))?\)?$/, /^([^@]*)@(.*?):(\d+):(\d+)$/];
// The SDK's files, those of Node.js in a unit test, and the bindings around a bundle on SpiderMonkey.
const NOT_THE_AUTHORS = /(^|\/)(@caisson\/sdk|sdk\/js)\/src\/|^node:|\/sources\/initializer\.js$/;
// What SpiderMonkey calls a function without a name: where it stands, and a "<".
const NAMELESS = /^$|<$/;

/** The frames of a stack, without the SDK's own, unless there are no others. Each names a function, a file and a line. */
export function authored(stack) {
  const frames = [];
  for (const line of String(stack ?? "").split("\n")) {
    const found = FRAMES.map((frame) => frame.exec(line)).find((match) => match !== null);
    if (found !== undefined) {
      const name = NAMELESS.test(found[1] ?? "") ? "<anonymous>" : found[1];
      frames.push(located(name, found[2], Number(found[3])));
    }
  }
  const own = frames.filter((frame) => !frame.sdk);
  return (own.length > 0 ? own : frames).map((frame) => `    at ${frame.name} (${frame.file}:${frame.line})`);
}

function located(name, file, line) {
  // `caisson build` leaves for each line of the bundle, from 0, the index of a source and the line there, from 1; -1 for none.
  const origins = globalThis.caissonOrigins;
  const source = origins?.lines[2 * (line - 1)] ?? -1;
  if (source >= 0) {
    file = origins.sources[source];
    line = origins.lines[2 * (line - 1) + 1];
  }
  const sdk = NOT_THE_AUTHORS.test(file);
  return { name, file, line, sdk };
}
