//! The connectors of a run, by number.

use std::collections::BTreeMap;

use crate::model::Text;

/// The connectors of a run, numbered in the order in which they came up: that of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct Connectors {
    names: Vec<Text>,
    numbers: BTreeMap<Text, usize>,
}

impl Connectors {
    /// The number of the connector with this id, a new one if it was not known.
    pub(super) fn number(&mut self, id: &str) -> usize {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let name = Text::from(id);
        self.names.push(Text::clone(&name));
        self.numbers.insert(name, self.names.len() - 1);
        self.names.len() - 1
    }

    /// The id of the connector with this number.
    pub(super) fn name(&self, number: usize) -> &str {
        self.names.get(number).map_or("", |name| name)
    }
}
