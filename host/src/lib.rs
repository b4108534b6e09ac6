//! Caisson.
