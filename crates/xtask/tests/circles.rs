//! No two files of a crate import each other, neither directly nor through others: a file can be read with those it names.
//!
//! A file imports another one if it names an item that is defined there. A re-export counts as the place it leads to, and
//! `#[cfg(test)]` modules do not count.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a source file that cannot be read has nothing to say"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// A module, as the names from the root of the crate to it.
type Module = Vec<String>;

/// What one file defines and names.
#[derive(Default)]
struct File {
    items: BTreeSet<String>,
    /// Names that lead elsewhere: of `use` and of re-exports, with their full paths.
    aliases: BTreeMap<String, Vec<String>>,
    /// Modules whose whole content is in scope.
    globs: Vec<Vec<String>>,
    /// Every path in the file, from the root of the crate.
    paths: BTreeSet<Vec<String>>,
}

struct Reader<'a> {
    module: &'a Module,
    file: File,
}

impl Reader<'_> {
    /// A path from the root of the crate; none for one that leads out of it, as far as its first name says.
    fn absolute(&self, path: Vec<String>) -> Vec<String> {
        let mut base = self.module.clone();
        let mut rest = path.into_iter().peekable();
        match rest.peek().map(String::as_str) {
            Some("crate") => {
                base.clear();
                rest.next();
            }
            Some("self") => drop(rest.next()),
            _ => {}
        }
        while rest.peek().is_some_and(|name| name == "super") {
            base.pop();
            rest.next();
        }
        base.extend(rest);
        base
    }

    fn read_use(&mut self, tree: &UseTree, mut before: Vec<String>) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.read_use(&path.tree, before);
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                let alias =
                    if name == "self" { before.last().cloned().unwrap_or_default() } else { name.clone() };
                if name != "self" {
                    before.push(name);
                }
                let target = self.absolute(before);
                self.file.aliases.insert(alias, target);
            }
            UseTree::Rename(rename) => {
                before.push(rename.ident.to_string());
                let target = self.absolute(before);
                self.file.aliases.insert(rename.rename.to_string(), target);
            }
            UseTree::Glob(_) => {
                let target = self.absolute(before);
                self.file.globs.push(target);
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.read_use(tree, before.clone())),
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let name = match item {
            Item::Const(item) => Some(&item.ident),
            Item::Enum(item) => Some(&item.ident),
            Item::Fn(item) => Some(&item.sig.ident),
            Item::Static(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            Item::Mod(item) if is_test(&item.attrs) => return,
            _ => None,
        };
        self.file.items.extend(name.map(ToString::to_string));
        visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.read_use(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            self.file.paths.insert(names);
        }
        visit::visit_path(self, path);
    }
}

struct Crate {
    files: BTreeMap<Module, File>,
}

impl Crate {
    fn read(source: &Path) -> Self {
        let mut files = BTreeMap::new();
        for path in rust_files(source) {
            let module = module_of(path.strip_prefix(source).unwrap());
            let text = std::fs::read_to_string(&path).unwrap();
            let mut reader = Reader { module: &module, file: File::default() };
            reader.visit_file(&syn::parse_file(&text).unwrap());
            let file = reader.file;
            files.insert(module, file);
        }
        Self { files }
    }

    /// The file that defines what a path from the root leads to.
    fn defining(&self, path: &[String], depth: usize) -> Option<&Module> {
        let end = (0..=path.len())
            .rev()
            .find(|end| path.get(..*end).is_some_and(|at| self.files.contains_key(at)))?;
        let (module, file) = self.files.get_key_value(&path[..end])?;
        let name = path.get(end)?;
        if file.items.contains(name) {
            return Some(module);
        }
        // A circle of re-exports does not compile, so this ends.
        if depth > 8 {
            return None;
        }
        if let Some(target) = file.aliases.get(name) {
            let target: Vec<_> = target.iter().chain(&path[end + 1..]).cloned().collect();
            return self.defining(&target, depth + 1);
        }
        let through = |glob: &Vec<String>| {
            let target: Vec<_> = glob.iter().chain(&path[end..]).cloned().collect();
            (glob != module).then(|| self.defining(&target, depth + 1)).flatten()
        };
        file.globs.iter().find_map(through)
    }

    fn circles(&self) -> Vec<Vec<String>> {
        let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
        let names: BTreeMap<&Module, String> =
            self.files.keys().map(|module| (module, shown(module))).collect();
        for (module, file) in &self.files {
            for path in &file.paths {
                let reader = Reader { module, file: File::default() };
                let absolute = reader.absolute(path.clone());
                if let Some(target) = self.defining(&absolute, 0).filter(|target| *target != module) {
                    graph.add_edge(names[module].as_str(), names[target].as_str(), ());
                }
            }
        }
        let circles = tarjan_scc(&graph).into_iter().filter(|files| files.len() > 1);
        circles
            .map(|files| {
                let within: BTreeSet<_> = files.iter().copied().collect();
                let edges =
                    graph.all_edges().filter(|(from, to, ())| within.contains(from) && within.contains(to));
                edges.map(|(from, to, ())| format!("{from} -> {to}")).collect()
            })
            .collect()
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn module_of(path: &Path) -> Module {
    let mut names: Module =
        path.with_extension("").iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    if matches!(names.last().map(String::as_str), Some("lib" | "main" | "mod")) {
        names.pop();
    }
    names
}

fn shown(module: &Module) -> String {
    if module.is_empty() { "lib.rs".to_owned() } else { format!("{}.rs", module.join("/")) }
}

/// The transports still share one state with the generated code that they call. Take a crate out once it has no circle.
const NOT_YET: [&str; 1] = ["api"];

#[test]
fn no_files_of_a_crate_import_each_other_in_a_circle() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(crates).unwrap() {
        let source = entry.unwrap().path().join("src");
        if source.is_dir() {
            let name = source.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            let edges: Vec<_> = Crate::read(&source).circles().into_iter().flatten().collect();
            if !edges.is_empty() {
                found.insert(name, edges);
            }
        }
    }
    for name in NOT_YET {
        assert!(found.remove(name).is_some(), "crate {name} has no circles any more: take it out of NOT_YET");
    }
    let words: Vec<_> =
        found.iter().map(|(name, edges)| format!("crate {name}:\n  {}", edges.join("\n  "))).collect();
    assert!(found.is_empty(), "these files import each other in circles:\n{}", words.join("\n"));
}

#[test]
fn circle_through_a_reexport_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("lib.rs", "mod a; mod b; pub use a::A;");
    write("a.rs", "use crate::b; pub struct A(b::B);");
    write("b.rs", "pub struct B; impl B { fn a(&self) -> crate::A { todo!() } }");
    assert_eq!(Crate::read(folder.path()).circles(), [["a.rs -> b.rs", "b.rs -> a.rs"]]);
    write("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::A; fn a(_: A) {} }");
    assert!(Crate::read(folder.path()).circles().is_empty());
}
