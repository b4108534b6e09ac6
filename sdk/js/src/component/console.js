/** `console`, in place of what an engine has or lacks: its lines go to the worker's log. */

import { log } from "../log.js";
import { shown } from "../shown.js";

const line =
  (level) =>
  (...parts) => {
    const told = parts.map((part) =>
      typeof part === "string" ? part : part instanceof Error ? `${part}\n${part.stack}` : shown(part),
    );
    log(level, told.join(" "), "console");
  };

export const console = {
  error: line("error"),
  warn: line("warn"),
  info: line("info"),
  log: line("info"),
  debug: line("debug"),
  trace: line("trace"),
};
