//! Servers that refuse to run as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use std::process::Command;

use anyhow::Context;

/// Debian's user and group for what needs no rights.
const NOBODY: u32 = 65534;

/// The program, run as nobody if this process runs as root.
pub fn command(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    let nobody = NOBODY.to_string();
    command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups", "--"]).arg(program);
    command
}

/// Gives the folder and the files in it to whom [`command`] runs as.
pub fn give(folder: &Path) -> anyhow::Result<()> {
    if !is_root() {
        return Ok(());
    }
    let given =
        |path: &Path| chown(path, Some(NOBODY), Some(NOBODY)).with_context(|| format!("cannot give {} away", path.display()));
    for entry in fs::read_dir(folder)? {
        given(&entry?.path())?;
    }
    fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    given(folder)
}

/// Whoever owns `/proc/self` is who runs this process.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|about| about.uid() == 0)
}
