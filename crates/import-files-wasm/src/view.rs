//! From what JavaScript holds to what the reader takes.
//!
//! What has another type than declared counts as absent: the page is the only caller, and nothing here is stored.

use std::ops::Deref;

use js_sys::{Array, Uint8Array};
use strongroom_import_files as files;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

#[wasm_bindgen]
extern "C" {
    type Given;
    #[wasm_bindgen(method, getter, structural)]
    fn format(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural, js_name = fileName)]
    fn file_name(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn separator(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn columns(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn prefix(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn replacement(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural, js_name = oneSecretEach)]
    fn one_secret_each(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn renames(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn shorten(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn flatten(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural, js_name = wholeItems)]
    fn whole_items(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural, js_name = importEntries)]
    fn import_entries(this: &Given) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural, js_name = valueBytes)]
    fn value_bytes(this: &Given) -> Option<JsValue>;
}

/// The bytes of a file, cleared from memory when they are dropped.
pub struct Bytes(Zeroizing<Vec<u8>>);

impl Bytes {
    pub fn of(array: Option<&Uint8Array>) -> Self {
        Self(Zeroizing::new(array.map(Uint8Array::to_vec).unwrap_or_default()))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// How to read the file, and the limits of the server.
pub fn options(given: &JsValue) -> (files::Options, files::Limits) {
    let (mut options, mut limits) = (files::Options::default(), files::Limits::default());
    if !given.is_object() {
        return (options, limits);
    }
    let given: &Given = given.unchecked_ref();
    let text = |of: fn(&Given) -> Option<JsValue>| of(given).and_then(|text| text.as_string());
    let number = |of: fn(&Given) -> Option<JsValue>, default: usize| {
        of(given).and_then(|number| number.as_f64()).map_or(default, |number| number as usize)
    };
    options.format = text(Given::format).and_then(|word| files::Format::of(&word));
    options.file_name = text(Given::file_name);
    options.csv.separator = text(Given::separator).and_then(|text| text.chars().next());
    options.csv.columns = given.columns().map(|pairs| text_pairs(&pairs)).unwrap_or_default();
    options.names.prefix = text(Given::prefix).unwrap_or_default();
    options.names.replacement = text(Given::replacement).and_then(|text| text.chars().next());
    let is_on = |of: fn(&Given) -> Option<JsValue>| of(given).and_then(|on| on.as_bool()) == Some(true);
    options.names.renames = given.renames().map(|pairs| text_pairs(&pairs)).unwrap_or_default();
    options.names.shorten = is_on(Given::shorten);
    options.flatten = text(Given::flatten);
    if is_on(Given::one_secret_each) {
        options.maps = files::Maps::OneSecretEach;
    }
    if is_on(Given::whole_items) {
        options.items = files::Items::Json;
    }
    limits.entries = number(Given::import_entries, limits.entries);
    limits.value_bytes = number(Given::value_bytes, limits.value_bytes);
    (options, limits)
}

fn text_pairs(pairs: &JsValue) -> Vec<(String, String)> {
    let Some(pairs) = pairs.dyn_ref::<Array>() else { return Vec::new() };
    pairs
        .iter()
        .filter_map(|pair| {
            let pair = pair.dyn_into::<Array>().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        })
        .collect()
}
