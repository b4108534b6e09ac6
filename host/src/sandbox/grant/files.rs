//! Files and folders an instance may reach, as its `wasi:filesystem`.
//!
//! wasmtime-wasi knows folders only: whoever holds one may open everything below it. A config that names one file grants that
//! file and nothing beside it, so the folders around granted files are virtual. A virtual folder has a path but no
//! descriptor of the real one; a path opened through it is resolved by its text, and only what a grant names is opened, through
//! the real folder, without following links. Granted folders are real descriptors, kept in their bounds by wasmtime-wasi (cap-std).

use std::ffi::OsString;
use std::fs::File;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::filesystem::{Descriptor, Dir};
use wasmtime_wasi::p2::bindings::filesystem::{preopens, types};
use wasmtime_wasi::{FsPerms, OpenMode};

use crate::sandbox::grant::files_view::FilesView;
use crate::sandbox::grant::refusals::Refusals;
use crate::sandbox::state::State;

/// Everything of the file system that an instance may reach.
pub(in crate::sandbox) struct Files {
    files: Vec<GrantedFile>,
    folders: Vec<GrantedFolder>,
    virtuals: Vec<VirtualFolder>,
    refusals: Refusals,
}

/// One file, by the path the config names it with.
#[derive(Clone)]
pub(super) struct GrantedFile {
    pub(super) path: PathBuf,
    /// The folder that holds it, links resolved.
    pub(super) folder: Dir,
    /// The same, for looks at the file: [`for_looks`].
    pub(super) looks: Dir,
    /// Its name in that folder, links resolved.
    pub(super) name: OsString,
    pub(super) write: bool,
}

/// A folder and all below it.
#[derive(Clone)]
pub(super) struct GrantedFolder {
    pub(super) path: PathBuf,
    pub(super) folder: Dir,
}

#[derive(Clone)]
struct VirtualFolder {
    /// The name under which the guest finds it.
    guest_name: String,
    base: PathBuf,
    /// Tells this folder's descriptor from others. It is of `/dev/null`: whatever were to use it by mistake fails.
    anchor: Dir,
}

/// What a path means to an instance.
pub(super) enum Target {
    /// That name in that folder; links are not followed. Looks at it go through `looks`.
    File { folder: Dir, looks: Dir, name: String },
    /// That path below a granted folder.
    Below { folder: Dir, path: String },
}

impl Files {
    /// Puts the virtual folders around granted files: `/`, the worker's working directory as `.`, and the folder of each file,
    /// since guests look for the nearest.
    ///
    /// # Errors
    /// Whatever the system says when `/dev/null` cannot be opened.
    pub(super) fn new(
        files: Vec<GrantedFile>,
        folders: Vec<GrantedFolder>,
        working_directory: &Path,
        refusals: Refusals,
    ) -> std::io::Result<Self> {
        let mut granted = Self { files, folders, virtuals: Vec::new(), refusals };
        granted.add_virtual("/".to_owned(), Path::new("/"))?;
        granted.add_virtual(".".to_owned(), working_directory)?;
        let parents: Vec<PathBuf> = granted.files.iter().filter_map(|file| file.path.parent().map(Path::to_owned)).collect();
        for parent in parents {
            granted.add_virtual(parent.display().to_string(), &parent)?;
        }
        Ok(granted)
    }

    fn add_virtual(&mut self, guest_name: String, base: &Path) -> std::io::Result<()> {
        if self.virtuals.iter().any(|folder| folder.guest_name == guest_name) {
            return Ok(());
        }
        let anchor = dir(File::open("/dev/null")?, false);
        self.virtuals.push(VirtualFolder { guest_name, base: base.to_owned(), anchor });
        Ok(())
    }

    /// The folders that a guest starts from, with the names it knows them by.
    pub(super) fn preopens(&self) -> Vec<(Descriptor, String)> {
        let mut opened: Vec<(Descriptor, String)> = self
            .folders
            .iter()
            .map(|folder| (Descriptor::Dir(folder.folder.clone()), folder.path.display().to_string()))
            .collect();
        for folder in &self.virtuals {
            if !opened.iter().any(|(_, name)| *name == folder.guest_name) {
                opened.push((Descriptor::Dir(folder.anchor.clone()), folder.guest_name.clone()));
            }
        }
        opened
    }

    /// The path that a virtual folder stands for; none for real files and folders.
    pub(super) fn virtual_base(&self, descriptor: &Descriptor) -> Option<&Path> {
        let Descriptor::Dir(dir) = descriptor else {
            return None;
        };
        let found = self.virtuals.iter().find(|folder| Arc::ptr_eq(&folder.anchor.dir, &dir.dir))?;
        Some(&found.base)
    }

    /// What a path, seen from a virtual folder, means. A refusal is remembered with the remedy.
    pub(super) fn resolve(&self, base: &Path, path: &str, writes: bool) -> Result<Target, types::ErrorCode> {
        let Some(wanted) = joined(base, path) else {
            self.refuse(&base.join(path), writes, "leads out of what was granted through `..`");
            return Err(types::ErrorCode::Access);
        };
        if let Some(file) = self.files.iter().find(|file| file.path == wanted && (file.write || !writes)) {
            let name = file.name.to_string_lossy().into_owned();
            return Ok(Target::File { folder: file.folder.clone(), looks: file.looks.clone(), name });
        }
        let mut nearest: Option<(&GrantedFolder, &Path)> = None;
        for folder in &self.folders {
            if let Ok(below) = wanted.strip_prefix(&folder.path)
                && nearest.is_none_or(|(other, _)| other.path.components().count() < folder.path.components().count())
            {
                nearest = Some((folder, below));
            }
        }
        if let Some((folder, below)) = nearest {
            let below = if below.as_os_str().is_empty() { ".".to_owned() } else { below.display().to_string() };
            return Ok(Target::Below { folder: folder.folder.clone(), path: below });
        }
        self.refuse(&wanted, writes, "nothing in the connector's config grants it");
        Err(types::ErrorCode::Access)
    }

    pub(super) fn refuse(&self, path: &Path, writes: bool, why: &str) {
        let (doing, grant) = if writes { ("writing", "write") } else { ("reading", "read") };
        let path = path.display();
        self.refusals.add(|| {
            format!(
                "the sandbox refused {doing} {path}: {why}; if it is meant, add {grant}:{path} to the connector's sandbox.grants"
            )
        });
    }
}

/// A folder's descriptor for wasmtime-wasi, which lets it write below only if `write`.
pub(super) fn dir(folder: File, write: bool) -> Dir {
    let (perms, mode) = match write {
        true => (FsPerms::ReadWrite, OpenMode::READ | OpenMode::WRITE),
        false => (FsPerms::ReadOnly, OpenMode::READ),
    };
    Dir::new(folder, perms, mode, false)
}

/// File systems of this machine, by the numbers that `statfs` gives them: ext, XFS, Btrfs, tmpfs, overlays, ZFS, F2FS.
const LOCAL: [u64; 7] = [0xEF53, 0x5846_5342, 0x9123_683E, 0x0102_1994, 0x794C_7630, 0x2FC1_2FC1, 0xF2F5_2010];

/// A folder for questions about what is in it. A file system of this machine answers in microseconds: then the thread that asks waits,
/// for handing the question to another costs far more. Others may have their callers wait for a network.
pub(super) fn for_looks(folder: File) -> Dir {
    let kind = rustix::fs::fstatfs(&folder).ok().and_then(|system| u64::try_from(system.f_type).ok());
    let waits = kind.is_some_and(|kind| LOCAL.contains(&kind));
    Dir::new(folder, FsPerms::ReadOnly, OpenMode::READ, waits)
}

/// `path` below `base` with `.` taken out; none when it has a `..`.
fn joined(base: &Path, path: &str) -> Option<PathBuf> {
    let mut joined = base.to_owned();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(name) => joined.push(name),
            Component::CurDir => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(joined)
}

pub(super) struct HasFiles;

impl HasData for HasFiles {
    type Data<'a> = FilesView<'a>;
}

/// Links `wasi:filesystem` over these grants.
///
/// # Errors
/// Only when the linker already has it and shadowing is off.
pub(in crate::sandbox) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    types::add_to_linker::<State, HasFiles>(linker, |state| FilesView::of(state))?;
    preopens::add_to_linker::<State, HasFiles>(linker, |state| FilesView::of(state))
}

/// A preopen as the guest sees it.
pub(super) type Preopen = (Resource<Descriptor>, String);
