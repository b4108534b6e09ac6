/**
 * Caisson's SDK for JavaScript and TypeScript: Kafka Connect plugins as WebAssembly components.
 *
 * A plugin is a class derived from one of the kinds; `exportPlugins` names those of a component:
 *
 *     class UpperCase extends Transformation {
 *       static className = "com.example.UpperCase";
 *       static documentation = "Writes one field in capitals.";
 *       static config = new ConfigDef({ field: { type: "STRING", documentation: "The field to write in capitals." } });
 *
 *       configure(config) {
 *         this.field = config.get("field");
 *       }
 *
 *       apply(record) {
 *         const text = record.value?.get?.(this.field);
 *         if (typeof text === "string") {
 *           record.value.set(this.field, text.toUpperCase());
 *         }
 *         return record;
 *       }
 *     }
 *
 *     exportPlugins([UpperCase], { version: "1.0.0" });
 */

export * as files from "./files.js";
export * as log from "./log.js";
export * as schema from "./schema.js";
export {
  Access,
  Config,
  ConfigDef,
  ConfigKey,
  Importance,
  NON_EMPTY,
  NON_EMPTY_LIST,
  NON_NULL,
  REGEX,
  Type,
  Width,
  atLeast,
  atMost,
  oneOf,
  oneOfIgnoringCase,
} from "./config-def.js";
export { SinkContext, SourceContext } from "./context.js";
export { Decimal } from "./decimal.js";
export { ConfigError, ConnectError, DataError, RetriableError, SchemaBuilderError } from "./errors.js";
export {
  Converter,
  HeaderConverter,
  Predicate,
  SinkConnector,
  SinkTask,
  SourceConnector,
  SourceRecord,
  SourceTask,
  Transformation,
  exportPlugins,
} from "./plugin.js";
export { Header, Record } from "./record.js";
export { Schema } from "./schema.js";
export { toPlain } from "./shown.js";
export { Struct } from "./struct.js";
export { BigInteger, Float32, Int16, Int32, Int8, Typed } from "./values.js";
