//! Where an operation's running time goes.

/// What an operation was waiting for. Every moment between its start and its end has exactly one cause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cause {
    /// A call was in flight.
    Source,
    /// The delay rules, or a `next_delay`.
    Policy,
    /// The delay before a retry.
    Retry,
    /// A semaphore lock, after an execution that it deferred.
    Lock,
    /// A semaphore lock, after its own BackOff.
    OwnBackOff,
    /// The connector was disabled.
    Disabled,
    /// The execution was due, and the kill switch was on.
    KillSwitch,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 7] = [
        Self::Source,
        Self::Policy,
        Self::Retry,
        Self::Lock,
        Self::OwnBackOff,
        Self::Disabled,
        Self::KillSwitch,
    ];

    /// The key of an expectation about its share: `waiting_own_back_off`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Source => "waiting_source",
            Self::Policy => "waiting_delay",
            Self::Retry => "waiting_retry",
            Self::Lock => "waiting_held",
            Self::OwnBackOff => "waiting_own_back_off",
            Self::Disabled => "waiting_disabled",
            Self::KillSwitch => "waiting_kill_switch",
        }
    }

    /// The word for programs: `own-back-off`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Policy => "delay",
            Self::Retry => "retry",
            Self::Lock => "held",
            Self::OwnBackOff => "own-back-off",
            Self::Disabled => "disabled",
            Self::KillSwitch => "kill-switch",
        }
    }
}
