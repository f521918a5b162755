//! The schemas say what the decoder does, no more and no less.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value as Json;

use super::{Overrides, Project, fixtures};
use crate::config::schema;

fn parsed(name: &str) -> Json {
    serde_json::from_str(schema(name).unwrap()).unwrap()
}

/// The keys that a schema has at a path of JSON pointers, following references.
fn keys(root: &Json, path: &str) -> BTreeSet<String> {
    root.pointer(path).unwrap_or_else(|| panic!("{path}"))["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

/// The keys that the decoder would take beside `zzzzzzzzzz`, which is the one it does not know.
fn known(config: &str) -> BTreeSet<String> {
    let project = Project::new(&[("connector.toml", config)]);
    let lines = project.lines(&Overrides::default());
    let line = lines.lines().find(|line| line.contains("`zzzzzzzzzz`")).unwrap_or_else(|| panic!("{lines}"));
    let listed = line.split_once("expected one of ").unwrap().1;
    listed.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
}

#[track_caller]
fn check(name: &str, path: &str, config: &str) {
    assert_eq!(keys(&parsed(name), path), known(config), "{path}");
}

#[test]
fn a_key_of_the_decoder_is_a_key_of_the_schema_and_the_other_way_round() {
    let z = "zzzzzzzzzz = 1";
    check("connector", "", z);
    check("connector", "/properties/simulation", &format!("[simulation]\n{z}"));
    check("connector", "/properties/content_manager", &format!("[content_manager]\n{z}"));
    for work_type in ["channel_discovery", "content_synchronisation", "content_registration"] {
        let path = format!("/properties/content_manager/properties/{work_type}");
        check("connector", &path, &format!("[content_manager.{work_type}]\n{z}"));
    }
    check("connector", "/properties/retry", &format!("[retry]\n{z}"));
    check("connector", "/properties/semaphore_lock", &format!("[semaphore_lock]\n{z}"));
    check("connector", "/properties/connectors/items", &format!("[[connectors]]\n{z}"));
    check("connector", "/properties/timeline/items", &format!("[[timeline]]\n{z}"));
    check("connector", "/properties/expect/items", &format!("[[expect]]\n{z}"));
    check(
        "connector",
        "/properties/expect/items/properties/where",
        &format!("[[expect]]\nwhere = {{ {z} }}"),
    );
    check("connector", "/definitions/count/anyOf/1", &format!("[[expect]]\nlocks = {{ {z} }}"));
    check("connector", "/definitions/duration_bound/anyOf/1", &format!("[[expect]]\nheld = {{ {z} }}"));
}

#[test]
fn likewise_of_content_sources() {
    let z = "zzzzzzzzzz = 1";
    let source =
        |rest: &str| format!("[[connectors]]\nid = 'a'\n[connectors.source]\nkind = 'script'\n{rest}");
    let discovery = |step: &str| source(&format!("channel_discovery.steps = [{{ {step} }}]"));
    check("source", "/definitions/script_source", &source(z));
    check("source", "/definitions/discovery_steps", &source(&format!("channel_discovery = {{ {z} }}")));
    check("source", "/definitions/content_steps", &source(&format!("content_synchronisation.a = {{ {z} }}")));
    check("source", "/definitions/discovery_step", &discovery(z));
    check(
        "source",
        "/definitions/content_step",
        &source(&format!("content_registration.a.steps = [{{ {z} }}]")),
    );
    check("source", "/definitions/when", &discovery(&format!("when = {{ {z} }}")));
    check("source", "/definitions/channel/anyOf/1", &discovery(&format!("channels = [{{ {z} }}]")));
    check(
        "source",
        "/definitions/registration/anyOf/1",
        &discovery(&format!("new_channel_registrations = [{{ {z} }}]")),
    );
}

#[test]
fn likewise_of_datasets() {
    let z = "zzzzzzzzzz = 1";
    let source =
        |rest: &str| format!("[[connectors]]\nid = 'a'\n[connectors.source]\nkind = 'dataset'\n{rest}");
    let root = "/definitions/dataset_source";
    check("source", root, &source(z));
    for table in ["generate", "data", "faults"] {
        check("source", &format!("{root}/properties/{table}"), &source(&format!("{table} = {{ {z} }}")));
    }
    for list in ["channels", "rate_limits", "outages"] {
        let path = format!("{root}/properties/{list}/items");
        check("source", &path, &source(&format!("{list} = [{{ {z} }}]")));
    }
    let cost = format!("{root}/properties/rate_limits/items/properties/cost");
    check("source", &cost, &source(&format!("rate_limits = [{{ cost = {{ {z} }} }}]")));
    check("source", "/definitions/duration_distribution/anyOf/1", &source(&format!("latency = {{ {z} }}")));
    let number = format!("generate.changes_per_day = {{ {z} }}");
    check("source", "/definitions/number_distribution/anyOf/1", &source(&number));
}

#[test]
fn a_source_inside_of_a_config_has_the_schema_of_a_source_file() {
    let (connector, mut source) = (parsed("connector"), parsed("source"));
    for (name, definition) in source["definitions"].as_object().unwrap() {
        assert_eq!(connector["definitions"][name], *definition, "{name}");
    }
    for key in ["$schema", "title", "definitions"] {
        source.as_object_mut().unwrap().remove(key);
    }
    assert_eq!(connector["definitions"]["source"], source);
}

/// The keys of `value` that the schema does not allow.
fn foreign(root: &Json, schema: &Json, value: &Json, path: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return foreign(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, path);
    }
    if let Some(all) = schema["allOf"].as_array() {
        return all.iter().flat_map(|one| foreign(root, one, value, path)).collect();
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let each = any.iter().map(|one| foreign(root, one, value, path));
        return each.min_by_key(Vec::len).unwrap();
    }
    match (value, schema["type"].as_str()) {
        (Json::Object(entries), Some("object")) => {
            let each = entries.iter().flat_map(|(key, value)| {
                let path = format!("{path}.{key}");
                match (schema["properties"].get(key), &schema["additionalProperties"]) {
                    (Some(property), _) => foreign(root, property, value, &path),
                    (None, Json::Bool(false)) => vec![path],
                    (None, additional) => foreign(root, additional, value, &path),
                }
            });
            each.collect()
        }
        (Json::Object(_), Some(_)) | (Json::Array(_), Some("string" | "integer")) => vec![path.to_owned()],
        (Json::Array(values), Some("array")) => {
            values.iter().flat_map(|value| foreign(root, &schema["items"], value, path)).collect()
        }
        _ => Vec::new(),
    }
}

/// A config may have everything from the one that it extends, and a base may leave everything to those that extend it: a
/// file alone does not tell what it lacks.
#[test]
fn a_config_in_two_files_is_no_error_in_either() {
    let connector = parsed("connector");
    assert_eq!(connector["required"], Json::Null);
    assert_eq!(connector["properties"]["simulation"]["required"], Json::Null);
    let base = ("base.toml", "[simulation]\nduration = '2h'\n");
    let extending = (
        "connector.toml",
        "extends = 'base.toml'\n[simulation]\nseed = 3\n[[connectors]]\nid = 'box'\nsource = { kind = 'script' }\n",
    );
    assert_eq!(Project::new(&[base, extending]).lines(&Overrides::default()), "");
}

#[test]
fn every_key_of_the_fixtures_is_in_the_schema() {
    let check = |path: &Path, name: &str| {
        let text = std::fs::read_to_string(path).unwrap();
        let value: Json = toml::from_str(&text).unwrap();
        let root = parsed(name);
        assert_eq!(foreign(&root, &root, &value, ""), Vec::<String>::new(), "{}", path.display());
    };
    for config in fixtures() {
        check(&config, "connector");
        for entry in std::fs::read_dir(config.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            let is_source = path.file_name().unwrap() != "connector.toml";
            if is_source && path.extension().is_some_and(|extension| extension == "toml") {
                check(&path, "source");
            }
        }
    }
    let root = parsed("connector");
    let wrong =
        serde_json::json!({ "retry": { "max_retrys": 1 }, "connectors": [{ "source": { "knid": 1 } }] });
    assert_eq!(foreign(&root, &root, &wrong, ""), [".connectors.source", ".retry.max_retrys"]);
}
