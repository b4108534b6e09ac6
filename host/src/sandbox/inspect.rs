//! Looking at a component without running a connector of it.

use std::path::Path;
use std::sync::Arc;

use crate::plugin::artifact::Artifact;
use crate::plugin::error::PluginError;
use crate::plugin::manifest::Description;
use crate::sandbox::engine::Placement;
use crate::sandbox::{Sandbox, contract};

/// What a component is.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The file, its size and digest.
    pub artifact: Arc<Artifact>,
    /// Interfaces it imports.
    pub imports: Vec<String>,
    /// Interfaces it exports.
    pub exports: Vec<String>,
    /// Its plugins.
    pub plugins: Vec<Description>,
}

impl Sandbox {
    /// Reads, compiles and asks a component.
    ///
    /// # Errors
    /// [`PluginError`] names the file and what is wrong with it.
    pub async fn inspect(&self, path: &Path) -> Result<Inspection, PluginError> {
        let artifact = Arc::new(Artifact::file(path)?);
        let plugins = self.manifest(Arc::clone(&artifact)).await?;
        let code =
            self.compiler.code(&artifact, Placement::Pool).await.map_err(|error| PluginError::Refused(error.to_string()))?;
        let (imports, exports) = (contract::imports(code.component()), contract::exports(code.component()));
        Ok(Inspection { artifact, imports, exports, plugins })
    }
}
