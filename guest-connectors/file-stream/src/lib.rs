//! file-stream
