//! Writing to the output streams of WASI.

use std::io;

use wasip2::io::streams::{OutputStream, StreamError};

/// What is wrong with a stream.
pub(crate) fn failed(stream: StreamError) -> io::Error {
    match stream {
        StreamError::Closed => io::Error::new(io::ErrorKind::BrokenPipe, "the stream was closed"),
        StreamError::LastOperationFailed(cause) => io::Error::other(cause.to_debug_string()),
    }
}

/// Writes all of it, and waits until the host has passed it on.
pub(crate) fn write_all(stream: &OutputStream, bytes: &[u8]) -> io::Result<()> {
    begin_write(stream, bytes)?;
    end_write(stream)
}

/// Writes as much as the stream admits at a time, and leaves the last of it to the host.
pub(crate) fn begin_write(stream: &OutputStream, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let room = usize::try_from(room(stream)?).unwrap_or(usize::MAX);
        let (now, later) = rest.split_at(room.min(rest.len()));
        stream.write(now).map_err(failed)?;
        rest = later;
    }
    Ok(())
}

/// Waits until the host has passed on what was written.
pub(crate) fn end_write(stream: &OutputStream) -> io::Result<()> {
    stream.flush().map_err(failed)?;
    room(stream).map(|_| ())
}

/// How many bytes the stream takes; waits until it takes some.
fn room(stream: &OutputStream) -> io::Result<u64> {
    loop {
        match stream.check_write().map_err(failed)? {
            0 => stream.subscribe().block(),
            room => return Ok(room),
        }
    }
}
