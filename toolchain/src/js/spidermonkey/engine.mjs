// SpiderMonkey, by componentize-js.

import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";

import { componentize } from "@bytecodealliance/componentize-js";

import "./bindings.mjs";
import "./memory.mjs";

const INTERFACE = /^(caisson|wasi):/;
const OWN_PACKAGE = /^caisson:connect\/([\w-]+)@.*$/;
const WORLD = "bundle";
// The engine's own client and server of HTTP; all else of its platform is what the language promises, such as the time.
const WITHOUT = ["http", "fetch-event"];
// What the author's module threw, among what the tool says of itself.
const THROWN = /Exception while evaluating top-level script\n([\s\S]*?)(?=\nAdditionally,|$)/;

/** The SDK imports an interface whole; this engine has its functions one by one. */
const wholeInterfaces = {
  name: "whole interfaces",
  setup(build) {
    build.onResolve({ filter: INTERFACE }, ({ path, namespace }) =>
      namespace === "interface" ? { path, external: true } : { path, namespace: "interface" },
    );
    build.onLoad({ filter: INTERFACE, namespace: "interface" }, ({ path }) => ({
      contents: `import * as all from ${JSON.stringify(path)};\nexport default all;`,
    }));
  },
};

export const plugins = [wholeInterfaces];

/** The component's bytes. `file`: the bundle; `interfaces`: those that it imports; `wit`: the contract, and what else may be imported. */
export async function componentOf({ file, interfaces, wit }) {
  await writeFile(path.join(wit, `${WORLD}.wit`), worldOf(interfaces));
  try {
    const { component } = await componentize(await readFile(file, "utf8"), {
      sourceName: path.basename(file),
      witPath: wit,
      worldName: WORLD,
      disableFeatures: WITHOUT,
    });
    return component;
  } catch (error) {
    throw THROWN.test(error.message) ? new Error(THROWN.exec(error.message)[1]) : error;
  }
}

/** Each import costs the component code for all of the interface, whether it is used or not: these are the bundle's and no others. */
function worldOf(interfaces) {
  const imports = interfaces.map((name) => `  import ${name.replace(OWN_PACKAGE, "$1")};\n`);
  const exports = ["manifest", "source", "sink", "stages"].map((name) => `  include with-${name};\n`);
  return `world ${WORLD} {\n${imports.join("")}${exports.join("")}}\n`;
}
