//! Generates the JSON Schema (draft 2020-12) of a kind, for `kb schema`.

use serde_json::{Value as Json, json};

use super::{FieldType, Kind};

/// The JSON Schema that the JSON form of every entry of the kind satisfies.
pub fn of(kind: &Kind) -> Json {
    let texts = json!({"type": "array", "items": {"type": "string"}});
    let mut properties = json!({
        "uid": {"type": "string"},
        "kind": {"const": kind.name},
        "slug": {"type": "string", "pattern": "^[^\\s/\\\\:.A-Z-][^\\s/\\\\:.A-Z]*$"},
        "title": {"type": "string", "minLength": 1, "maxLength": 1000},
        "body": {"type": "string", "description": "Markdown"},
        "topics": texts, "tags": texts, "aliases": texts, "former": texts,
        "private": {"type": "boolean"},
        "position": {"type": ["number", "null"]},
        "created": {"type": "string", "format": "date-time"},
        "updated": {"type": "string", "format": "date-time"},
    });
    for field in &kind.fields {
        let one = match field.field_type {
            FieldType::Integer => json!({"type": "integer"}),
            FieldType::Number => json!({"type": "number"}),
            FieldType::Flag => json!({"type": "boolean"}),
            FieldType::Choice => json!({"enum": field.choices}),
            FieldType::Url => json!({"type": "string", "format": "uri-reference"}),
            FieldType::Period => json!({"type": "string", "description": "EDTF, level 0 or 1"}),
            _ => json!({"type": "string"}),
        };
        let mut value = match (field.many, field.required) {
            (true, _) => json!({"type": "array", "items": one}),
            (false, true) => one,
            (false, false) => json!({"anyOf": [one, {"type": "null"}]}),
        };
        value["description"] = json!(field.help);
        properties[&field.name] = value;
        if field.field_type == FieldType::Period {
            properties[format!("{}_text", field.name)] =
                json!({"type": ["string", "null"], "description": "The period as it was written"});
        }
        if field.year {
            properties["year"] = json!({"type": ["integer", "null"]});
        }
    }
    let required: Vec<&str> = ["kind", "slug", "title"]
        .into_iter()
        .chain(
            kind.fields
                .iter()
                .filter(|field| field.required)
                .map(|field| field.name.as_str()),
        )
        .collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.name,
        "description": kind.summary,
        "type": "object",
        "properties": properties,
        "required": required,
    })
}
