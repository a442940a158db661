//! From what JavaScript holds to what the rules take.
//!
//! Nothing that arrives here can raise an exception: another type than asked for becomes a problem of the field. A
//! field that is `undefined` or `null` counts as absent.

use js_sys::Array;
use strongroom_validation as rules;
use strongroom_validation::{Entry, Expected, Place, Problem, Repeat, limits, wrong_type};
use wasm_bindgen::prelude::*;

// Plain property reads: looking a property up by name would make a text for each read. None stands for both `undefined`
// and `null`, told apart before the module is entered, because most fields of most entries are absent.
#[wasm_bindgen]
extern "C" {
    pub type Fields;
    #[wasm_bindgen(method, getter, structural)]
    fn name(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn kms_key_id(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn description(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn secret_string(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn secret_binary(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn secret_type(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn auto_rotation(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn rotation_period(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn rotation_config(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn event_subscriptions(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn enterprise_project_id(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn rotation_func_urn(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn on_existing(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn on_pending(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    fn line(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn instance_id(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn instance_type(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn names(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn tags(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn recovery_window_in_days(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn expect_total(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn dry_run(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn dry_run_token(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn version_stages(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural)]
    pub fn expire_time(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural, js_name = importEntries)]
    fn import_entries(this: &Fields) -> Option<JsValue>;
    #[wasm_bindgen(method, getter, structural, js_name = valueBytes)]
    fn value_bytes(this: &Fields) -> Option<JsValue>;
}

impl Fields {
    /// The fields of an object; none when it is something else.
    pub fn of(value: &JsValue) -> Option<&Self> {
        (value.is_object() && !Array::is_array(value)).then(|| value.unchecked_ref())
    }
}

/// What the server at hand takes, as it published it; the defaults for what is not given.
pub struct ServerLimits {
    pub import_entries: usize,
    pub value_bytes: usize,
}

impl ServerLimits {
    pub fn of(given: &JsValue) -> Self {
        let fields = Fields::of(given);
        let number = |of: fn(&Fields) -> Option<JsValue>, default: usize| {
            fields.and_then(|fields| of(fields)?.as_f64()).map_or(default, |number| number as usize)
        };
        Self {
            import_entries: number(Fields::import_entries, limits::DEFAULT_IMPORT_ENTRIES),
            value_bytes: number(Fields::value_bytes, limits::DEFAULT_VALUE_BYTES),
        }
    }
}

/// An entry as it was read, with the fields of a wrong type.
pub struct ReadEntry {
    wrong: Vec<Problem>,
    name: String,
    kms_key_id: String,
    description: String,
    secret_string: Option<String>,
    secret_binary: Option<String>,
    secret_type: String,
    auto_rotation: bool,
    rotation_period: String,
    rotation_config: String,
    event_subscriptions: Vec<String>,
    enterprise_project_id: String,
    rotation_func_urn: String,
    on_existing: String,
    on_pending: String,
}

impl ReadEntry {
    /// Everything that is wrong with an entry: wrong types first, then what the rules say of the other fields.
    pub fn problems(entry: &JsValue, repeat: Option<Repeat>, max_value_bytes: usize) -> Vec<Problem> {
        let Some(fields) = Fields::of(entry) else { return vec![wrong_type("secrets", Expected::Object)] };
        let read = Self::read(fields);
        let judged = rules::entry_of_batch(&read.view(), repeat, max_value_bytes);
        with_wrong_types(read.wrong, judged)
    }

    fn read(fields: &Fields) -> Self {
        let mut wrong = Vec::new();
        Self {
            name: text(fields.name().as_ref(), "name", &mut wrong),
            kms_key_id: text(fields.kms_key_id().as_ref(), "kms_key_id", &mut wrong),
            description: text(fields.description().as_ref(), "description", &mut wrong),
            secret_string: value(fields.secret_string().as_ref(), "secret_string", &mut wrong),
            secret_binary: value(fields.secret_binary().as_ref(), "secret_binary", &mut wrong),
            secret_type: kind(fields.secret_type().as_ref(), &mut wrong),
            auto_rotation: boolean(fields.auto_rotation().as_ref(), "auto_rotation", &mut wrong),
            rotation_period: text(fields.rotation_period().as_ref(), "rotation_period", &mut wrong),
            rotation_config: text(fields.rotation_config().as_ref(), "rotation_config", &mut wrong),
            event_subscriptions: texts(
                fields.event_subscriptions().as_ref(),
                "event_subscriptions",
                &mut wrong,
            ),
            enterprise_project_id: text(
                fields.enterprise_project_id().as_ref(),
                "enterprise_project_id",
                &mut wrong,
            ),
            rotation_func_urn: text(fields.rotation_func_urn().as_ref(), "rotation_func_urn", &mut wrong),
            on_existing: text(fields.on_existing().as_ref(), "on_existing", &mut wrong),
            on_pending: text(fields.on_pending().as_ref(), "on_pending", &mut wrong),
            wrong,
        }
    }

    fn view(&self) -> Entry<'_> {
        Entry {
            name: &self.name,
            kms_key_id: &self.kms_key_id,
            description: &self.description,
            secret_string: self.secret_string.as_deref(),
            secret_binary: self.secret_binary.as_deref(),
            secret_type: &self.secret_type,
            auto_rotation: self.auto_rotation,
            rotation_period: &self.rotation_period,
            rotation_config: &self.rotation_config,
            event_subscriptions: &self.event_subscriptions,
            enterprise_project_id: &self.enterprise_project_id,
            rotation_func_urn: &self.rotation_func_urn,
            on_existing: &self.on_existing,
            on_pending: &self.on_pending,
        }
    }
}

/// Wrong types first, then what the rules say of the other fields.
pub fn with_wrong_types(mut wrong: Vec<Problem>, judged: Vec<Problem>) -> Vec<Problem> {
    let fields: Vec<&str> = wrong.iter().map(|problem| problem.field).collect();
    wrong.extend(judged.into_iter().filter(|problem| !fields.contains(&problem.field)));
    wrong
}

/// The name of an entry, empty when it has none.
pub fn name(entry: &JsValue) -> String {
    Fields::of(entry).and_then(|fields| fields.name()?.as_string()).unwrap_or_default()
}

/// That the entry has the name of an earlier one; none when it says the same as that one, because then it does no harm.
pub fn repeat(entries: &Array, own: usize, first: usize) -> Option<Repeat> {
    let at = |index: usize| entries.get(u32::try_from(index).unwrap_or(u32::MAX));
    let (own_entry, first_entry) = (at(own), at(first));
    let (own_fields, first_fields) = (Fields::of(&own_entry)?, Fields::of(&first_entry)?);
    if ReadEntry::read(own_fields).view() == ReadEntry::read(first_fields).view() {
        return None;
    }
    let place = |index, fields: &Fields| Place {
        index,
        line: fields.line().and_then(|line| line.as_f64()).unwrap_or_default() as usize,
    };
    Some(Repeat { own: place(own, own_fields), first: place(first, first_fields) })
}

pub fn length(list: &Array) -> usize {
    usize::try_from(list.length()).unwrap_or(usize::MAX)
}

/// How many elements the list of a field has, none when it is absent or of another type.
pub fn counted(given: Option<&JsValue>, field: &'static str, wrong: &mut Vec<Problem>) -> usize {
    let Some(given) = given else { return 0 };
    let Some(list) = given.dyn_ref::<Array>() else {
        wrong.push(wrong_type(field, Expected::List));
        return 0;
    };
    length(list)
}

/// The text of a field, empty when it is absent or of another type.
pub fn text(given: Option<&JsValue>, field: &'static str, wrong: &mut Vec<Problem>) -> String {
    value(given, field, wrong).unwrap_or_default()
}

/// The text of a value. One of another type is there all the same: nothing else shall be said to be missing.
pub fn value(given: Option<&JsValue>, field: &'static str, wrong: &mut Vec<Problem>) -> Option<String> {
    let text = given?.as_string();
    if text.is_none() {
        wrong.push(wrong_type(field, Expected::Text));
    }
    Some(text.unwrap_or_default())
}

/// The type of a secret. One of another JSON type is no known type, so that nothing is concluded from it.
fn kind(given: Option<&JsValue>, wrong: &mut Vec<Problem>) -> String {
    let before = wrong.len();
    let kind = text(given, "secret_type", wrong);
    if wrong.len() > before { "?".to_owned() } else { kind }
}

fn boolean(given: Option<&JsValue>, field: &'static str, wrong: &mut Vec<Problem>) -> bool {
    let Some(given) = given else { return false };
    let answer = given.as_bool();
    if answer.is_none() {
        wrong.push(wrong_type(field, Expected::Boolean));
    }
    answer.unwrap_or_default()
}

pub fn texts(given: Option<&JsValue>, field: &'static str, wrong: &mut Vec<Problem>) -> Vec<String> {
    let Some(given) = given else { return Vec::new() };
    let texts = given.dyn_ref::<Array>().and_then(|list| list.iter().map(|text| text.as_string()).collect());
    if texts.is_none() {
        wrong.push(wrong_type(field, Expected::TextList));
    }
    texts.unwrap_or_default()
}

/// A whole number, or none when it is absent.
pub fn whole_number(given: &JsValue, field: &'static str) -> Result<Option<i32>, Problem> {
    if given.is_undefined() || given.is_null() {
        return Ok(None);
    }
    // What lies beyond the range of the type lies beyond every limit too, and the conversion keeps it there.
    Ok(Some(whole(given, field)? as i32))
}

/// A moment in milliseconds, or none when it is absent.
pub fn moment(given: Option<&JsValue>, field: &'static str) -> Result<Option<i64>, Problem> {
    Ok(match given {
        Some(given) => Some(whole(given, field)? as i64),
        None => None,
    })
}

fn whole(given: &JsValue, field: &'static str) -> Result<f64, Problem> {
    let number = given.as_f64().filter(|number| number.is_finite() && number.fract() == 0.0);
    number.ok_or_else(|| wrong_type(field, Expected::WholeNumber))
}
