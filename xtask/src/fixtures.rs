//! `cargo xtask fixtures`: a component of every language for the tests of later builds, kept under `tests/fixtures`.

use std::fs::{self, File};
use std::path::Path;

use anyhow::{Context, ensure};
use caisson_toolchain::project::{Language, Project};
use caisson_toolchain::template::NewProject;
use lzma_rust2::{LzipOptions, LzipWriter};

use crate::setup;

/// The contract's package, in every file of `wit/`.
const CONTRACT: &str = "wit/manifest.wit";
const PACKAGE: &str = "package caisson:connect@";
/// The languages whose components are small: these have connectors too.
const SMALL: [Language; 2] = [Language::Rust, Language::C];
/// The strongest.
const LEVEL: u32 = 9;

/// Makes new projects, builds them, and keeps components and cases in the folder of the contract's version. That is done once for each
/// version, when it is released: what was released is not made anew.
pub fn make(root: &Path) -> anyhow::Result<()> {
    let contract = root.join(CONTRACT);
    let text = fs::read_to_string(&contract).with_context(|| format!("cannot read {}", contract.display()))?;
    let version = text.lines().find_map(|line| line.strip_prefix(PACKAGE)?.strip_suffix(';'));
    let version = version.with_context(|| format!("{} has no line `{PACKAGE}…`", contract.display()))?;
    let folder = root.join("tests/fixtures").join(format!("contract-{version}"));
    ensure!(!folder.exists(), "{} is there: components of a released contract stay as they are", folder.display());
    setup::authors()?;
    for language in Language::ALL {
        let kinds: &[&str] = if SMALL.contains(&language) { &["transform", "source", "sink"] } else { &["transform"] };
        for kind in kinds {
            one(root, &folder, language, kind)?;
        }
    }
    Ok(())
}

fn one(root: &Path, fixtures: &Path, language: Language, kind: &str) -> anyhow::Result<()> {
    let parent = tempfile::tempdir().context("cannot make a folder for a project")?;
    let name = format!("{language}-{kind}");
    let new = NewProject { kind: kind.to_owned(), name: name.clone(), language, sdk: Some(root.join("sdk")) };
    let project = Project::open(&new.make(parent.path())?)?;
    caisson_toolchain::build(&project)?;
    let folder = fixtures.join(&name);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let packed = folder.join("component.wasm.lz");
    pack(&project.component(), &packed).with_context(|| format!("cannot write {}", packed.display()))?;
    let cases = project.cases().with_context(|| format!("a new {kind} in {language} has no cases"))?;
    fs::copy(&cases, folder.join("cases.json")).with_context(|| format!("cannot copy {}", cases.display()))?;
    println!("{} ({} KiB)", packed.display(), fs::metadata(&packed)?.len() / 1024);
    Ok(())
}

fn pack(component: &Path, packed: &Path) -> anyhow::Result<()> {
    let mut writer = LzipWriter::new(File::create(packed)?, LzipOptions::with_preset(LEVEL));
    std::io::copy(&mut File::open(component)?, &mut writer)?;
    writer.finish()?;
    Ok(())
}
