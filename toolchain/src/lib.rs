//! Plugins as projects: made from a template, and built into a component by the toolchain of their language.
//!
//! A project is a folder with a `caisson.json`, which says the language and where things are. Toolchains come from the language's own
//! package registry, with versions pinned here, and are kept outside the project, one for all projects.

mod c;
mod component;
mod embedded;
mod environment;
pub mod go;
mod js;
mod missing;
pub mod node;
pub mod process;
pub mod project;
mod python;
pub mod rust;
pub mod template;

pub use component::componentise;
pub use missing::Missing;

use project::{Language, Project};

/// Builds the project's component, and leaves it where `caisson.json` says.
///
/// # Errors
/// [`Missing`] when a tool is not there; else the tool's own complaints, which name the author's file and line.
pub fn build(project: &Project) -> anyhow::Result<()> {
    match project.settings.language {
        Language::Rust => rust::build(project),
        Language::Python => python::build(project),
        Language::Go => go::build(project),
        Language::C => c::build(project),
        Language::JavaScript | Language::TypeScript => js::build(project),
    }
}
