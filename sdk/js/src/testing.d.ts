/** Unit tests of plugins, without WebAssembly and without a worker. */

import type {
  OffsetMap,
  SinkConnector,
  SinkTask,
  SourceConnector,
  SourceTask,
  TopicPartition,
  TopicPartitionOffset,
} from "./index.js";
import type { Response } from "./http.js";

export { toPlain } from "./index.js";

/** A host that keeps what plugins ask of it. Files are those of this machine. */
export class Host {
  lines: { level: string; target: string; message: string }[];
  reconfigurations: number;
  raised: string[];
  rewinds: TopicPartitionOffset[];
  retryAfter: number | null;
  partitions: TopicPartition[];
  paused: TopicPartition[];
  commitRequests: number;
  reporter: boolean;
  reported: { id: number; message: string }[];
  transactions: boolean;
  boundaries: { how: "commit" | "abort"; after: number | null }[];
  /** As if a task had got that far. */
  storeOffset(partition: OffsetMap, offset: OffsetMap): void;
  /** Answers a request of `@caisson/sdk/http`: by Node.js's own client, unless a test puts an answer of its own in place of this. */
  exchange(request: {
    method: string;
    scheme: "http" | "https";
    authority: string;
    path: string;
    headers: [string, string][];
    body: Uint8Array;
    timeoutMs: number | null;
    most: number;
  }): Response;
}

/** A new host for the plugins of this process; the old one is forgotten. */
export function newHost(): Host;

/** A transformation or predicate, configured. ConfigError as a worker gives it. */
export function configured<P>(plugin: new () => P, settings?: { [name: string]: string }): P;

/** A task of that connector, started with its first task configuration. */
export function started(connector: typeof SourceConnector, settings?: { [name: string]: string }): SourceTask;
export function started(connector: typeof SinkConnector, settings?: { [name: string]: string }): SinkTask;
