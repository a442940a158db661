//! The page's rules: the crate `validation-wasm`, compiled and wrapped for the browser.

use crate::command;
use crate::tree::Tree;
use wasm_bindgen_cli_support::Bindgen;

/// Writes `web/generated/validation/`.
pub fn build(tree: &Tree) -> Result<(), String> {
    let target = "wasm32-unknown-unknown";
    let arguments =
        ["build", "--package", "strongroom-validation-wasm", "--profile", "wasm", "--target", target];
    command::run(&mut tree.cargo(&arguments), "The rules have to compile for WebAssembly: see above.")?;
    let module = tree.target().join(target).join("wasm/strongroom_validation_wasm.wasm");
    // Names and producers are for debuggers; without them the browser loads a third less.
    Bindgen::new()
        .input_path(module)
        .web(true)
        .map(|bindgen| {
            bindgen
                .out_name("strongroom_validation")
                .typescript(true)
                .remove_name_section(true)
                .remove_producers_section(true)
        })
        .and_then(|bindgen| bindgen.generate(tree.rules_in_wasm()))
        .map_err(|error| format!("wasm-bindgen refused the module: {error:#}"))
}
