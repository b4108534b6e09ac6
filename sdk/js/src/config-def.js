/**
 * What a plugin's configuration may hold: Kafka's `ConfigDef`.
 *
 * The worker makes every check that is data before a plugin is started; they are made here again, so that a unit test meets them.
 */

import { ConfigError } from "./errors.js";

const names = (...words) => Object.freeze(Object.fromEntries(words.map((word) => [word, word])));

/** The types of a key's value; in JavaScript a boolean, string, number, bigint (LONG), or an array of strings (LIST). */
export const Type = names("BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD");

/** How much a key matters to users. */
export const Importance = names("HIGH", "MEDIUM", "LOW");

/** How wide a form shows the key. */
export const Width = names("NONE", "SHORT", "MEDIUM", "LONG");

/** What a key names outside the sandbox: exactly what it names is granted. */
export const Access = Object.freeze({
  FILE_READ: "file-read",
  FILE_WRITE: "file-write",
  DIRECTORY_READ: "directory-read",
  DIRECTORY_WRITE: "directory-write",
  URL: "url",
  ADDRESS: "address",
});

// A validator is { data, check }: what the worker is told, and a function that says what is wrong, or null.

/** At least that number. */
export function atLeast(number) {
  return {
    data: [["range-min", String(number)]],
    check: (value) => (value === null ? "Value must be non-null" : value < number ? `Value must be at least ${number}` : null),
  };
}

/** At most that number. */
export function atMost(number) {
  return {
    data: [["range-max", String(number)]],
    check: (value) =>
      value === null ? "Value must be non-null" : value > number ? `Value must be no more than ${number}` : null,
  };
}

/** One of these texts; of a list, every item is one of them. */
export function oneOf(...words) {
  const told = `String must be one of: ${words.join(", ")}`;
  return {
    data: words.map((word) => ["one-of", word]),
    check: (value) => ((Array.isArray(value) ? value : [value]).every((item) => words.includes(item)) ? null : told),
  };
}

/** One of these texts, in any case. */
export function oneOfIgnoringCase(...words) {
  const lower = words.map((word) => word.toLowerCase());
  const told = `String must be one of (case insensitive): ${words.join(", ").toUpperCase()}`;
  return {
    data: words.map((word) => ["one-of-ignoring-case", word]),
    check: (value) => (value !== null && lower.includes(value.toLowerCase()) ? null : told),
  };
}

/** Not null. */
export const NON_NULL = { data: [["non-null", ""]], check: (value) => (value === null ? "entry must be non null" : null) };
/** Not the empty text. */
export const NON_EMPTY = {
  data: [["non-empty", ""]],
  check: (value) => (value?.length === 0 ? "String must be non-empty" : null),
};
/** A list of at least one item. */
export const NON_EMPTY_LIST = { data: [["non-empty-list", ""]], check: (value) => (value?.length > 0 ? null : "Empty list") };
/** A regular expression; the worker checks it as Java does. */
export const REGEX = { data: [["regex", ""]], check: () => null };

const BITS = { SHORT: 16, INT: 32, LONG: 64 };
const WHOLE = /^[+-]?\d+$/;
const BROKEN = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?$/;
// What Java's String.trim takes away: all up to the space.
// biome-ignore lint: control characters are meant.
const TRIMMED = /^[\0- ]+|[\0- ]+$/g;

/** Text as a value of a type. ConfigError in Kafka's words when it is none. */
export function parseType(name, text, type) {
  const trimmed = text.replace(TRIMMED, "");
  if (type === Type.BOOLEAN) {
    const lower = trimmed.toLowerCase();
    if (lower !== "true" && lower !== "false") {
      throw ConfigError.invalid(name, text, "Expected value to be either true or false");
    }
    return lower === "true";
  }
  if (type === Type.LIST) {
    return trimmed === "" ? [] : trimmed.split(",").map((item) => item.trim());
  }
  if (type === Type.DOUBLE) {
    return parseDouble(name, text, trimmed);
  }
  return BITS[type] === undefined ? trimmed : parseWhole(name, text, trimmed, type);
}

function parseDouble(name, text, trimmed) {
  if (!BROKEN.test(trimmed)) {
    throw ConfigError.invalid(name, text, "Not a number of type DOUBLE");
  }
  return parseFloat(trimmed);
}

function parseWhole(name, text, trimmed, type) {
  const number = WHOLE.test(trimmed) ? BigInt(trimmed.replace("+", "")) : null;
  if (number === null || BigInt.asIntN(BITS[type], number) !== number) {
    throw ConfigError.invalid(name, text, `Not a number of type ${type}`);
  }
  return type === Type.LONG ? number : Number(number);
}

const OPTIONAL = Object.freeze({
  importance: Importance.HIGH,
  validators: [],
  access: null,
  check: null,
  group: null,
  order: -1,
  width: Width.NONE,
  displayName: null,
  dependents: [],
  recommended: [],
  classes: [],
});
const MEMBERS = ["type", "documentation", "default", ...Object.keys(OPTIONAL)];

/** A key: see `ConfigKeySpec` in index.d.ts for what each member says. */
export class ConfigKey {
  constructor(name, spec) {
    for (const member of Object.keys(spec)) {
      if (!MEMBERS.includes(member)) {
        throw new ConfigError(`the configuration key ${name} has no member ${member}; it may have ${MEMBERS.join(", ")}`);
      }
    }
    if (!Object.hasOwn(Type, spec.type) || typeof spec.documentation !== "string") {
      throw new ConfigError(
        `the configuration key ${name} needs a type, one of ${Object.keys(Type).join(", ")}, and documentation`,
      );
    }
    Object.assign(this, OPTIONAL, spec, { name, default: spec.default ?? null, required: spec.default === undefined });
    this.displayName ??= name;
  }

  /** The default as a user would write it; null for none. */
  get defaultText() {
    return this.default === null ? null : String(this.default);
  }

  /** The value of the text, or of the default. ConfigError when it is not of the type or a check fails. */
  parse(text) {
    if (text === undefined && this.required) {
      throw new ConfigError(`Missing required configuration "${this.name}" which has no default value.`);
    }
    const written = text ?? this.defaultText;
    const value = written === null ? null : parseType(this.name, written, this.type);
    for (const check of [...this.validators.map((validator) => validator.check), this.check]) {
      const told = check?.(value) ?? null;
      if (told !== null) {
        throw ConfigError.invalid(this.name, written, told);
      }
    }
    return value;
  }
}

/** The keys of a plugin, by their names, in the order they are shown. */
export class ConfigDef {
  constructor(keys = {}) {
    this.keys = new Map(Object.entries(keys).map(([name, spec]) => [name, new ConfigKey(name, spec)]));
  }

  [Symbol.iterator]() {
    return this.keys.values();
  }

  /** What a user set, parsed. ConfigError for the first mistake in the order of the keys. */
  parse(originals) {
    const values = new Map();
    for (const key of this) {
      values.set(key.name, key.parse(Object.hasOwn(originals, key.name) ? originals[key.name] : undefined));
    }
    return new Config(values, originals);
  }
}

/** What a user set: `get(key)` is the parsed value of a key of the definition, or its default. */
export class Config {
  constructor(values, originals) {
    this.values = values;
    /** Every key as the user wrote it. */
    this.originals = { ...originals };
  }

  /** The parsed value. ConfigError for a key that the definition does not have. */
  get(name) {
    if (!this.values.has(name)) {
      throw new ConfigError(`Unknown configuration '${name}'`);
    }
    return this.values.get(name);
  }

  /** Every key that starts with the prefix, without it, as the user wrote it. */
  originalsWithPrefix(prefix) {
    const found = Object.entries(this.originals).filter(([name]) => name.startsWith(prefix));
    return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
  }
}
