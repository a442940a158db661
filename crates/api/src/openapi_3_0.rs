//! The API description in the words of OpenAPI 3.0, for readers that know no newer one. Made from the description that is
//! committed, so the two say the same.

use serde_json::{Map, Value, json};

use crate::openapi;

const VERSION: &str = "3.0.3";

/// JSON, which is YAML too.
pub fn document_3_0() -> String {
    let mut document = serde_json::to_value(openapi::document()).unwrap_or_default();
    translate(&mut document);
    if let Some(top) = document.as_object_mut() {
        top.insert("openapi".to_owned(), json!(VERSION));
    }
    if let Some(license) = document.pointer_mut("/info/license").and_then(Value::as_object_mut) {
        license.remove("identifier");
    }
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn translate(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(translate),
        Value::Object(members) => {
            members.values_mut().for_each(translate);
            name_one_type(members);
            leave_null_out(members);
            wrap_reference(members);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// `type: [integer, 'null']` is `type: integer` and `nullable: true`.
fn name_one_type(schema: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = schema.get("type") else { return };
    let mut others: Vec<_> = types.iter().filter(|name| *name != "null").cloned().collect();
    let is_nullable = others.len() < types.len();
    if let (Some(only), true) = (others.pop(), others.is_empty()) {
        schema.insert("type".to_owned(), only);
    }
    if is_nullable {
        schema.insert("nullable".to_owned(), json!(true));
    }
}

/// `oneOf` with the type null is what is left of it, and `nullable: true`.
fn leave_null_out(schema: &mut Map<String, Value>) {
    let Some(Value::Array(choices)) = schema.get("oneOf") else { return };
    let mut others: Vec<_> = choices.iter().filter(|choice| choice["type"] != "null").cloned().collect();
    if others.len() == choices.len() {
        return;
    }
    let word = if others.len() == 1 { "allOf" } else { "oneOf" };
    // The description of the one that is left belongs to the whole.
    if let ([only], false) = (others.as_mut_slice(), schema.contains_key("description"))
        && let Some(description) = only.as_object_mut().and_then(|only| only.remove("description"))
    {
        schema.insert("description".to_owned(), description);
        if let Some(Value::Array(inner)) = only.get_mut("allOf")
            && let ([reference], 1) = (inner.as_slice(), inner.len())
        {
            *only = reference.clone();
        }
    }
    schema.remove("oneOf");
    schema.insert(word.to_owned(), Value::Array(others));
    schema.insert("nullable".to_owned(), json!(true));
}

/// Nothing may stand beside a reference.
fn wrap_reference(schema: &mut Map<String, Value>) {
    if schema.len() > 1
        && schema.get("$ref").is_some_and(Value::is_string)
        && let Some(reference) = schema.remove("$ref")
    {
        schema.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that 3.0 does not know, wherever it stands.
    fn check(value: &Value, path: &str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| check(item, path)),
            Value::Object(members) => {
                let is_schema_type = members.get("type").is_some_and(|kind| !kind.is_object());
                assert!(!is_schema_type || members["type"].is_string(), "{path}: {value}");
                assert!(members.get("type").is_none_or(|kind| kind != "null"), "{path}: {value}");
                let is_reference = members.get("$ref").is_some_and(Value::is_string);
                assert!(!is_reference || members.len() == 1, "{path}: {value}");
                for word in ["const", "propertyNames", "prefixItems", "contentEncoding", "identifier"] {
                    assert!(!members.get(word).is_some_and(Value::is_string), "{path}: {word}");
                }
                members.iter().for_each(|(name, inner)| check(inner, &format!("{path}/{name}")));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn nothing_is_said_that_the_older_version_does_not_know() {
        let document: Value = serde_json::from_str(&document_3_0()).unwrap();
        assert_eq!(document["openapi"], VERSION);
        check(&document, "");
        let newer = serde_json::to_value(openapi::document()).unwrap();
        let paths =
            |document: &Value| document["paths"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(paths(&document), paths(&newer));
        let schemas = &document["components"]["schemas"];
        let window = &schemas["BatchDeleteSecretsRequest"]["properties"]["recovery_window_in_days"];
        assert_eq!((&window["type"], &window["nullable"]), (&json!("integer"), &json!(true)));
        let scope = &schemas["Auth"]["properties"]["scope"];
        assert_eq!(scope["allOf"], json!([{"$ref": "#/components/schemas/Scope"}]), "{scope}");
        assert_eq!(scope["nullable"], true);
    }
}
