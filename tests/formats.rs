//! Output formats: all have the same fields, and JSON satisfies the schema of its kind.

use crate::command_line::small;
use crate::support::Folder;

#[test]
fn every_format_has_the_same_fields_and_json_goes_back_in_unchanged() {
    let folder = small();
    let sheet = folder.ok(&["list", "papers", "--csv"]);
    let header: Vec<&str> = sheet.lines().next().unwrap().split(',').collect();
    let line = folder.ok(&["list", "papers", "--limit", "1", "--jsonl"]);
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
    assert_eq!(
        header,
        object.keys().map(String::as_str).collect::<Vec<_>>()
    );
    assert_eq!(
        (
            object["period"].as_str(),
            object["period_text"].as_str(),
            object["year"].as_i64()
        ),
        (Some("2017"), Some("2017"), Some(2017))
    );
    assert_eq!(
        folder.ok(&["list", "papers", "-0"]),
        "paper/attention-is-all-you-need\0paper/deep-residual-learning\0"
    );
    assert!(
        folder
            .ok(&["list", "papers", "--toml", "title"])
            .starts_with("[[paper]]\ntitle = \"Attention")
    );
    assert!(
        folder
            .ok(&["list", "papers", "--md", "slug,year"])
            .starts_with("| slug | year |\n| --- | --- |\n| attention")
    );
    assert!(
        folder.ok(&["list", "--json", "papers"]).starts_with("[\n"),
        "`papers` after --json is a kind, not a field"
    );
    assert!(
        folder
            .fails(2, &["list", "papers", "--json", "titel,year"])
            .contains("did you mean `title`?")
    );
    for format in ["jsonl", "json"] {
        let all = folder.ok(&["export", "--format", format]);
        let other = Folder::new();
        other.write(&format!("all.{format}"), &all);
        other.ok(&["import", &format!("all.{format}")]);
        assert_eq!(other.ok(&["export", "--format", format]), all);
        let again = folder.run_with(&["import", "-", "--format", format], &all);
        assert!(
            again
                .err
                .contains("0 entries added, 0 changed, 4 unchanged"),
            "{}",
            again.err
        );
    }
}

#[test]
fn a_field_has_the_same_value_when_it_is_listed_alone() {
    let folder = small();
    folder.ok(&[
        "add",
        "paper",
        "All of it",
        "the body",
        "--year",
        "2020-05",
        "--author",
        "Lee, Ada",
        "--topic",
        "Vision",
        "--tag",
        "new",
        "--alias",
        "AOI",
        "--status",
        "read",
        "--private",
    ]);
    folder.ok(&["set", "paper/all-of-it", "slug=all-of-this"]);
    let listed = |words: &[&str]| -> Vec<serde_json::Value> {
        serde_json::from_str(&folder.ok(&[&["list"], words].concat())).unwrap()
    };
    for kind in ["papers", "kind:paper,term"] {
        for whole in listed(&[kind, "--json"]) {
            for (name, value) in whole.as_object().unwrap() {
                let own = format!(
                    "{}/{}",
                    whole["kind"].as_str().unwrap(),
                    whole["slug"].as_str().unwrap()
                );
                let alone = listed(&[kind, "--json", &format!("ref,{name}")]);
                let alone = alone.iter().find(|entry| entry["ref"] == *own).unwrap();
                assert_eq!(&alone[name], value, "{own} {name}");
                let line = folder.ok(&["list", kind, "--tsv", &format!("ref,{name}")]);
                let whole_line = folder.ok(&[
                    "list",
                    kind,
                    "--tsv",
                    &format!("ref,{name},title,body,topics"),
                ]);
                let cell = |text: &str| {
                    let line = text
                        .lines()
                        .find(|line| line.starts_with(&format!("{own}\t")));
                    line.unwrap().split('\t').nth(1).unwrap().to_owned()
                };
                assert_eq!(cell(&line), cell(&whole_line), "{own} {name}");
            }
        }
    }
    assert_eq!(
        folder.ok(&[
            "list",
            "papers",
            "year=2020",
            "--tsv",
            "period_text,former,private,body"
        ]),
        "2020-05\tall-of-it\tyes\tthe body\n"
    );
    assert_eq!(
        folder.ok(&[
            "list",
            "papers",
            "year=2020",
            "--sort",
            "-updated",
            "--tsv",
            "year"
        ]),
        "2020\n"
    );
}

#[test]
fn spreadsheet_formulas_are_guarded_on_demand() {
    let folder = Folder::new();
    for lead in ["=1+1", "+1", "-1", "@x"] {
        folder.ok(&["add", "term", "--", lead]);
    }
    assert!(
        folder
            .ok(&["list", "terms", "--csv", "title"])
            .contains("\n=1+1\n")
    );
    let guarded = folder.ok(&["list", "terms", "--csv", "title", "--csv-safe"]);
    assert!(
        guarded.lines().skip(1).all(|line| line.starts_with('\'')),
        "{guarded}"
    );
}

#[test]
fn the_output_of_every_json_command_satisfies_the_schema_of_its_kind() {
    let folder = small();
    for kind in [
        "paper",
        "term",
        "goal",
        "achievement",
        "meeting",
        "post",
        "project",
    ] {
        let schema: serde_json::Value =
            serde_json::from_str(&folder.ok(&["schema", kind])).unwrap();
        if folder.ok(&["list", kind]).is_empty() {
            folder.ok(&["add", kind, "A first entry"]);
        }
        for line in folder.ok(&["list", kind, "--jsonl"]).lines() {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(misfit(&entry, &schema), None, "{kind}: {line}");
            let mut wrong = entry.clone();
            wrong["title"] = serde_json::json!(7);
            assert!(misfit(&wrong, &schema).is_some(), "the check can fail");
        }
    }
}

/// Why a value violates a schema; `None` if it does not. Checks only the keywords of JSON Schema
/// that kb uses.
fn misfit(value: &serde_json::Value, schema: &serde_json::Value) -> Option<String> {
    use serde_json::Value as Json;
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    };
    let wrong = |why: &str| Some(format!("{value} violates the schema: expected {why}"));
    match &schema["type"] {
        Json::String(name) if !is(name) => return wrong(name),
        Json::Array(names) if !names.iter().any(|name| is(name.as_str().unwrap())) => {
            return wrong("one of the listed types");
        }
        _ => {}
    }
    if schema.get("const").is_some_and(|known| known != value)
        || schema["enum"]
            .as_array()
            .is_some_and(|known| !known.contains(value))
    {
        return wrong("one of the listed values");
    }
    if schema["anyOf"]
        .as_array()
        .is_some_and(|any| any.iter().all(|schema| misfit(value, schema).is_some()))
    {
        return wrong("one choice of anyOf");
    }
    if let Some(missing) = schema["required"].as_array().and_then(|names| {
        names
            .iter()
            .find(|name| value.get(name.as_str().unwrap()).is_none())
    }) {
        return wrong(&format!("an object with {missing}"));
    }
    let items = value
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|item| misfit(item, &schema["items"]));
    items.or_else(|| {
        value
            .as_object()?
            .iter()
            .find_map(|(name, value)| misfit(value, schema["properties"].get(name)?))
    })
}
