//! Where `getrandom` gets its bytes from in a component, which has no random numbers unless it is granted some.

/// The hash tables of the validator ask once for seeds. As those of Rust's standard library in this target they get fixed ones: a
/// record made to have many keys of one hash costs its own fuel, no more.
///
/// # Safety
///
/// `place` has to be `length` bytes that may be written, as `getrandom` has it.
#[allow(unsafe_code, reason = "getrandom asks for a symbol of this name and type")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(place: *mut u8, length: usize) -> Result<(), getrandom_03::Error> {
    // SAFETY: the caller's promise.
    unsafe { std::ptr::write_bytes(place, 0x5e, length) };
    Ok(())
}
