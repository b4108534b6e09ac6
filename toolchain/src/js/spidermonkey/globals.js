// What the engine has by name alone. Bundled before everything else, so that who asks whether it is there is told that it is not.

// Its client is left out of the component: a call would be the end of the instance.
delete globalThis.fetch;
