//! Builds the WebAssembly of the page: the validation rules, which it always loads, and the file parsers, which it loads on
//! import. They are two modules, so that the page does not load parsers before they are needed.

use std::path::Path;

use wasm_bindgen_cli_support::Bindgen;

use crate::tree::Tree;
use crate::{command, release};

const TARGET: &str = "wasm32-unknown-unknown";

/// Writes `web/generated/validation/` and `web/generated/import-files/`.
pub fn build(tree: &Tree) -> Result<(), String> {
    let mut arguments = vec!["build", "--profile", "wasm", "--target", TARGET];
    arguments.extend([
        "--package",
        "strongroom-validation-wasm",
        "--package",
        "strongroom-import-files-wasm",
    ]);
    command::run(
        &mut release::cargo(tree, &arguments)?,
        "Both modules have to compile for WebAssembly: see above.",
    )?;
    wrap(tree, "strongroom_validation", &tree.rules_in_wasm())?;
    wrap(tree, "strongroom_import_files", &tree.files_in_wasm())
}

fn wrap(tree: &Tree, name: &str, folder: &Path) -> Result<(), String> {
    let module = tree.target().join(TARGET).join("wasm").join(format!("{name}_wasm.wasm"));
    // Names and producers are for debuggers; without them the browser loads a third less.
    Bindgen::new()
        .input_path(module)
        .web(true)
        .map(|bindgen| {
            bindgen.out_name(name).typescript(true).remove_name_section(true).remove_producers_section(true)
        })
        .and_then(|bindgen| bindgen.generate(folder))
        .map_err(|error| format!("wasm-bindgen rejected the module {name}: {error:#}"))
}
