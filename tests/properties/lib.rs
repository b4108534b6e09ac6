//! What holds for any record: see the tests of this package.
