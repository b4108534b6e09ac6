/** The host that plugins see: the worker's imports in a component, a stand-in (`@caisson/sdk/testing`) in a unit test. */

let installed = null;

/** The host of this process. */
export function imports() {
  if (installed === null) {
    throw new Error("there is no worker here: a unit test imports @caisson/sdk/testing, which stands in for it");
  }
  return installed;
}

/** Puts a host in place: the component's glue, or a test. */
export function install(host) {
  installed = host;
}
