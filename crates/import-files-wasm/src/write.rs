//! From what was read to plain objects of JavaScript.

use std::borrow::Cow;

use js_sys::{Array, Object};
use strongroom_import_files::{Column, Confidence, Contents, Field, FileEntry, Format, LineProblem, Note};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Answer;
    #[wasm_bindgen(method, setter, structural)]
    fn set_format(this: &Answer, word: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_title(this: &Answer, title: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_why(this: &Answer, why: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_entries(this: &Answer, entries: &Array);
    #[wasm_bindgen(method, setter, structural)]
    fn set_lines(this: &Answer, lines: &Array);
    #[wasm_bindgen(method, setter, structural)]
    fn set_columns(this: &Answer, columns: &Array);
    #[wasm_bindgen(method, setter, structural)]
    fn set_complaints(this: &Answer, problems: &Array);
    #[wasm_bindgen(method, setter, structural)]
    fn set_confidence(this: &Answer, word: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_suggestions(this: &Answer, names: &Array);
    #[wasm_bindgen(method, setter, structural)]
    fn set_count(this: &Answer, count: f64);
    #[wasm_bindgen(method, setter, structural)]
    fn set_notes(this: &Answer, notes: &Array);
    #[wasm_bindgen(method, setter, structural)]
    fn set_line(this: &Answer, line: f64);
    #[wasm_bindgen(method, setter, structural)]
    fn set_column(this: &Answer, column: f64);
    #[wasm_bindgen(method, setter, structural)]
    fn set_index(this: &Answer, index: f64);
    #[wasm_bindgen(method, setter, structural)]
    fn set_field(this: &Answer, field: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_code(this: &Answer, code: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_message(this: &Answer, message: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_name(this: &Answer, name: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_secret_string(this: &Answer, value: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_secret_binary(this: &Answer, value: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_description(this: &Answer, text: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_kms_key_id(this: &Answer, text: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_secret_type(this: &Answer, text: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_auto_rotation(this: &Answer, on: bool);
    #[wasm_bindgen(method, setter, structural)]
    fn set_rotation_period(this: &Answer, text: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_rotation_config(this: &Answer, text: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_event_subscriptions(this: &Answer, events: &Array);
    #[wasm_bindgen(method, setter, structural)]
    fn set_enterprise_project_id(this: &Answer, text: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_rotation_func_urn(this: &Answer, text: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_on_existing(this: &Answer, text: &str);
    #[wasm_bindgen(method, setter, structural)]
    fn set_on_pending(this: &Answer, text: &str);
}

type SetText = fn(&Answer, &str);

pub fn contents(contents: &Contents, problems: &[LineProblem], note: Option<&'static str>) -> Object {
    let object = Object::new();
    let answer: &Answer = object.unchecked_ref();
    answer.set_format(&contents.format.word().into());
    answer.set_why(&(&*contents.why).into());
    answer.set_entries(&contents.entries.iter().map(entry).collect());
    answer.set_lines(&contents.entries.iter().map(|entry| number(entry.line)).collect());
    answer.set_columns(&contents.columns.iter().map(column).collect());
    answer.set_complaints(&all(problems));
    answer.set_confidence(&confidence(contents.confidence).into());
    answer.set_suggestions(
        &contents.entries.iter().map(|entry| JsValue::from_str(&entry.suggested_name)).collect(),
    );
    let note = note.map(|message| Note { line: 1, count: 1, message: Cow::Borrowed(message) });
    answer.set_notes(&note.iter().chain(&contents.notes).map(note_object).collect());
    object
}

/// A file that is not text.
pub fn unread(problem: &LineProblem) -> Object {
    let object = Object::new();
    let answer: &Answer = object.unchecked_ref();
    answer.set_format(&JsValue::NULL);
    answer.set_why(&"It is not text.".into());
    answer.set_confidence(&confidence(Confidence::Certain).into());
    for set in [
        Answer::set_entries,
        Answer::set_lines,
        Answer::set_columns,
        Answer::set_suggestions,
        Answer::set_notes,
    ] {
        set(answer, &Array::new());
    }
    answer.set_complaints(&all(std::slice::from_ref(problem)));
    object
}

pub fn format(format: Format) -> Object {
    let object = Object::new();
    let answer: &Answer = object.unchecked_ref();
    answer.set_format(&format.word().into());
    answer.set_title(&format.title().into());
    object
}

const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Certain => "certain",
    }
}

fn number(number: usize) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// What is absent stays absent, so that the object is what a request takes.
fn entry(entry: &FileEntry) -> Object {
    let object = Object::new();
    let answer: &Answer = object.unchecked_ref();
    answer.set_name(&entry.name);
    if let Some(value) = &entry.secret_string {
        answer.set_secret_string(value);
    }
    if let Some(value) = &entry.secret_binary {
        answer.set_secret_binary(value);
    }
    let texts: [(SetText, &str); 7] = [
        (Answer::set_description, &entry.description),
        (Answer::set_kms_key_id, &entry.kms_key_id),
        (Answer::set_secret_type, &entry.secret_type),
        (Answer::set_rotation_period, &entry.rotation_period),
        (Answer::set_rotation_config, &entry.rotation_config),
        (Answer::set_enterprise_project_id, &entry.enterprise_project_id),
        (Answer::set_rotation_func_urn, &entry.rotation_func_urn),
    ];
    for (set, text) in texts {
        if !text.is_empty() {
            set(answer, text);
        }
    }
    if entry.auto_rotation {
        answer.set_auto_rotation(true);
    }
    if !entry.event_subscriptions.is_empty() {
        let events = entry.event_subscriptions.iter().map(|event| JsValue::from_str(event)).collect();
        answer.set_event_subscriptions(&events);
    }
    if let Some(policy) = &entry.on_existing {
        answer.set_on_existing(policy);
    }
    if let Some(policy) = &entry.on_pending {
        answer.set_on_pending(policy);
    }
    object
}

fn column(column: &Column) -> Object {
    let object = Object::new();
    let answer: &Answer = object.unchecked_ref();
    answer.set_title(&(&*column.title).into());
    answer.set_field(&column.field.map_or("", Field::as_str).into());
    object
}

fn note_object(note: &Note) -> Object {
    let object = Object::new();
    let answer: &Answer = object.unchecked_ref();
    answer.set_line(note.line as f64);
    answer.set_message(&(&*note.message).into());
    object
}

/// Problems of a bad file have the same text in every entry, and making a text costs more than all else: each is made once.
fn all(problems: &[LineProblem]) -> Array {
    let mut known: Vec<(&'static str, JsValue)> = Vec::new();
    let mut text = |text: &'static str| {
        if let Some((_, known)) = known.iter().find(|(known, _)| std::ptr::eq(*known, text)) {
            return known.clone();
        }
        let made = JsValue::from_str(text);
        known.push((text, made.clone()));
        made
    };
    let one = |problem: &LineProblem| {
        let object = Object::new();
        let answer: &Answer = object.unchecked_ref();
        answer.set_line(problem.line as f64);
        answer.set_count(problem.count as f64);
        answer.set_column(problem.column as f64);
        answer.set_index(problem.entry.map_or(-1.0, |entry| entry as f64));
        answer.set_field(&text(problem.field));
        answer.set_code(&text(problem.code.as_str()));
        match &problem.message {
            Cow::Borrowed(message) => answer.set_message(&text(message)),
            Cow::Owned(message) => answer.set_message(&JsValue::from_str(message)),
        }
        object
    };
    problems.iter().map(one).collect()
}
