//! One of a list of words, in any case, with or without `-` and `_` (SPEC section 1).

use std::ffi::OsStr;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::words::nearest;

/// A longer list would hide the nearest word, which is told after it.
const MOST_LISTED: usize = 8;

/// Reads one of a list of words; a wrong one is told the nearest.
#[derive(Clone, Debug)]
pub struct Word<T> {
    /// Every word, as help and completions show them.
    pub words: Vec<&'static str>,
    /// Reads one.
    pub parse: fn(&str) -> Option<T>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for Word<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let text = value.to_string_lossy();
        (self.parse)(&text).ok_or_else(|| {
            let mut error = clap::Error::new(ErrorKind::InvalidValue).with_cmd(command);
            if let Some(argument) = argument {
                error.insert(ContextKind::InvalidArg, ContextValue::String(argument.to_string()));
            }
            error.insert(ContextKind::InvalidValue, ContextValue::String(text.clone().into_owned()));
            if self.words.len() <= MOST_LISTED {
                let valid = self.words.iter().map(ToString::to_string).collect();
                error.insert(ContextKind::ValidValue, ContextValue::Strings(valid));
            }
            if let Some(word) = nearest(&text, self.words.iter().copied()) {
                error.insert(ContextKind::SuggestedValue, ContextValue::String(word.to_owned()));
            }
            error
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.words.iter().map(PossibleValue::new)))
    }
}
