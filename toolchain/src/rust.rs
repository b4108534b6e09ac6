//! Rust: which compiler builds a component, and the build of a project.
//!
//! With rustup's own wasm target the compiler in use does. Where rustup can fetch no target, Debian's `rustc-web` compiles its
//! own standard library (`rust-web-src`); its version differs from rustup's, so the two never mix.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::project::Project;
use crate::{Missing, componentise, process};

/// The target every guest is built for.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// The other target that authors use: `std::fs`, `std::net` and clocks work in it, through WASI 0.2.
pub const WASI_TARGET: &str = "wasm32-wasip2";
/// Every host that runs components has these instructions; texts are checked and copied faster with them. A call costs more in a
/// sandbox, where fuel and stack are looked at, so more is inlined than elsewhere: a twentieth of a sink's time.
const GUEST_FLAGS: &str = "-Ctarget-feature=+simd128 -Cllvm-args=--inline-threshold=700";
/// `getrandom`, below some libraries, knows no source in the target without a system: a guest that has one of them brings its own.
const SYSTEMLESS_FLAGS: &str = r#" --cfg=getrandom_backend="custom""#;
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
    /// Finds a compiler for the target.
    ///
    /// # Errors
    /// [`Missing`] when there is none.
    pub fn find(target: &'static str) -> anyhow::Result<Self> {
        let sysroot = match process::output(Command::new("rustc").args(["--print", "sysroot"])) {
            Ok(sysroot) => PathBuf::from(sysroot),
            Err(_) => return Err(Missing::new("Rust (rustc and cargo)", "get it from https://rustup.rs").into()),
        };
        if has_target(&sysroot, target) {
            return Ok(Self { target, compiler: Compiler::Installed });
        }
        if !debian_ready() {
            let remedy = format!(
                "`rustup target add {target}` adds it; where that cannot be had, Debian's packages {} build it",
                DEBIAN_PACKAGES.join(" and ")
            );
            return Err(Missing::new(format!("Rust's target {target}"), remedy).into());
        }
        if target == WASI_TARGET && !Path::new(WASI_LIBC_FOLDER).is_dir() {
            return Err(Missing::new(WASI_LIBC_FOLDER, format!("Debian's package {WASI_LIBC} has it")).into());
        }
        let linkers = sysroot.join("lib/rustlib").join(host(&sysroot)?).join("bin");
        if !linkers.join(linker(target)).is_file() {
            bail!("the linker {} is missing in {}; install Rust by rustup", linker(target), linkers.display());
        }
        Ok(Self { target, compiler: Compiler::Debian { linkers } })
    }

    /// Finds a compiler for the target; where there is none, rustup adds the target or `install` Debian's packages.
    ///
    /// # Errors
    /// [`Missing`] when neither gave one.
    pub fn find_or_install(target: &'static str, install: impl Fn(&[&str]) -> anyhow::Result<()>) -> anyhow::Result<Self> {
        let missing = match Self::find(target) {
            Ok(found) => return Ok(found),
            Err(missing) => missing,
        };
        let added = process::exists("rustup") && process::run(Command::new("rustup").args(["target", "add", target])).is_ok();
        if !added || Self::find(target).is_err() {
            let mut packages = DEBIAN_PACKAGES.to_vec();
            if target == WASI_TARGET {
                packages.push(WASI_LIBC);
            }
            install(&packages).context(missing)?;
        }
        Self::find(target)
    }

    /// Sets up `cargo` (a `cargo build` without a target yet) for this compiler.
    pub fn apply(&self, cargo: &mut Command) -> anyhow::Result<()> {
        cargo.args(["--target", self.target]);
        let mut flags = GUEST_FLAGS.to_owned();
        if self.target == TARGET {
            flags.push_str(SYSTEMLESS_FLAGS);
        }
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

/// Builds a project's library and makes a component of it.
pub(crate) fn build(project: &Project) -> anyhow::Result<()> {
    let toolchain = Toolchain::find(TARGET)?;
    let mut cargo = process::cargo();
    cargo.args(["build", "--release", "--quiet"]).current_dir(&project.folder);
    toolchain.apply(&mut cargo)?;
    process::run(&mut cargo)?;
    let mut metadata = process::cargo();
    metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&project.folder);
    let metadata: serde_json::Value =
        serde_json::from_str(&process::output(&mut metadata)?).context("`cargo metadata` printed bad JSON")?;
    let target = metadata.get("target_directory").and_then(serde_json::Value::as_str).unwrap_or("target");
    let core = Path::new(target).join(TARGET).join("release").join(format!("{}.wasm", project.settings.module));
    componentise(&core, &project.component_folder()?).map(|_| ())
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
