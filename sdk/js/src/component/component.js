/**
 * What the component exports: the manifest, and what stands behind the other interfaces of `wit/`.
 *
 * The entry that `caisson build` writes imports the author's module and exports these.
 */

import { readOffsetChanges } from "../batch.js";
import { Chain as Stages, Gate } from "../chain.js";
import { install } from "../host.js";
import { exportedPlugins, find } from "../plugin.js";
import { RunningSink, RunningSource, startConnector, taskConfigs } from "../tasks.js";
import { console } from "./console.js";
import * as given from "./crossing.js";
import { Imports, crossing, told } from "./imports.js";

install(new Imports());
globalThis.console = console;

export const manifest = {
  plugins() {
    const { plugins, version } = exportedPlugins();
    return plugins.map((plugin) => described(plugin, version));
  },

  validate(className, kind, config) {
    const plugin = exportedPlugins().plugins.find((each) => each.kind === kind && each.isNamed(className));
    return plugin === undefined ? [] : findings(plugin, Object.fromEntries(config));
  },
};

function described(plugin, version) {
  const keys = [...plugin.config];
  const capabilities = [...plugin.capabilities];
  if (keys.some((key) => key.check !== null) && !capabilities.includes("validate")) {
    capabilities.push("validate");
  }
  return {
    class: plugin.fullName(),
    aliases: [...plugin.aliases],
    kind: plugin.kind,
    version: plugin.version ?? version,
    documentation: plugin.documentation,
    config: keys.map(describedKey),
    resources: keys.filter((key) => key.access !== null).map((key) => ({ key: key.name, access: key.access })),
    capabilities,
  };
}

function describedKey(key) {
  return {
    name: key.name,
    type: key.type,
    default: key.defaultText,
    required: key.required,
    validators: key.validators.flatMap((validator) => validator.data),
    importance: key.importance,
    documentation: key.documentation,
    group: key.group,
    orderInGroup: key.order,
    width: key.width,
    displayName: key.displayName,
    dependents: [...key.dependents],
    recommended: [...key.recommended],
    options: key.classes.map((name) => ["class", name]),
  };
}

function findings(plugin, originals) {
  const errors = new Map();
  const add = (name, message) => errors.set(name, [...(errors.get(name) ?? []), message]);
  for (const key of plugin.config) {
    if (key.check !== null) {
      try {
        key.parse(originals[key.name]);
      } catch (error) {
        add(key.name, error.message);
      }
    }
  }
  for (const [name, message] of Object.entries(plugin.validate(originals))) {
    add(name, message);
  }
  return [...errors].map(([name, messages]) => ({ name, errors: messages, recommended: [], visible: true }));
}

/** The resource `connector` of one kind. */
function connectorOf(kind) {
  return class Connector {
    static start(className, config) {
      return told(() => {
        const made = new this();
        made.connector = startConnector(kind, className, Object.fromEntries(config));
        return made;
      });
    }

    taskConfigs(maxTasks) {
      return told(() => taskConfigs(this.connector, maxTasks).map((config) => Object.entries(config)));
    }

    stop() {
      told(() => this.connector.stop());
    }
  };
}

function alterOffsetsOf(kind) {
  return (className, config, offsets) =>
    told(() => find(kind, className).alterOffsets(Object.fromEntries(config), readOffsetChanges(given.bytes(offsets))));
}

export const sourceConnector = {
  Connector: connectorOf("source"),
  alterOffsets: alterOffsetsOf("source"),

  exactlyOnceSupport(className, config) {
    return told(() => {
      const support = find("source", className).exactlyOnceSupport(Object.fromEntries(config));
      return support === null ? null : support ? "supported" : "unsupported";
    });
  },

  canDefineTransactionBoundaries(className, config) {
    return told(() => find("source", className).canDefineTransactionBoundaries(Object.fromEntries(config)));
  },
};

export const sinkConnector = { Connector: connectorOf("sink"), alterOffsets: alterOffsetsOf("sink") };

export const sourceTask = {
  Task: class Task {
    static start(className, config) {
      return told(() => {
        const made = new this();
        made.running = new RunningSource(className, Object.fromEntries(config));
        return made;
      });
    }

    poll() {
      return told(() => this.running.poll());
    }

    commitRecords(records) {
      told(() => this.running.commitRecords(given.settled(records)));
    }

    commit() {
      told(() => this.running.commit());
    }

    stop() {
      told(() => this.running.stop());
    }
  },
};

export const sinkTask = {
  Task: class Task {
    static start(className, config) {
      return told(() => {
        const made = new this();
        made.running = new RunningSink(className, Object.fromEntries(config));
        return made;
      });
    }

    open(partitions) {
      told(() => this.running.open(partitions));
    }

    put(batch) {
      told(() => this.running.put(given.bytes(batch)));
    }

    preCommit(offsets) {
      return told(() => this.running.preCommit(given.offsets(offsets)));
    }

    close(partitions) {
      told(() => this.running.close(partitions));
    }

    stop() {
      told(() => this.running.stop());
    }
  },
};

function specOf(named) {
  return { ...named, config: Object.fromEntries(named.config), predicate: named.predicate ? specOf(named.predicate) : null };
}

class Chain {
  static open(stages) {
    return told(() => {
      const made = new Chain();
      made.chain = new Stages(stages.map(specOf));
      return made;
    });
  }

  apply(batch) {
    return told(() => {
      const outcome = this.chain.apply(given.bytes(batch));
      const failed = outcome.failed.map(({ id, stage, error }) => ({ id, stage, error: crossing(error) }));
      return { batch: outcome.batch, dropped: outcome.dropped, failed };
    });
  }
}

class Test {
  static open(predicate) {
    return told(() => {
      const made = new Test();
      made.gate = new Gate(specOf(predicate));
      return made;
    });
  }

  apply(batch) {
    return told(() => this.gate.apply(given.bytes(batch)));
  }
}

export const stages = { Chain, Test };
