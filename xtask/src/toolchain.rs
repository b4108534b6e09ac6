//! Which compiler builds the guests.
//!
//! With rustup's own wasm target the compiler in use does. Where rustup can fetch no target, Debian's `rustc-web` compiles its
//! own standard library (`rust-web-src`); its version differs from rustup's, so the two never mix.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::process;

/// The target every guest is built for.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// Every host that runs components has these instructions; texts are checked and copied faster with them.
const GUEST_FLAGS: &str = "-Ctarget-feature=+simd128";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

/// How to call cargo for a guest.
pub enum Toolchain {
    /// The compiler in use has the target's standard library.
    Installed,
    /// Debian's compiler, which builds the standard library; linked by the `rust-lld` of the compiler in use.
    Debian {
        /// Path of `rust-lld`.
        linker: PathBuf,
    },
}

impl Toolchain {
    /// Finds a compiler, and installs one if there is none.
    pub fn find() -> anyhow::Result<Self> {
        let sysroot = PathBuf::from(process::output(Command::new("rustc").args(["--print", "sysroot"]))?);
        if has_target(&sysroot) {
            return Ok(Self::Installed);
        }
        if !debian_ready() {
            let added = process::exists("rustup") && process::run(Command::new("rustup").args(["target", "add", TARGET])).is_ok();
            if added && has_target(&sysroot) {
                return Ok(Self::Installed);
            }
            process::apt_install(&DEBIAN_PACKAGES).context(
                "no Rust compiler for WebAssembly: rustup could not add the target wasm32-unknown-unknown, and Debian's rustc-web \
                 and rust-web-src could not be installed; do either by hand",
            )?;
        }
        if !debian_ready() {
            bail!(
                "the packages rustc-web and rust-web-src are installed, but {DEBIAN_RUSTC} has no library source to build from"
            );
        }
        let linker = sysroot.join("lib/rustlib").join(host(&sysroot)?).join("bin/rust-lld");
        if !linker.is_file() {
            bail!("the linker {} is missing; install Rust by rustup", linker.display());
        }
        Ok(Self::Debian { linker })
    }

    /// Sets up `cargo` (a `cargo build` without a target yet) for this compiler.
    pub fn apply(&self, cargo: &mut Command) {
        cargo.args(["--target", TARGET]);
        // Of the target alone: the compiler's own programs, which are built along, stay as they are.
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", GUEST_FLAGS);
        if let Self::Debian { linker } = self {
            cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
            cargo.arg("-Zbuild-std=std,panic_abort");
        }
    }
}

fn has_target(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir()
}

fn debian_ready() -> bool {
    let Ok(sysroot) = process::output(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"])) else { return false };
    Path::new(&sysroot).join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file()
}

/// The host triple, which names the folder of the toolchain's own programs.
fn host(sysroot: &Path) -> anyhow::Result<String> {
    let about = process::output(Command::new(sysroot.join("bin/rustc")).arg("-vV"))?;
    let line = about.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.context("`rustc -vV` names no host")?.to_owned())
}
