#![doc = include_str!("../README.md")]

mod typescript;
mod view;
mod write;

use js_sys::{Object, Uint8Array};
use strongroom_import_files as files;
use wasm_bindgen::prelude::*;

/// Reads a file: its bytes, or its text when it was pasted.
///
/// The problems are those of reading and those of the rules, each with its line.
#[wasm_bindgen(js_name = readFile, unchecked_return_type = "FileContents")]
pub fn read_file(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array | string")] file: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "ReadOptions | undefined")] options: &JsValue,
) -> Object {
    let (options, limits) = view::options(options);
    let decoded = match file.as_string() {
        Some(text) => Ok(files::Text { text: text.into(), note: None }),
        None => files::decode(&view::Bytes::of(file.dyn_ref::<Uint8Array>())),
    };
    match decoded {
        Ok(decoded) => {
            let contents = files::read(&decoded.text, &options);
            let problems = files::judge(&contents, &limits);
            write::contents(&contents, &problems, decoded.note)
        }
        Err(problem) => write::unread(&problem),
    }
}

/// The formats that can be chosen, and what people call them.
#[wasm_bindgen(js_name = formats, unchecked_return_type = "FormatName[]")]
#[must_use]
pub fn formats() -> js_sys::Array {
    files::Format::ALL.into_iter().map(write::format).collect()
}

/// The fields that a column can give.
#[wasm_bindgen(js_name = fields, unchecked_return_type = "string[]")]
#[must_use]
pub fn fields() -> js_sys::Array {
    files::Field::ALL.into_iter().map(|field| JsValue::from_str(field.as_str())).collect()
}
