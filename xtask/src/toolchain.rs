//! Which compiler builds the guests.
//!
//! With rustup's own wasm target the compiler in use does. Where rustup can fetch no target, Debian's `rustc-web` compiles its
//! own standard library (`rust-web-src`); its version differs from rustup's, so the two never mix.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::process;

/// The target every guest is built for.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// The other target that authors use: `std::fs`, `std::net` and clocks work in it, through WASI 0.2.
pub const WASI_TARGET: &str = "wasm32-wasip2";
/// Every host that runs components has these instructions; texts are checked and copied faster with them.
const GUEST_FLAGS: &str = "-Ctarget-feature=+simd128";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];
/// What Debian's compiler links a component for WASI with; rustup's target brings its own.
const WASI_LIBC: &str = "wasi-libc";
const WASI_LIBC_FOLDER: &str = "/usr/lib/wasm32-wasi";

/// How to call cargo for guests of one target.
pub struct Toolchain {
    target: &'static str,
    compiler: Compiler,
}

enum Compiler {
    /// The compiler in use has the target's standard library.
    Installed,
    /// Debian's compiler, which builds the standard library; linked by the linkers of the compiler in use, from this folder.
    Debian { linkers: PathBuf },
}

impl Toolchain {
    /// Finds a compiler for the target, and installs one if there is none.
    pub fn find(target: &'static str) -> anyhow::Result<Self> {
        let sysroot = PathBuf::from(process::output(Command::new("rustc").args(["--print", "sysroot"]))?);
        let installed = Self { target, compiler: Compiler::Installed };
        if has_target(&sysroot, target) {
            return Ok(installed);
        }
        if !debian_ready() {
            let added = process::exists("rustup") && process::run(Command::new("rustup").args(["target", "add", target])).is_ok();
            if added && has_target(&sysroot, target) {
                return Ok(installed);
            }
            process::apt_install(&DEBIAN_PACKAGES).with_context(|| {
                format!(
                    "no Rust compiler for WebAssembly: rustup could not add the target {target}, and Debian's rustc-web and \
                     rust-web-src could not be installed; do either by hand"
                )
            })?;
        }
        if !debian_ready() {
            bail!(
                "the packages rustc-web and rust-web-src are installed, but {DEBIAN_RUSTC} has no library source to build from"
            );
        }
        if target == WASI_TARGET && !Path::new(WASI_LIBC_FOLDER).is_dir() {
            process::apt_install(&[WASI_LIBC])?;
        }
        let linkers = sysroot.join("lib/rustlib").join(host(&sysroot)?).join("bin");
        if !linkers.join(linker(target)).is_file() {
            bail!("the linker {} is missing in {}; install Rust by rustup", linker(target), linkers.display());
        }
        Ok(Self { target, compiler: Compiler::Debian { linkers } })
    }

    /// Sets up `cargo` (a `cargo build` without a target yet) for this compiler.
    pub fn apply(&self, cargo: &mut Command) -> anyhow::Result<()> {
        cargo.args(["--target", self.target]);
        let mut flags = GUEST_FLAGS.to_owned();
        let named = self.target.to_uppercase().replace('-', "_");
        if let Compiler::Debian { linkers } = &self.compiler {
            cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
            cargo.env(format!("CARGO_TARGET_{named}_LINKER"), linkers.join(linker(self.target)));
            cargo.arg("-Zbuild-std=std,panic_abort");
            if self.target == WASI_TARGET {
                // wasm-component-ld calls wasm-ld, which it looks for on the path.
                cargo.env("PATH", path_with(&linkers.join("gcc-ld"))?);
                flags.push_str(&format!(" -Lnative={WASI_LIBC_FOLDER}"));
            }
        }
        // Of the target alone: the compiler's own programs, which are built along, stay as they are.
        cargo.env(format!("CARGO_TARGET_{named}_RUSTFLAGS"), flags);
        Ok(())
    }
}

/// The program of a Rust toolchain that links for the target; for WASI 0.2 it makes the component too.
fn linker(target: &str) -> &'static str {
    if target == WASI_TARGET { "wasm-component-ld" } else { "rust-lld" }
}

fn path_with(first: &Path) -> anyhow::Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(first.to_owned()).chain(env::split_paths(&path));
    env::join_paths(folders).context("PATH cannot be extended")
}

fn has_target(sysroot: &Path, target: &str) -> bool {
    sysroot.join("lib/rustlib").join(target).join("lib").is_dir()
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
