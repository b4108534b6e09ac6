// The bindings that componentize-js 0.23 writes between the engine and the component's interfaces.

import { splicer } from "./node_modules/@bytecodealliance/componentize-js/lib/spidermonkey-embedding-splicer.js";

const INTERFACES = /^ *__iface = getInterfaceExport\(\$source_mod, '(\w+)', '[^']+'\);$/;
const RESOURCE = /^ *(\w+) = __iface\.\1;$/;
const FUNCTION = /^async function export_([A-Za-z]+)_/;
const DECLARED = /^( *let )(.*);$/;

/**
 * Gives the class of every exported resource a variable of its own. The tool names the variable after the resource alone, so that the
 * connectors and tasks of sources and those of sinks would share one, which no engine takes.
 */
export function apart(bindings) {
  const lines = bindings.split("\n");
  const resources = resourcesOf(lines);
  let own = null;
  const renamed = lines.map((line) => {
    own = FUNCTION.exec(line)?.[1] ?? INTERFACES.exec(line)?.[1] ?? own;
    const names = resources.get(own) ?? [];
    return names.reduce((text, name) => text.replace(used(name), `${own}$${name}`), line);
  });
  const all = [...resources].flatMap(([owner, names]) => names.map((name) => `${owner}$${name}`));
  const shared = new Set([...resources.values()].flat());
  const declared = renamed.map((line) => line.replace(DECLARED, (_, head, names) => declaration(head, names, shared)));
  return all.length === 0 ? bindings : `let ${all.join(", ")};\n${declared.join("\n")}`;
}

/** The resources of each exported interface, by the interface's name in JavaScript. */
function resourcesOf(lines) {
  const resources = new Map();
  let own = null;
  for (const line of lines) {
    own = INTERFACES.exec(line)?.[1] ?? own;
    const name = own === null ? undefined : RESOURCE.exec(line)?.[1];
    if (name !== undefined) {
      resources.set(own, [...(resources.get(own) ?? []), name]);
    }
  }
  return resources;
}

/** The variable where its value is used or set: no member, text or declaration of that name. */
function used(name) {
  return new RegExp(`(?<![\\w$.'"\\\\])${name}(?=\\.|\\)| = __iface|, ')`, "g");
}

/** The rest of a declaration without those names; nothing when nothing is left. */
function declaration(head, names, without) {
  const left = names.split(", ").filter((name) => !without.has(name));
  return left.length === 0 ? "" : `${head}${left.join(", ")};`;
}

const splice = splicer.spliceBindings;
splicer.spliceBindings = (...given) => {
  const made = splice(...given);
  return { ...made, jsBindings: apart(made.jsBindings) };
};
