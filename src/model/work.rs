//! The enumerations of SPEC sections 1, 4 and 9. Input ignores case, `-` and `_`; output is kebab case.

use std::fmt;

/// A spelling with case, `-`, `_` and spaces taken out, which is how enum values are compared (SPEC section 1).
pub fn normalised(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '-' | '_' | ' ')).flat_map(char::to_lowercase).collect()
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal $(| $other:literal)*),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// Every value, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that output writes.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Reads a word in any case, with or without `-` and `_`.
            pub fn parse(text: &str) -> Option<Self> {
                let text = normalised(text);
                $(if [$word $(, $other)*].iter().any(|word| normalised(word) == text) { return Some(Self::$variant); })+
                None
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| {
                    serde::de::Error::unknown_variant(&text, &[$($word),+])
                })
            }
        }
    };
}

words! {
    /// What kind of work an operation does (SPEC section 1).
    WorkType {
        /// Finds a connector's channels: one operation a connector.
        ChannelDiscovery = "channel-discovery",
        /// Follows what changes in a channel: one operation a channel.
        ContentSynchronisation = "content-synchronisation",
        /// Submits what a channel held before: a one-off for a channel.
        ContentRegistration = "content-registration",
    }
}

words! {
    /// What an action may answer (SPEC section 1).
    ResultType {
        /// All there was to do is done.
        Complete = "complete",
        /// There is more to do.
        Incomplete = "incomplete",
        /// Something went wrong; the same call is tried again.
        Failed = "failed",
        /// The channel is gone; the operation is given up.
        Abandoned = "abandoned" | "abandonded",
        /// The content source throttles; wait and repeat the same call.
        BackOff = "back-off",
    }
}

words! {
    /// How one execution went: `result` of the event log (SPEC section 9).
    Outcome {
        /// The action answered Complete.
        Complete = "complete",
        /// The action answered Incomplete.
        Incomplete = "incomplete",
        /// The action failed, or answered what counts as a failure.
        Failed = "failed",
        /// The action answered Abandoned.
        Abandoned = "abandoned",
        /// The action backed off and set a lock.
        BackOff = "back-off",
        /// A semaphore lock was in the way; the action was not called.
        Deferred = "deferred",
        /// The connector was disabled; the action was not called.
        Disabled = "disabled",
        /// The connector was gone; the operation ended.
        Removed = "removed",
        /// The channel was not in the channel cache; the operation ended.
        ChannelNotFound = "channel-not-found",
    }
}

words! {
    /// How an operation ended: `status` of `operation-ended` (SPEC section 9).
    Status {
        /// Nothing more to do.
        Complete = "complete",
        /// Given up: channel gone, connector gone or disabled for too long.
        Abandoned = "abandoned",
        /// Retries used up (dead-lettered).
        Failed = "failed",
    }
}

words! {
    /// Which of the action's methods an execution called (SPEC section 9).
    Call {
        /// Channel Discovery's only method.
        Execute = "execute",
        /// The first call of a content operation.
        Begin = "begin",
        /// Every later call of a content operation.
        Continue = "continue",
        /// The action was not called.
        None = "none",
    }
}

words! {
    /// The two kinds of semaphore lock (SPEC section 6).
    LockType {
        /// One lock for every operation of every connector.
        Global = "global",
        /// One lock a scope key.
        Scoped = "scoped",
    }
}

impl WorkType {
    /// Whether this is synchronisation or registration, which run for a channel.
    pub const fn is_content(self) -> bool {
        !matches!(self, Self::ChannelDiscovery)
    }

    /// The name of the table or section for this work type in the inputs: `content_synchronisation`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::ChannelDiscovery => "channel_discovery",
            Self::ContentSynchronisation => "content_synchronisation",
            Self::ContentRegistration => "content_registration",
        }
    }

    /// The short noun for tables: `synchronisation`.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::ChannelDiscovery => "discovery",
            Self::ContentSynchronisation => "synchronisation",
            Self::ContentRegistration => "registration",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enum_values_ignore_case_and_separators() {
        let check = |text, expect| assert_eq!(ResultType::parse(text), expect, "{text}");
        check("BackOff", Some(ResultType::BackOff));
        check("back-off", Some(ResultType::BackOff));
        check("BACK_OFF", Some(ResultType::BackOff));
        check("Abandonded", Some(ResultType::Abandoned));
        check("abandoned", Some(ResultType::Abandoned));
        check("backed-off", None);
        check("", None);
    }

    #[test]
    fn output_is_kebab_case() {
        assert_eq!(Outcome::ChannelNotFound.to_string(), "channel-not-found");
        assert_eq!(
            serde_json::to_string(&WorkType::ContentSynchronisation).ok().as_deref(),
            Some("\"content-synchronisation\"")
        );
    }
}
