//! A series of outcomes and its delays (SPEC section 10), as a table for people and as JSON.

mod bar;
mod json;
mod reason;
mod table;

pub use json::json;
pub use table::table;

use crate::rules::Rules;
use crate::series::{Comparison, Plan};

/// What is to be shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// What the series were made from.
    pub plan: &'a Plan,
    /// Both series.
    pub comparison: &'a Comparison,
    /// Which of them to show, in this order.
    pub rules: &'a [Rules],
}
