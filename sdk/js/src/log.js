/** The worker's log. Lines carry connector and task without the plugin's doing. In a component `console` writes there too. */

import { imports } from "./host.js";

/** A line of that level: `error`, `warn`, `info`, `debug` or `trace`. */
export function log(level, message, target = "plugin") {
  imports().log(level, target, String(message));
}

/** Whether a line of that level would be kept: ask before building an expensive message. */
export function enabled(level) {
  return imports().logEnabled(level);
}

/** Something failed. */
export function error(message) {
  log("error", message);
}

/** Something may go wrong. */
export function warn(message) {
  log("warn", message);
}

/** Something an operator wants to know. */
export function info(message) {
  log("info", message);
}

/** Something a developer wants to know. */
export function debug(message) {
  log("debug", message);
}
