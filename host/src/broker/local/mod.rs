//! The local log: topics on the disk of this process, for a worker without `bootstrap.servers`.
