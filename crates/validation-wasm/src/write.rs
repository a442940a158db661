//! From what the rules answer to plain objects of JavaScript.

use std::borrow::Cow;

use js_sys::{Array, Object, Reflect};
use strongroom_validation::{Problem, limits as rules};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Answer;
    #[wasm_bindgen(method, setter, structural)]
    fn set_index(this: &Answer, index: f64);
    #[wasm_bindgen(method, setter, structural)]
    fn set_field(this: &Answer, field: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_code(this: &Answer, code: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_message(this: &Answer, message: &JsValue);
    #[wasm_bindgen(method, setter, structural)]
    fn set_problems(this: &Answer, problems: &Array);
}

/// Writes the problems of one call. Keeps the texts it made: making one costs more than all else, and a bad file has the
/// same few in every line.
#[derive(Default)]
pub struct Writer {
    texts: Vec<(&'static str, JsValue)>,
}

impl Writer {
    /// A problem of the entry at `index`, or of the batch as a whole.
    pub fn entry_problem(&mut self, index: Option<usize>, problem: &Problem) -> Object {
        let object = Object::new();
        let answer: &Answer = object.unchecked_ref();
        answer.set_index(index.map_or(-1.0, |index| index as f64));
        self.fill(answer, problem);
        object
    }

    pub fn problem(&mut self, problem: &Problem) -> Object {
        let object = Object::new();
        self.fill(object.unchecked_ref(), problem);
        object
    }

    fn fill(&mut self, answer: &Answer, problem: &Problem) {
        self.set(answer, Answer::set_field, problem.field);
        self.set(answer, Answer::set_code, problem.code.as_str());
        match &problem.message {
            Cow::Borrowed(message) => self.set(answer, Answer::set_message, message),
            Cow::Owned(message) => answer.set_message(&message.into()),
        }
    }

    fn set(&mut self, answer: &Answer, set: fn(&Answer, &JsValue), text: &'static str) {
        if let Some((_, known)) = self.texts.iter().find(|(known, _)| std::ptr::eq(*known, text)) {
            return set(answer, known);
        }
        let made = JsValue::from_str(text);
        set(answer, &made);
        self.texts.push((text, made));
    }
}

pub fn judged(problems: &Array) -> Object {
    let object = Object::new();
    object.unchecked_ref::<Answer>().set_problems(problems);
    object
}

pub fn problems(problems: &[Problem]) -> Array {
    let mut writer = Writer::default();
    problems.iter().map(|problem| writer.problem(problem)).collect()
}

pub fn problem(problem: &Problem) -> JsValue {
    Writer::default().problem(problem).into()
}

pub fn optional(found: Option<Problem>) -> JsValue {
    found.as_ref().map_or(JsValue::UNDEFINED, problem)
}

pub fn limits() -> Object {
    let object = Object::new();
    for (name, limit) in LIMITS {
        // Setting a property of an object made just now cannot fail.
        let _ = Reflect::set(&object, &name.into(), &JsValue::from_f64(limit));
    }
    object
}

/// Every limit by the name the page knows it under. All are far below what a number of JavaScript holds exactly.
pub const LIMITS: [(&str, f64); 25] = [
    ("defaultValueBytes", rules::DEFAULT_VALUE_BYTES as f64),
    ("maxValueBytes", rules::MAX_VALUE_BYTES as f64),
    ("maxName", rules::MAX_NAME as f64),
    ("maxKmsKeyId", rules::MAX_KMS_KEY_ID as f64),
    ("maxDescriptionBytes", rules::MAX_DESCRIPTION_BYTES as f64),
    ("minRotationSeconds", rules::MIN_ROTATION_SECONDS as f64),
    ("maxRotationSeconds", rules::MAX_ROTATION_SECONDS as f64),
    ("maxRotationPeriod", rules::MAX_ROTATION_PERIOD as f64),
    ("maxRotationConfig", rules::MAX_ROTATION_CONFIG as f64),
    ("maxEventSubscriptions", rules::MAX_EVENT_SUBSCRIPTIONS as f64),
    ("maxEventName", rules::MAX_EVENT_NAME as f64),
    ("maxEnterpriseProjectId", rules::MAX_ENTERPRISE_PROJECT_ID as f64),
    ("maxRotationFuncUrn", rules::MAX_ROTATION_FUNC_URN as f64),
    ("minWindowDays", rules::MIN_WINDOW_DAYS as f64),
    ("maxWindowDays", rules::MAX_WINDOW_DAYS as f64),
    ("defaultWindowDays", rules::DEFAULT_WINDOW_DAYS as f64),
    ("maxListLimit", rules::MAX_LIST_LIMIT as f64),
    ("defaultListLimit", rules::DEFAULT_LIST_LIMIT as f64),
    ("maxStageName", rules::MAX_STAGE_NAME as f64),
    ("maxExpireTime", rules::MAX_EXPIRE_TIME as f64),
    ("maxTagKey", rules::MAX_TAG_KEY as f64),
    ("maxTagValue", rules::MAX_TAG_VALUE as f64),
    ("defaultImportEntries", rules::DEFAULT_IMPORT_ENTRIES as f64),
    ("defaultBodyBytes", rules::DEFAULT_BODY_BYTES as f64),
    ("maxBackup", rules::MAX_BACKUP as f64),
];
