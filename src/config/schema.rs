//! JSON Schemas of what people and programs read and write: for editors, and for whoever reads an event log.

/// The names of [`schema`], in the order in which help shows them.
pub const SCHEMAS: [&str; 3] = ["connector", "source", "run-log"];

/// The JSON Schema (draft 7) called `name`, one of [`SCHEMAS`].
pub fn schema(name: &str) -> Option<&'static str> {
    Some(match name {
        "connector" => include_str!("schema/connector.json"),
        "source" => include_str!("schema/source.json"),
        "run-log" => include_str!("schema/run-log.json"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_json_with_a_title() {
        for name in SCHEMAS {
            let schema: serde_json::Value = serde_json::from_str(schema(name).unwrap()).unwrap();
            assert!(schema["title"].is_string(), "{name}");
        }
        assert_eq!(schema("conector"), None);
    }
}
