/** Files by `wasi:filesystem`: below the folders that the worker opened for this plugin. */

import preopens from "wasi:filesystem/preopens@0.2.12";

import { ConnectError } from "../errors.js";
import { bytes, joined } from "./crossing.js";

// What one call is asked for at most: a file is not held twice in memory for long.
const CHUNK = 1 << 20;

/** Makes a call; its refusal is told with the path. */
function asked(doing, path, call) {
  try {
    return call();
  } catch (error) {
    throw new ConnectError(`${doing} ${path} failed: ${error.message ?? error}`, { cause: error });
  }
}

/** The folder of those that the path is below, and the rest of the path. */
function located(path, folders) {
  let best = null;
  for (const [folder, name] of folders) {
    const base = name.endsWith("/") ? name : `${name}/`;
    const relative = name === "." && !path.startsWith("/");
    const below = relative ? path : path === name ? "." : path.startsWith(base) ? path.slice(base.length) : null;
    if (below !== null && (best === null || name.length > best.name.length)) {
      best = { folder, name, below };
    }
  }
  if (best === null) {
    throw new ConnectError(`${path} is below no folder that this plugin was granted`);
  }
  return best;
}

/** Opens a file, makes a call with it, and closes it. */
function withFile(doing, path, openFlags, flags, call) {
  const folders = preopens.getDirectories();
  try {
    const { folder, below } = located(path, folders);
    return asked(doing, path, () => {
      const file = folder.openAt({ symlinkFollow: true }, below, openFlags, flags);
      try {
        return call(file);
      } finally {
        file[Symbol.dispose]();
      }
    });
  } finally {
    // A handle that is left to the engine's collector may stay for the instance's life.
    folders.forEach(([folder]) => folder[Symbol.dispose]());
  }
}

/** At most `length` bytes from `position` on. */
export function readFile(path, position, length) {
  return withFile("reading", path, {}, { read: true }, (file) => {
    const chunks = [];
    let size = 0;
    while (size < length) {
      const [chunk, atEnd] = file.read(Math.min(CHUNK, length - size), position + size);
      const piece = bytes(chunk);
      chunks.push(piece);
      size += piece.length;
      if (atEnd || piece.length === 0) {
        break;
      }
    }
    return joined(chunks, size);
  });
}

/** Writes bytes behind what is there, or in its place. */
export function writeFile(path, content, replaces) {
  withFile("writing", path, { create: true, truncate: replaces }, { write: true }, (file) => {
    let position = replaces ? 0 : Number(file.stat().size);
    let rest = content;
    while (rest.length > 0) {
      const written = Number(file.write(rest.subarray(0, CHUNK), position));
      position += written;
      rest = rest.subarray(written);
    }
    file.sync();
  });
}

/** The names in a folder. */
export function listFolder(path) {
  return withFile("listing", path, { directory: true }, { read: true }, (folder) => {
    const names = [];
    const entries = folder.readDirectory();
    for (let entry = entries.readDirectoryEntry(); entry; entry = entries.readDirectoryEntry()) {
      names.push(entry.name);
    }
    entries[Symbol.dispose]();
    return names;
  });
}
