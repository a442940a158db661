//! The vectors, run natively. The same file runs against the WebAssembly that the page loads.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test, and the policy's exception does not reach functions beside the tests"
)]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use strongroom_validation as rules;
use strongroom_validation::{Entry, Place, Problem, Repeat, limits};

type TextRule = fn(&str) -> Option<Problem>;
type NumberRule = fn(Option<i32>) -> Result<u32, Problem>;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors.json")).unwrap()
}

fn group(name: &str) -> Vec<Value> {
    let group = vectors()[name].as_array().unwrap().clone();
    assert!(!group.is_empty(), "{name} has no vectors");
    group.into_iter().map(expand).collect()
}

/// Expands the abbreviations of the file.
fn expand(value: Value) -> Value {
    match value {
        Value::Array(values) => values.into_iter().map(expand).collect(),
        Value::Object(map) => {
            if let Some(repeat) = map.get("$repeat") {
                return repeat[0].as_str().unwrap().repeat(repeat[1].as_u64().unwrap() as usize).into();
            }
            if let Some(parts) = map.get("$join") {
                return parts
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|part| text(&expand(part.clone())))
                    .collect::<String>()
                    .into();
            }
            if let Some(count) = map.get("$entries") {
                let entry = |n| json!({"name": format!("entry-{n}"), "secret_string": "x"});
                return (0..count.as_u64().unwrap()).map(entry).collect();
            }
            Value::Object(map.into_iter().map(|(key, value)| (key, expand(value))).collect())
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

fn text(value: &Value) -> String {
    assert!(
        value.is_string() || value.is_null(),
        "{value} is no text; put it into a group that only the page runs"
    );
    value.as_str().unwrap_or_default().to_owned()
}

fn render(problem: &Problem) -> Value {
    json!([problem.field, problem.code.as_str(), problem.message])
}

/// The owned fields of an entry.
struct Fields {
    texts: BTreeMap<String, String>,
    events: Vec<String>,
    auto_rotation: bool,
}

impl Fields {
    fn of(entry: &Value) -> Self {
        let texts = entry.as_object().unwrap().iter().filter(|(_, value)| value.is_string());
        Self {
            texts: texts.map(|(name, value)| (name.clone(), text(value))).collect(),
            events: entry["event_subscriptions"].as_array().into_iter().flatten().map(text).collect(),
            auto_rotation: entry["auto_rotation"].as_bool().unwrap_or_default(),
        }
    }

    fn view(&self) -> Entry<'_> {
        let value = |name: &str| self.texts.get(name).map(String::as_str);
        let field = |name: &str| value(name).unwrap_or_default();
        Entry {
            name: field("name"),
            kms_key_id: field("kms_key_id"),
            description: field("description"),
            secret_string: value("secret_string"),
            secret_binary: value("secret_binary"),
            secret_type: field("secret_type"),
            auto_rotation: self.auto_rotation,
            rotation_period: field("rotation_period"),
            rotation_config: field("rotation_config"),
            event_subscriptions: &self.events,
            enterprise_project_id: field("enterprise_project_id"),
            rotation_func_urn: field("rotation_func_urn"),
            on_existing: field("on_existing"),
            on_pending: field("on_pending"),
        }
    }
}

fn judge(entry: &Value, repeat: Option<Repeat>, max_value_bytes: &Value) -> Vec<Problem> {
    let most = max_value_bytes.as_u64().map_or(limits::DEFAULT_VALUE_BYTES, |most| most as usize);
    rules::entry_of_batch(&Fields::of(entry).view(), repeat, most)
}

/// The repeat of an entry, unless it equals the first.
fn repeat(entries: &[Value], own: usize, first: usize) -> Option<Repeat> {
    let differ = Fields::of(&entries[own]).view() != Fields::of(&entries[first]).view();
    let place =
        |index: usize| Place { index, line: entries[index]["line"].as_u64().unwrap_or_default() as usize };
    differ.then(|| Repeat { own: place(own), first: place(first) })
}

#[test]
fn entries() {
    for vector in group("entries") {
        let problems: Value =
            judge(&vector["entry"], None, &vector["max_value_bytes"]).iter().map(render).collect();
        assert_eq!(problems, vector["problems"], "{}", vector["says"]);
    }
}

#[test]
fn batches() {
    for vector in group("batches") {
        let entries = vector["entries"].as_array().unwrap();
        let most =
            vector["max_entries"].as_u64().map_or(limits::DEFAULT_IMPORT_ENTRIES, |most| most as usize);
        let mut found = Vec::new();
        let mut add = |index: i64, problem: &Problem| {
            found.push(json!([index, problem.field, problem.code.as_str(), problem.message]));
        };
        if let Some(problem) = rules::batch_import(entries.len(), most) {
            add(-1, &problem);
        }
        let names: Vec<String> = entries.iter().map(|entry| text(&entry["name"])).collect();
        let repeats = rules::repeated_names(names.iter().map(String::as_str));
        for (index, entry) in entries.iter().enumerate() {
            let first = repeats.iter().find(|(repeat, _)| *repeat == index).map(|(_, first)| *first);
            let repeat = first.and_then(|first| repeat(entries, index, first));
            for problem in judge(entry, repeat, &vector["max_value_bytes"]) {
                add(index as i64, &problem);
            }
        }
        assert_eq!(Value::from(found), vector["problems"], "{}", vector["says"]);
    }
}

#[test]
fn batch_deletes() {
    for vector in group("batch_deletes") {
        let request = &vector["request"];
        let (instance_id, instance_type) = (text(&request["instance_id"]), text(&request["instance_type"]));
        let length = |field: &str| request[field].as_array().map_or(0, Vec::len);
        let selection = rules::Selection {
            names: length("names"),
            tags: length("tags"),
            batch_id: "",
            instance_id: &instance_id,
            instance_type: &instance_type,
        };
        let window = request["recovery_window_in_days"].as_i64().map(|days| i32::try_from(days).unwrap());
        let says_how_many =
            ["expect_total", "dry_run", "dry_run_token"].iter().any(|field| !request[field].is_null());
        let problems = rules::batch_delete(&selection, 1_000, window, says_how_many);
        assert_eq!(problems.iter().map(render).collect::<Value>(), vector["problems"], "{}", vector["says"]);
    }
}

#[test]
fn search_queries() {
    for vector in group("search_queries") {
        let problems = rules::search_query(&text(&vector["query"])).err().unwrap_or_default();
        assert_eq!(problems.iter().map(render).collect::<Value>(), vector["problems"], "{vector}");
    }
}

#[test]
fn user_passwords() {
    for vector in group("user_passwords") {
        let problem = rules::user_password(&text(&vector["password"]), &text(&vector["user"]));
        assert_eq!(problem.as_ref().map_or(Value::Null, render), vector["problem"], "{vector}");
    }
}

#[test]
fn single_fields() {
    let judged: [(&str, &str, TextRule); 7] = [
        ("secret_ids", "id", rules::secret_id),
        ("secret_names", "name", rules::secret_name),
        ("version_ids", "version", rules::version_id),
        ("stage_names", "stage", rules::stage_name),
        ("markers", "marker", rules::marker),
        ("tag_keys", "key", rules::tag_key),
        ("tag_values", "value", rules::tag_value),
    ];
    for (name, input, rule) in judged {
        for vector in group(name) {
            assert_eq!(
                rule(&text(&vector[input])).as_ref().map_or(Value::Null, render),
                vector["problem"],
                "{vector}"
            );
        }
    }
}

#[test]
fn numbers() {
    let judged: [(&str, &str, NumberRule); 2] =
        [("recovery_windows", "days", rules::recovery_window), ("list_limits", "limit", rules::list_limit)];
    for (name, input, rule) in judged {
        for vector in group(name) {
            let number = vector[input].as_i64().map(|number| i32::try_from(number).unwrap());
            assert_eq!(
                rule(number).err().as_ref().map_or(Value::Null, render),
                vector["problem"],
                "{vector}"
            );
        }
    }
}

#[test]
fn versions() {
    for vector in group("versions") {
        let version = &vector["version"];
        let stages: Vec<String> =
            version["version_stages"].as_array().into_iter().flatten().map(text).collect();
        let new = rules::NewVersion {
            secret_string: version["secret_string"].as_str(),
            secret_binary: version["secret_binary"].as_str(),
            version_stages: &stages,
            expire_time: version["expire_time"].as_i64(),
        };
        let problems = rules::new_version(&new, vector["now"].as_i64().unwrap(), limits::DEFAULT_VALUE_BYTES);
        assert_eq!(problems.iter().map(render).collect::<Value>(), vector["problems"], "{}", vector["says"]);
    }
    for vector in group("expire_times") {
        let judged = rules::expire_time(vector["moment"].as_i64().unwrap(), vector["now"].as_i64().unwrap());
        assert_eq!(judged.err().as_ref().map_or(Value::Null, render), vector["problem"], "{vector}");
    }
}

#[test]
fn rotation() {
    for vector in group("rotation_periods") {
        match rules::rotation_period_seconds(&text(&vector["period"])) {
            Ok(seconds) => assert_eq!(vector["seconds"], seconds, "{vector}"),
            Err(problem) => assert_eq!(vector["problem"], render(&problem), "{vector}"),
        }
    }
    for vector in group("rotation_configs") {
        assert_eq!(
            vector["instance_id"].as_str(),
            rules::instance_id_of(&text(&vector["config"])).as_deref(),
            "{vector}"
        );
    }
}

#[test]
fn every_group_of_vectors_is_run() {
    for name in vectors().as_object().unwrap().keys() {
        let native = [
            "entries",
            "batches",
            "batch_deletes",
            "recovery_windows",
            "list_limits",
            "search_queries",
            "user_passwords",
            "secret_ids",
            "secret_names",
            "version_ids",
            "versions",
            "stage_names",
            "expire_times",
            "markers",
            "tag_keys",
            "tag_values",
            "rotation_periods",
            "rotation_configs",
        ];
        assert!(name.starts_with("js_") || native.contains(&name.as_str()), "nobody runs {name}");
    }
}
