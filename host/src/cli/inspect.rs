//! `caisson inspect`: what a component is, before it is trusted with a connector.

use std::io::{self, Write};
use std::path::PathBuf;

use crate::plugin::manifest::{self, Description, Key};
use crate::sandbox::grant::ceiling::Ceiling;
use crate::sandbox::inspect::Inspection;
use crate::sandbox::{Sandbox, cache_folder};

/// Arguments of `caisson inspect`.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The component, a .wasm file
    component: PathBuf,
    /// Print only its manifest, as JSON
    #[arg(long)]
    manifest: bool,
}

/// Prints digest, size, imports, exports, and each plugin's keys and wishes. Runs nothing of it but its manifest.
pub(super) async fn run(args: Args) -> anyhow::Result<()> {
    super::logging::start("warn")?;
    let sandbox = Sandbox::new(Some(&cache_folder()), Ceiling::default())?;
    let inspection = sandbox.inspect(&args.component).await?;
    if args.manifest {
        println!("{}", manifest::text(inspection.plugins)?);
        return Ok(());
    }
    print(&inspection, &mut io::stdout().lock())?;
    Ok(())
}

/// Writes what a component is.
pub(super) fn print(inspection: &Inspection, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", inspection.artifact.location())?;
    writeln!(out, "  sha256   {}", inspection.artifact.digest)?;
    writeln!(out, "  size     {} bytes", inspection.artifact.size)?;
    print_list(out, "exports", &inspection.exports)?;
    print_list(out, "imports", &inspection.imports)?;
    for plugin in &inspection.plugins {
        print_plugin(out, plugin)?;
    }
    Ok(())
}

fn print_list(out: &mut impl Write, title: &str, names: &[String]) -> io::Result<()> {
    let mut title = if names.is_empty() { format!("  {title:<8} none\n") } else { format!("  {title:<8} ") };
    for name in names {
        writeln!(out, "{title}{name}")?;
        title = " ".repeat(11);
    }
    if names.is_empty() { out.write_all(title.as_bytes()) } else { Ok(()) }
}

fn print_plugin(out: &mut impl Write, plugin: &Description) -> io::Result<()> {
    writeln!(out, "\n{} {} ({})", plugin.class, plugin.version, plugin.kind)?;
    if !plugin.documentation.is_empty() {
        writeln!(out, "  {}", plugin.documentation)?;
    }
    if !plugin.aliases.is_empty() {
        writeln!(out, "  also known as {}", plugin.aliases.join(", "))?;
    }
    if !plugin.capabilities.is_empty() {
        writeln!(out, "  wants {}", plugin.capabilities.join(", "))?;
    }
    for resource in &plugin.resources {
        writeln!(out, "  is granted what {} names ({})", resource.key, resource.access)?;
    }
    for key in &plugin.config {
        print_key(out, key)?;
    }
    Ok(())
}

fn print_key(out: &mut impl Write, key: &Key) -> io::Result<()> {
    let default = match (&key.default, key.required) {
        (_, true) => "required".to_owned(),
        (Some(default), false) => format!("default {default:?}"),
        (None, false) => "optional".to_owned(),
    };
    writeln!(out, "    {} ({}, {default}, {})", key.name, key.type_.to_lowercase(), key.importance.to_lowercase())?;
    if !key.documentation.is_empty() {
        writeln!(out, "        {}", key.documentation.replace('\n', " "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::plugin::artifact::Artifact;

    #[test]
    fn shows_what_a_component_wants() {
        let inspection = Inspection {
            artifact: Arc::new(Artifact::embedded("x", "d1", b"1234")),
            imports: vec!["wasi:a/b@0.2.0".to_owned(), "wasi:c/d@0.2.0".to_owned()],
            exports: Vec::new(),
            plugins: vec![Description {
                class: "a.B".to_owned(),
                aliases: Vec::new(),
                kind: "source".to_owned(),
                version: "1.0".to_owned(),
                documentation: "Reads.".to_owned(),
                config: Vec::new(),
                resources: vec![crate::plugin::Resource { key: "file".to_owned(), access: "file-read".to_owned() }],
                capabilities: vec!["clocks".to_owned()],
            }],
        };
        let mut out = Vec::new();
        print(&inspection, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let expected = "x.wasm (built in)\n  sha256   d1\n  size     4 bytes\n  exports  none\n  imports  wasi:a/b@0.2.0\n           wasi:c/d@0.2.0\n\n\
                        a.B 1.0 (source)\n  Reads.\n  wants clocks\n  is granted what file names (file-read)\n";
        assert_eq!(text, expected);
    }
}
