//! The allowed dependencies between crates. Compares the table of the design with `cargo metadata`.
//! Tests and benchmarks may use more: only normal and build dependencies count.

#![allow(clippy::expect_used, reason = "a test without metadata has nothing to say")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

/// One of our crates: the crates of ours it may use, and the third-party packages it must not use.
struct Rule {
    name: &'static str,
    ours: &'static [&'static str],
    never: Never,
}

enum Never {
    /// No package of others at all.
    Anything,
    /// None of these, named in its own manifest.
    Direct(&'static [&'static str]),
    /// None of these, however far away.
    Reachable(&'static [&'static str]),
}

/// Packages for network access, which crates below the transports must not use.
const TRANSPORTS: &[&str] = &["axum", "hyper", "tonic"];

const RULES: &[Rule] = &[
    // Messages and nothing else, for the page's rules and small tools too.
    Rule { name: "contract", ours: &[], never: Never::Reachable(&["axum", "hyper", "tokio", "tonic"]) },
    // It also runs in the browser, where each package is bytes to load.
    Rule { name: "validation", ours: &[], never: Never::Anything },
    // Given text, it returns entries.
    Rule {
        name: "import-files",
        ours: &["validation"],
        never: Never::Reachable(&["axum", "hyper", "tokio", "tonic"]),
    },
    // Keys and ciphertext: no way out of the process, no time.
    Rule {
        name: "sealing",
        ours: &[],
        never: Never::Reachable(&["axum", "hyper", "time", "tokio", "tonic"]),
    },
    // It sees ciphertext; without a cipher it can see nothing else.
    Rule {
        name: "storage",
        ours: &["sealing"],
        never: Never::Direct(&["argon2", "aws-lc-rs", "axum", "hyper", "tonic"]),
    },
    Rule { name: "access", ours: &["sealing", "storage", "validation"], never: Never::Direct(TRANSPORTS) },
    // `http` stands for status codes: what a rejection means to a transport is the transport's business.
    Rule {
        name: "operations",
        ours: &["access", "contract", "import-files", "sealing", "storage", "validation"],
        never: Never::Direct(&["axum", "http", "hyper", "tonic"]),
    },
    // A transport cannot reach around the rules: neither storage nor sealing.
    Rule {
        name: "api",
        ours: &["access", "contract", "operations"],
        never: Never::Direct(&["aws-lc-rs", "redb"]),
    },
    Rule {
        name: "server",
        ours: &[
            "access",
            "api",
            "contract",
            "import-files",
            "operations",
            "sealing",
            "storage",
            "validation",
        ],
        never: Never::Direct(&[]),
    },
    Rule {
        name: "cli",
        ours: &["contract", "import-files", "server"],
        never: Never::Direct(&["aws-lc-rs", "redb"]),
    },
    Rule { name: "import-files-wasm", ours: &["import-files"], never: Never::Direct(&["tokio"]) },
    Rule { name: "validation-wasm", ours: &["validation"], never: Never::Direct(&["tokio"]) },
    // It attacks from outside, as anybody can.
    Rule { name: "hostile", ours: &[], never: Never::Direct(&["axum", "hyper", "tonic"]) },
    // Tools see the contract, not the product.
    Rule { name: "xtask", ours: &["contract"], never: Never::Direct(&[]) },
];

#[test]
fn each_crate_uses_only_what_the_table_allows() {
    let tree = Tree::read();
    let mut offences = Vec::new();
    for package in tree.metadata.workspace_packages() {
        let name = short(package);
        match RULES.iter().find(|rule| rule.name == name) {
            Some(rule) => offences.extend(tree.offences(package, rule)),
            None => offences.push(format!("{name} has no rule: say in this table what it may use")),
        }
    }
    assert!(offences.is_empty(), "\n{}\n", offences.join("\n"));
}

#[test]
fn a_crate_lies_in_the_folder_of_its_name() {
    for package in Tree::read().metadata.workspace_packages() {
        let folder = package.manifest_path.parent().and_then(|folder| folder.file_name());
        assert_eq!(folder, Some(short(package)), "the folder of {}", package.name);
    }
}

#[test]
fn packages_of_others_come_in_one_version() {
    let tree = Tree::read();
    let mut versions: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for package in tree.metadata.workspace_packages() {
        for used in tree.used(&package.id, |_| true).into_iter().filter(|used| used.source.is_some()) {
            versions.entry(used.name.as_str()).or_default().insert(used.version.to_string());
        }
    }
    versions.retain(|_, versions| versions.len() > 1);
    assert!(versions.is_empty(), "named by our crates in several versions: {versions:?}");
}

struct Tree {
    metadata: Metadata,
}

impl Tree {
    fn read() -> Self {
        Self { metadata: MetadataCommand::new().exec().expect("cargo metadata") }
    }

    fn offences(&self, package: &Package, rule: &Rule) -> Vec<String> {
        let used = self.used(&package.id, built_from);
        let (others, ours): (Vec<&Package>, Vec<&Package>) =
            used.into_iter().partition(|used| used.source.is_some());
        let mut offences = Vec::new();
        for name in ours.iter().map(|used| short(used)).filter(|name| !rule.ours.contains(name)) {
            offences.push(format!("{} uses {name}, but may use only {:?} of ours", rule.name, rule.ours));
        }
        match &rule.never {
            Never::Anything => offences.extend(
                others.iter().map(|used| format!("{} uses {}, but may use no package", rule.name, used.name)),
            ),
            Never::Direct(never) => offences.extend(
                others
                    .iter()
                    .filter(|used| never.contains(&used.name.as_str()))
                    .map(|used| format!("{} uses {}, which it must never", rule.name, used.name)),
            ),
            Never::Reachable(never) => offences.extend(
                self.reachable(&package.id)
                    .into_iter()
                    .filter(|used| never.contains(&used.name.as_str()))
                    .map(|used| format!("{} reaches {}, which it must never", rule.name, used.name)),
            ),
        }
        offences
    }

    fn reachable(&self, start: &PackageId) -> Vec<&Package> {
        let mut seen = BTreeMap::new();
        // What a build script uses never becomes part of the crate.
        let mut next = self.used(start, |kind| kind == DependencyKind::Normal);
        while let Some(package) = next.pop() {
            if seen.insert(package.id.clone(), package).is_none() {
                next.extend(self.used(&package.id, |kind| kind == DependencyKind::Normal));
            }
        }
        seen.into_values().collect()
    }

    fn used(&self, id: &PackageId, counts: impl Fn(DependencyKind) -> bool) -> Vec<&Package> {
        let resolve = self.metadata.resolve.as_ref().expect("a resolved graph");
        let node = resolve.nodes.iter().find(|node| node.id == *id).expect("a node");
        node.deps
            .iter()
            .filter(|used| used.dep_kinds.iter().any(|kind| counts(kind.kind)))
            .map(|used| &self.metadata[&used.pkg])
            .collect()
    }
}

fn built_from(kind: DependencyKind) -> bool {
    matches!(kind, DependencyKind::Normal | DependencyKind::Build)
}

fn short(package: &Package) -> &str {
    let name = package.name.as_str();
    name.strip_prefix("strongroom-").unwrap_or(name)
}
