// QuickJS, by componentize-qjs.

import { readFile } from "node:fs/promises";

import { componentize } from "componentize-qjs";

/** What the bundler needs beyond what it does for every engine. */
export const plugins = [];

/** The component's bytes. `file`: the bundle; `wit`, `world`: what it exports and may import. */
export async function componentOf({ file, wit, world }) {
  const { component } = await componentize({
    witPath: wit,
    world,
    jsSource: await readFile(file, "utf8"),
    jsPath: file,
    sync: true,
  });
  return component;
}
