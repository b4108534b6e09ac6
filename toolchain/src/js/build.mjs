// Bundles a project's module with the SDK, and makes a component of the bundle. Called by `caisson build` with one argument, JSON:
// folder (the project's), module, work (a folder for what is made on the way), wit, world, component (where it is left). The engine that
// runs the bundle is that of the `engine.mjs` beside this file.

import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";
import * as esbuild from "esbuild";

import { componentOf, plugins } from "./engine.mjs";

const HERE = path.dirname(fileURLToPath(import.meta.url));
// On the bundle's first line, in whose place the origins of all lines are put: no line moves.
const PLACE = "globalThis.caissonOrigins=0;";

/** Bundles, and returns the source, its map, and the interfaces that it imports. */
async function bundle({ folder, module }) {
  const author = path.resolve(folder, module);
  // The project's SDK, whatever the path that it is installed at.
  const sdk = createRequire(path.join(folder, "package.json")).resolve("@caisson/sdk/component");
  const lines = [path.join(HERE, "globals.js"), sdk, author].map((file) => `import ${JSON.stringify(file)};`);
  lines.push(`export * from ${JSON.stringify(sdk)};`);
  const made = await esbuild.build({
    stdin: { contents: lines.join("\n"), resolveDir: folder, sourcefile: "entry.js" },
    absWorkingDir: folder,
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["caisson", "import", "module"],
    external: ["caisson:*", "wasi:*"],
    plugins,
    banner: { js: PLACE },
    // A plugin's name may be that of its class.
    keepNames: true,
    sourcemap: "external",
    metafile: true,
    outfile: "plugin.js",
    write: false,
    logLevel: "silent",
  });
  const text = (suffix) => made.outputFiles.find((file) => file.path.endsWith(suffix)).text;
  const imported = made.metafile.outputs["plugin.js"].imports.filter((each) => each.external).map((each) => each.path);
  const interfaces = [...new Set(imported)];
  return { source: text("plugin.js"), map: new TraceMap(text("plugin.js.map")), interfaces };
}

/** For each line of the bundle the index of its source and the line there, one behind the other; -1 for none. */
function originsOf(source, map) {
  const lines = [];
  const count = source.split("\n").length;
  for (let line = 1; line <= count; line++) {
    // The first thing on the line that comes from somewhere.
    const found = originalPositionFor(map, { line, column: 0, bias: 1 });
    lines.push(found.source === null ? -1 : map.sources.indexOf(found.source), found.line ?? 0);
  }
  return { sources: map.sources, lines };
}

/** The engine's complaint, with the author's files and lines in place of the bundle's. */
function located(message, origins) {
  return message.replace(/[^\s()@]*plugin\.js:(\d+)(?::\d+)?/g, (frame, line) => {
    const source = origins.lines[2 * (line - 1)] ?? -1;
    return source < 0 ? frame : `${origins.sources[source]}:${origins.lines[2 * (line - 1) + 1]}`;
  });
}

async function build(request) {
  const { source, map, interfaces } = await bundle(request);
  const origins = originsOf(source, map);
  const placed = source.replace(PLACE, () => `globalThis.caissonOrigins=${JSON.stringify(origins)};`);
  const file = path.join(request.work, "plugin.js");
  await writeFile(file, placed);
  try {
    await writeFile(request.component, await componentOf({ ...request, file, interfaces }));
  } catch (error) {
    throw new Error(located(error.message, origins));
  }
}

try {
  await build(JSON.parse(process.argv[2]));
} catch (error) {
  // esbuild's complaints name file, line and column.
  const told = error.errors?.length
    ? (await esbuild.formatMessages(error.errors, { kind: "error", color: false })).join("\n")
    : error.message;
  console.error(told);
  process.exitCode = 1;
}
