// What QuickJS lacks of the platform that authors and their packages expect. Bundled before everything else.

import { TextDecoder, TextEncoder } from "@exodus/bytes/encoding-lite.js";

globalThis.TextDecoder ??= TextDecoder;
globalThis.TextEncoder ??= TextEncoder;
