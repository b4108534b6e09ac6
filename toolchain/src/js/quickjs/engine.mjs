// QuickJS, by componentize-qjs.

import { readFile } from "node:fs/promises";

import { componentize } from "componentize-qjs";

/** What the bundler needs beyond what it does for every engine. */
export const plugins = [];

/** The component's bytes. `file`: the bundle, `interfaces`: those that it imports; `wit`, `world`: what it exports and may import. */
export async function componentOf({ file, interfaces, wit, world }) {
  if (interfaces.some((name) => name.startsWith("wasi:http/"))) {
    throw new Error('@caisson/sdk/http needs the setting "engine": "spidermonkey" in caisson.json: componentize-qjs takes no wasi:http');
  }
  const { component } = await componentize({
    witPath: wit,
    world,
    jsSource: await readFile(file, "utf8"),
    jsPath: file,
    sync: true,
  });
  return component;
}
