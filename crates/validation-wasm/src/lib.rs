#![doc = include_str!("../README.md")]

mod read;
mod typescript;
mod write;

use js_sys::{Array, Object};
use strongroom_validation as rules;
use strongroom_validation::{Expected, NewVersion};
use wasm_bindgen::prelude::*;

use crate::read::{Fields, ReadEntry, ServerLimits};

/// Judges the entries of an import as the server does: the batch, then each entry, repeated names included.
#[wasm_bindgen(js_name = judgeEntries, unchecked_return_type = "Judged")]
pub fn judge_entries(
    #[wasm_bindgen(unchecked_param_type = "unknown")] entries: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "ServerLimits | undefined")] limits: &JsValue,
) -> Object {
    let found = Array::new();
    let mut writer = write::Writer::default();
    let Some(entries) = entries.dyn_ref::<Array>() else {
        found.push(&writer.entry_problem(None, &rules::wrong_type("secrets", Expected::List)));
        return write::judged(&found);
    };
    let limits = ServerLimits::of(limits);
    if let Some(problem) = rules::batch_import(read::length(entries), limits.import_entries) {
        found.push(&writer.entry_problem(None, &problem));
    }
    // Names first and then entry by entry, so that the module never holds all the values at once.
    let names: Vec<String> = entries.iter().map(|entry| read::name(&entry)).collect();
    let mut repeats = rules::repeated_names(names.iter().map(String::as_str)).into_iter().peekable();
    for (index, entry) in entries.iter().enumerate() {
        let first = repeats.next_if(|(repeat, _)| *repeat == index).map(|(_, first)| first);
        let repeat = first.and_then(|first| read::repeat(entries, index, first));
        for problem in ReadEntry::problems(&entry, repeat, limits.value_bytes) {
            found.push(&writer.entry_problem(Some(index), &problem));
        }
    }
    write::judged(&found)
}

/// Judges one entry on its own.
#[wasm_bindgen(js_name = judgeEntry, unchecked_return_type = "Problem[]")]
pub fn judge_entry(
    #[wasm_bindgen(unchecked_param_type = "unknown")] entry: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "ServerLimits | undefined")] limits: &JsValue,
) -> Array {
    write::problems(&ReadEntry::problems(entry, None, ServerLimits::of(limits).value_bytes))
}

/// Judges what a batch delete is about.
#[wasm_bindgen(js_name = judgeBatchDelete, unchecked_return_type = "Problem[]")]
pub fn judge_batch_delete(
    #[wasm_bindgen(unchecked_param_type = "BatchDelete")] request: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "ServerLimits | undefined")] limits: &JsValue,
) -> Array {
    let Some(fields) = Fields::of(request) else {
        return write::problems(&[rules::wrong_type("request", Expected::Object)]);
    };
    let mut wrong = Vec::new();
    let selection = rules::Selection {
        names: read::counted(fields.names().as_ref(), "names", &mut wrong),
        tags: read::counted(fields.tags().as_ref(), "tags", &mut wrong),
        batch_id: "",
        instance_id: &read::text(fields.instance_id().as_ref(), "instance_id", &mut wrong),
        instance_type: &read::text(fields.instance_type().as_ref(), "instance_type", &mut wrong),
    };
    let window = fields.recovery_window_in_days().unwrap_or(JsValue::UNDEFINED);
    let window = read::whole_number(&window, "recovery_window_in_days").unwrap_or_else(|problem| {
        wrong.push(problem);
        None
    });
    let is_set = |field: Option<JsValue>| field.is_some_and(|given| given.is_truthy());
    let shown = is_set(fields.dry_run()) || is_set(fields.dry_run_token());
    if wrong.is_empty() {
        let says_how_many = shown || fields.expect_total().is_some();
        let most = ServerLimits::of(limits).import_entries;
        wrong = rules::batch_delete(&selection, most, window, says_how_many);
    }
    write::problems(&wrong)
}

/// Judges the window of a scheduled deletion; none at all means the default.
#[wasm_bindgen(js_name = judgeRecoveryWindow, unchecked_return_type = "Problem | undefined")]
pub fn judge_recovery_window(#[wasm_bindgen(unchecked_param_type = "unknown")] days: &JsValue) -> JsValue {
    let judged = read::whole_number(days, "recovery_window_in_days").and_then(rules::recovery_window);
    write::optional(judged.err())
}

/// Judges the number of items asked for on a page; none at all means the default.
#[wasm_bindgen(js_name = judgeListLimit, unchecked_return_type = "Problem | undefined")]
pub fn judge_list_limit(#[wasm_bindgen(unchecked_param_type = "unknown")] limit: &JsValue) -> JsValue {
    write::optional(read::whole_number(limit, "limit").and_then(rules::list_limit).err())
}

/// Judges what somebody looks for.
#[wasm_bindgen(js_name = judgeSearchQuery, unchecked_return_type = "Problem[]")]
pub fn judge_search_query(query: &str) -> Array {
    write::problems(&rules::search_query(query).err().unwrap_or_default())
}

/// Judges the id of a secret as it stands in a path.
#[wasm_bindgen(js_name = judgeSecretId, unchecked_return_type = "Problem | undefined")]
pub fn judge_secret_id(id: &str) -> JsValue {
    write::optional(rules::secret_id(id))
}

/// Judges a name as it stands in a path.
#[wasm_bindgen(js_name = judgeSecretName, unchecked_return_type = "Problem | undefined")]
pub fn judge_secret_name(name: &str) -> JsValue {
    write::optional(rules::secret_name(name))
}

/// Judges a version as it stands in a path.
#[wasm_bindgen(js_name = judgeVersionId, unchecked_return_type = "Problem | undefined")]
pub fn judge_version_id(version: &str) -> JsValue {
    write::optional(rules::version_id(version))
}

/// Judges a new version before it is sent. `now` is in milliseconds since 1970, as `Date.now()` tells it.
#[wasm_bindgen(js_name = judgeVersion, unchecked_return_type = "Problem[]")]
pub fn judge_version(
    #[wasm_bindgen(unchecked_param_type = "NewVersion")] version: &JsValue,
    now: f64,
    #[wasm_bindgen(unchecked_param_type = "ServerLimits | undefined")] limits: &JsValue,
) -> Array {
    let Some(fields) = Fields::of(version) else {
        return write::problems(&[rules::wrong_type("version", Expected::Object)]);
    };
    let mut wrong = Vec::new();
    let string = read::value(fields.secret_string().as_ref(), "secret_string", &mut wrong);
    let binary = read::value(fields.secret_binary().as_ref(), "secret_binary", &mut wrong);
    let stages = read::texts(fields.version_stages().as_ref(), "version_stages", &mut wrong);
    let expire_time = read::moment(fields.expire_time().as_ref(), "expire_time").unwrap_or_else(|problem| {
        wrong.push(problem);
        None
    });
    let new = NewVersion {
        secret_string: string.as_deref(),
        secret_binary: binary.as_deref(),
        version_stages: &stages,
        expire_time,
    };
    let most = ServerLimits::of(limits).value_bytes;
    write::problems(&read::with_wrong_types(wrong, rules::new_version(&new, now as i64, most)))
}

/// Judges the moment a version shall expire. Both are in milliseconds since 1970.
#[wasm_bindgen(js_name = judgeExpireTime, unchecked_return_type = "Problem | undefined")]
pub fn judge_expire_time(
    #[wasm_bindgen(unchecked_param_type = "unknown")] moment: &JsValue,
    now: f64,
) -> JsValue {
    let given = Some(moment).filter(|moment| !moment.is_undefined() && !moment.is_null());
    // A moment has to be given here, and none is none to come.
    let moment = read::moment(given, "expire_time").map(Option::unwrap_or_default);
    write::optional(moment.and_then(|moment| rules::expire_time(moment, now as i64)).err())
}

/// Judges a password that the user of this name chooses.
#[wasm_bindgen(js_name = judgeUserPassword, unchecked_return_type = "Problem | undefined")]
pub fn judge_user_password(password: &str, user_name: &str) -> JsValue {
    write::optional(rules::user_password(password, user_name))
}

/// Judges the name of a stage.
#[wasm_bindgen(js_name = judgeStageName, unchecked_return_type = "Problem | undefined")]
pub fn judge_stage_name(stage: &str) -> JsValue {
    write::optional(rules::stage_name(stage))
}

/// Judges where a page shall start.
#[wasm_bindgen(js_name = judgeMarker, unchecked_return_type = "Problem | undefined")]
pub fn judge_marker(marker: &str) -> JsValue {
    write::optional(rules::marker(marker))
}

/// Judges the key of a tag.
#[wasm_bindgen(js_name = judgeTagKey, unchecked_return_type = "Problem | undefined")]
pub fn judge_tag_key(key: &str) -> JsValue {
    write::optional(rules::tag_key(key))
}

/// Judges the value of a tag.
#[wasm_bindgen(js_name = judgeTagValue, unchecked_return_type = "Problem | undefined")]
pub fn judge_tag_value(value: &str) -> JsValue {
    write::optional(rules::tag_value(value))
}

/// The length of a rotation period in seconds, or what is wrong with it.
#[wasm_bindgen(js_name = rotationPeriodSeconds, unchecked_return_type = "number | Problem")]
pub fn rotation_period_seconds(period: &str) -> JsValue {
    match rules::rotation_period_seconds(period) {
        // A year of seconds is far below what a number of JavaScript holds exactly.
        Ok(seconds) => JsValue::from_f64(seconds as f64),
        Err(problem) => write::problem(&problem),
    }
}

/// The identifier of the instance that a `rotation_config` names, if it names one.
#[wasm_bindgen(js_name = instanceIdOf)]
pub fn instance_id_of(rotation_config: &str) -> Option<String> {
    rules::instance_id_of(rotation_config).map(Into::into)
}

/// The limits that the sentences speak of, as the rules have them.
#[wasm_bindgen(unchecked_return_type = "Limits")]
pub fn limits() -> Object {
    write::limits()
}
