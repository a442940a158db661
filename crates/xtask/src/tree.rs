//! Paths in the checkout.

use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

use crate::command;

/// The checkout and the target folder of cargo.
pub struct Tree {
    root: PathBuf,
    target: PathBuf,
}

impl Tree {
    /// Asks cargo, so that `CARGO_TARGET_DIR` and every other way to set the target folder count.
    pub fn find() -> Result<Self, String> {
        let metadata = MetadataCommand::new()
            .no_deps()
            .exec()
            .map_err(|error| format!("cargo cannot read the workspace: {error}"))?;
        Ok(Self { root: metadata.workspace_root.into(), target: metadata.target_directory.into() })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn target(&self) -> &Path {
        &self.target
    }

    pub fn web(&self) -> PathBuf {
        self.root.join("web")
    }

    /// What the page is built from besides its own sources.
    pub fn generated(&self) -> PathBuf {
        self.web().join("generated")
    }

    /// The messages and services with all they import, as one binary descriptor set.
    pub fn descriptors(&self) -> PathBuf {
        self.generated().join("contract.binpb")
    }

    pub fn rules_in_wasm(&self) -> PathBuf {
        self.generated().join("validation")
    }

    pub fn files_in_wasm(&self) -> PathBuf {
        self.generated().join("import-files")
    }

    pub fn page(&self) -> PathBuf {
        self.web().join("dist")
    }

    pub fn python(&self) -> PathBuf {
        self.target.join("python")
    }

    pub fn client_tests(&self) -> PathBuf {
        self.root.join("crates/server/tests/clients")
    }

    pub fn debug_binary(&self) -> PathBuf {
        self.target.join("debug/strongroom")
    }

    pub fn release_binary(&self) -> PathBuf {
        self.target.join("release/strongroom")
    }

    /// A cargo command in this tree, with the cargo that started us.
    pub fn cargo(&self, arguments: &[&str]) -> std::process::Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        command::new(cargo, &self.root, arguments)
    }

    /// An npm command in the folder of the page.
    pub fn npm(&self, arguments: &[&str]) -> std::process::Command {
        command::new("npm", &self.web(), arguments)
    }
}
