//! The scope key's template (SPEC section 6): `{connector_id}/{work_type}/{channel}`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::model::WorkType;

/// A parsed template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScopeKey {
    template: String,
    parts: Vec<Part>,
}

/// One part of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text that stands for itself.
    Literal(String),
    /// `{connector_id}`.
    ConnectorId,
    /// `{tenant_id}`.
    TenantId,
    /// `{connector_type}`.
    ConnectorType,
    /// `{property.NAME}`.
    Property(String),
    /// `{work_type}`.
    WorkType,
    /// `{channel}`; empty for discovery.
    Channel,
}

/// What a template is filled from. What a connector lacks is empty.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The connector's id.
    pub connector_id: &'a str,
    /// Its tenant.
    pub tenant_id: &'a str,
    /// Its type.
    pub connector_type: &'a str,
    /// Its properties.
    pub properties: &'a BTreeMap<String, String>,
    /// The operation's work type.
    pub work_type: WorkType,
    /// Its channel; empty for discovery.
    pub channel: &'a str,
}

/// A placeholder that a template may not have, or a brace without its partner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownPlaceholder {
    /// Where it stands in the template, in bytes.
    pub at: Range<usize>,
    /// What stands there.
    pub found: String,
}

impl ScopeKey {
    /// The placeholders that a template may have.
    pub const PLACEHOLDERS: [&'static str; 6] =
        ["connector_id", "tenant_id", "connector_type", "property.NAME", "work_type", "channel"];

    /// Parses a template.
    ///
    /// # Errors
    /// A placeholder that is none of [`Self::PLACEHOLDERS`], or a brace without its partner.
    pub fn parse(template: &str) -> Result<Self, UnknownPlaceholder> {
        let mut parts = Vec::new();
        let mut at = 0;
        while at < template.len() {
            let rest = &template[at..];
            let brace = rest.find(['{', '}']).unwrap_or(rest.len());
            if brace > 0 {
                parts.push(Part::Literal(rest[..brace].to_owned()));
                at += brace;
                continue;
            }
            let end = if rest.starts_with('{') { rest.find('}') } else { None };
            let Some(end) = end else {
                return Err(UnknownPlaceholder { at: at..at + 1, found: rest[..1].to_owned() });
            };
            parts.push(match &rest[1..end] {
                "connector_id" => Part::ConnectorId,
                "tenant_id" => Part::TenantId,
                "connector_type" => Part::ConnectorType,
                "work_type" => Part::WorkType,
                "channel" => Part::Channel,
                name => match name.strip_prefix("property.") {
                    Some(property) if !property.is_empty() => Part::Property(property.to_owned()),
                    _ => {
                        return Err(UnknownPlaceholder { at: at..at + end + 1, found: name.to_owned() });
                    }
                },
            });
            at += end + 1;
        }
        Ok(Self { template: template.to_owned(), parts })
    }

    /// The key of an operation.
    pub fn fill(&self, facts: &Facts<'_>) -> String {
        let mut key = String::new();
        for part in &self.parts {
            key.push_str(match part {
                Part::Literal(text) => text,
                Part::ConnectorId => facts.connector_id,
                Part::TenantId => facts.tenant_id,
                Part::ConnectorType => facts.connector_type,
                Part::Property(name) => facts.properties.get(name).map_or("", String::as_str),
                Part::WorkType => facts.work_type.word(),
                Part::Channel => facts.channel,
            });
        }
        key
    }

    /// The template's parts, in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
}

impl fmt::Display for ScopeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, expect: Result<&str, (Range<usize>, &str)>) {
        let properties = BTreeMap::from([("region".to_owned(), "eu".to_owned())]);
        let facts = Facts {
            connector_id: "box",
            tenant_id: "contoso",
            connector_type: "",
            properties: &properties,
            work_type: WorkType::ContentSynchronisation,
            channel: "hr",
        };
        let filled =
            ScopeKey::parse(template).map(|key| key.fill(&facts)).map_err(|error| (error.at, error.found));
        assert_eq!(filled, expect.map(str::to_owned).map_err(|(at, found)| (at, found.to_owned())));
    }

    #[test]
    fn templates() {
        check("", Ok(""));
        check("global", Ok("global"));
        check("{connector_id}/{work_type}/{channel}", Ok("box/content-synchronisation/hr"));
        check("{tenant_id}:{property.region}", Ok("contoso:eu"));
        check("<{connector_type}{property.none}>", Ok("<>"));
    }

    #[test]
    fn bad_templates() {
        check("a{conector_id}", Err((1..14, "conector_id")));
        check("{property.}", Err((0..11, "property.")));
        check("a{channel", Err((1..2, "{")));
        check("a}b", Err((1..2, "}")));
    }
}
