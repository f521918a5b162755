//! The settings of SPEC section 2, as the rules see them: validated, in milliseconds.

use super::RuleSet;
use crate::model::{Millis, WorkType};

/// One work type's settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DelaySettings {
    /// Delay between executions; `None` takes the rule set's default (D16).
    pub delay: Option<Millis>,
    /// The delay grows while executions return nothing.
    pub exponential_back_off: bool,
    /// Re-execute at once if the execution returned something.
    pub immediate_re_execution: bool,
    /// Adds a random part (D3).
    pub random_delay: bool,
    /// Cap; applies only while `exponential_back_off` is on.
    pub max_delay: Millis,
}

impl DelaySettings {
    /// The base delay under `rules`.
    pub fn base(&self, rules: &RuleSet) -> Millis {
        self.delay.unwrap_or(rules.default_delay)
    }
}

impl Default for DelaySettings {
    fn default() -> Self {
        Self {
            delay: None,
            exponential_back_off: true,
            immediate_re_execution: false,
            random_delay: false,
            max_delay: Millis::from_secs(600),
        }
    }
}

/// When a failed execution is tried again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetrySettings {
    /// `false`: the first failure ends the operation.
    pub retry_on_failure: bool,
    /// How many retries; `None`: for ever.
    pub max_retries: Option<u32>,
    /// The base of the retry delays.
    pub retry_delay: Millis,
    /// Whether retry delays grow with n^2.5.
    pub exponential_retry_delay: bool,
    /// Caps exponential retry delays only.
    pub max_retry_delay: Millis,
}

impl Default for RetrySettings {
    fn default() -> Self {
        Self {
            retry_on_failure: true,
            max_retries: Some(5),
            retry_delay: Millis::from_secs(30),
            exponential_retry_delay: true,
            max_retry_delay: Millis::from_secs(3600),
        }
    }
}

/// The content manager's own settings and those of the three work types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContentManagerSettings {
    /// Time between two passes of the content manager; at least a second.
    pub delay: Millis,
    /// How long a connector may be disabled before its operations end; `None`: for ever.
    pub max_disabled_connector_age: Option<Millis>,
    /// Channel Discovery's settings.
    pub channel_discovery: DelaySettings,
    /// Content Synchronisation's settings.
    pub content_synchronisation: DelaySettings,
    /// Content Registration's settings.
    pub content_registration: DelaySettings,
    /// Keeps a Complete registration going (D15).
    pub reschedule_on_complete: bool,
}

impl ContentManagerSettings {
    /// The settings of one work type.
    pub const fn of(&self, work_type: WorkType) -> &DelaySettings {
        match work_type {
            WorkType::ChannelDiscovery => &self.channel_discovery,
            WorkType::ContentSynchronisation => &self.content_synchronisation,
            WorkType::ContentRegistration => &self.content_registration,
        }
    }
}

impl Default for ContentManagerSettings {
    fn default() -> Self {
        Self {
            delay: Millis::from_secs(300),
            max_disabled_connector_age: None,
            channel_discovery: DelaySettings::default(),
            content_synchronisation: DelaySettings::default(),
            content_registration: DelaySettings::default(),
            reschedule_on_complete: false,
        }
    }
}
