/** `@caisson/sdk/http` in a component: requests go through `wasi:http`, which no component imports whose author does not import this. */

import { imports } from "../host.js";
import { exchange } from "./wasi-http.js";

Object.assign(imports(), { exchange });

export * from "../http.js";
