/* A component without plugins, for tests that need none. */
#include "caisson.h"
const caisson_component caisson_exported = {"0", 0, 0};
