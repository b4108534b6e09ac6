//! Which component an author's command is about, and its configuration on the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use caisson_toolchain::project::Project;

use crate::config::Props;

/// The component of a path: a project's, or the file itself. A project that was not built has none.
pub(super) fn component(path: &Path) -> anyhow::Result<PathBuf> {
    if path.is_dir() {
        let component = Project::open(path)?.component();
        if !component.is_file() {
            bail!("{} is not there: run `caisson build` first", component.display());
        }
        return Ok(component);
    }
    Ok(path.to_owned())
}

/// `key=value` arguments as a configuration.
pub(super) fn config(arguments: &[String]) -> anyhow::Result<Props> {
    let pair = |argument: &String| {
        let (key, value) = argument.split_once('=').with_context(|| format!("{argument:?} is no setting: write key=value"))?;
        Ok((key.to_owned(), value.to_owned()))
    };
    arguments.iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_keys_with_values() {
        let config = config(&["a=b=c".to_owned(), "d=".to_owned()]).unwrap();
        assert_eq!(config, Props::from([("a".to_owned(), "b=c".to_owned()), ("d".to_owned(), String::new())]));
        assert!(super::config(&["a".to_owned()]).unwrap_err().to_string().contains("write key=value"));
    }
}
