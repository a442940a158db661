//! Third-party packages that the page includes, as pinned by package-lock.json.

use std::collections::BTreeSet;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::tree::Tree;

pub struct Package {
    pub name: String,
    pub version: String,
    pub license: String,
    integrity: String,
    uses: Vec<String>,
}

/// All packages except those that only build or test the page.
pub fn shipped(tree: &Tree) -> Result<Vec<Package>, String> {
    let lock = lock(tree)?;
    let packages =
        lock.get("packages").and_then(Value::as_object).ok_or("package-lock.json has no packages.")?;
    let mut shipped = Vec::new();
    for (folder, package) in packages {
        if folder.is_empty() || package["dev"].as_bool() == Some(true) {
            continue;
        }
        // A package inside another one's folder is a second version of it; its name is what follows the last folder.
        let name = folder.rsplit("node_modules/").next().unwrap_or_default();
        let text = |member: &str| {
            let missing = || format!("package-lock.json has no `{member}` of {name}.");
            package[member].as_str().map(str::to_owned).ok_or_else(missing)
        };
        shipped.push(Package {
            name: name.to_owned(),
            version: text("version")?,
            license: text("license")?,
            integrity: text("integrity")?,
            uses: names(package.get("dependencies")),
        });
    }
    Ok(shipped)
}

/// Package URLs of what the page names itself.
pub fn direct(tree: &Tree, shipped: &[Package]) -> Result<BTreeSet<String>, String> {
    let lock = lock(tree)?;
    let named = names(lock.get("packages").and_then(|packages| packages[""].get("dependencies")));
    Ok(urls(&named, shipped))
}

impl Package {
    /// Two names stand in one npm name; the first is encoded as the specification of package URLs asks for.
    pub fn purl(&self) -> String {
        format!("pkg:npm/{}@{}", self.name.replace('@', "%40"), self.version)
    }

    pub fn dependencies(&self, shipped: &[Self]) -> BTreeSet<String> {
        urls(&self.uses, shipped)
    }

    /// In hexadecimal, as CycloneDX has hashes.
    pub fn sha512(&self) -> Result<String, String> {
        let digest = self.integrity.strip_prefix("sha512-").and_then(|text| STANDARD.decode(text).ok());
        let digest = digest.ok_or_else(|| format!("package-lock.json has no SHA-512 of {}.", self.name))?;
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn urls(names: &[String], shipped: &[Package]) -> BTreeSet<String> {
    shipped.iter().filter(|package| names.contains(&package.name)).map(Package::purl).collect()
}

fn names(members: Option<&Value>) -> Vec<String> {
    members.and_then(Value::as_object).into_iter().flat_map(Map::keys).cloned().collect()
}

fn lock(tree: &Tree) -> Result<Value, String> {
    let path = tree.web().join("package-lock.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
