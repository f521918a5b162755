//! Steps 5 and 6 of an execution: what an answer does (SPEC section 4).

use super::decided::{Asked, Decided, Place};
use super::{Next, OperationState, Terms, remember};
use crate::model::{Cursor, LockType, Millis, Outcome, ResultType, Status, Stream, Text, WorkType};
use crate::rules::{self, Comparison, Delay, DelayRule, Occasion, Retry, Row, Rows, RuleSet};
use crate::source::{Answer, Payload};

/// What an answer does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// How the execution went, after answers that count as Failed have been told apart.
    pub outcome: Outcome,
    /// Why, where that is not the answer's own reason.
    pub reason: Option<Text>,
    /// The cursor that the call was given, where it is another one now.
    pub cursor_in: Option<Cursor>,
    /// What follows, unless it is what was decided before.
    next: Option<Next>,
    /// What follows, where that was decided before: a delay is worth not copying.
    as_decided: Option<Place>,
    /// The lock that a BackOff sets, and for how long.
    pub lock: Option<(LockType, Millis)>,
    /// Whether the channel leaves the channel cache.
    pub channel_leaves: bool,
    /// Where the other rule set would have decided otherwise.
    pub differs: Rows,
}

impl Applied {
    /// Nothing has been applied yet.
    pub const fn nothing_yet() -> Self {
        Self {
            outcome: Outcome::Complete,
            reason: None,
            cursor_in: None,
            next: None,
            as_decided: None,
            lock: None,
            channel_leaves: false,
            differs: Rows::NONE,
        }
    }

    /// Applies an answer to the operation that was called, which takes over its cursor. `decided` belongs to `terms`.
    ///
    /// What it does is put in place, into an [`Applied::nothing_yet`]: it is wide, and a copy would be waited for at every
    /// execution.
    pub fn apply(
        &mut self,
        state: &mut OperationState,
        answer: &mut Answer,
        terms: &Terms<'_>,
        decided: &mut Decided,
        stream: &mut Stream,
    ) {
        let (result, reason) = judged(answer, terms);
        self.reason = reason;
        self.differs = Rows::when(is_extra_for_discovery(answer.result, terms.work_type), Row::D12);
        match result {
            ResultType::Complete | ResultType::Incomplete => {
                let complete = result == ResultType::Complete;
                self.outcome = if complete { Outcome::Complete } else { Outcome::Incomplete };
                self.cursor_in = advance_cursor(state, answer, complete, terms);
                state.begun = true;
                state.failures = 0;
                let results = has_results(&answer.payload);
                if complete || results {
                    state.delays.count(results);
                }
                let progress = Progress { complete, results, next_delay: answer.next_delay };
                self.after_progress(progress, state, terms, decided, stream);
            }
            ResultType::Failed => {
                self.outcome = Outcome::Failed;
                state.failures = state.failures.saturating_add(1);
                self.next = Some(match rules::after_failure(terms.retry, state.failures) {
                    Retry::After(delay) => Next::After(delay),
                    Retry::GiveUp => {
                        Next::Ends(Status::Failed, gave_up(state.failures, terms, self.reason(answer)))
                    }
                });
            }
            ResultType::Abandoned => {
                self.outcome = Outcome::Abandoned;
                let registration = terms.work_type == WorkType::ContentRegistration;
                self.channel_leaves = terms.work_type.is_content()
                    && !(registration && terms.rules.abandoned_registration_keeps_channel);
                self.differs = self.differs.union(Rows::when(registration, Row::D5));
                let reason = self.reason(answer);
                let reason = if reason.is_empty() { "abandoned" } else { reason };
                self.next = Some(Next::Ends(Status::Abandoned, reason.into()));
            }
            ResultType::BackOff => {
                self.outcome = Outcome::BackOff;
                self.lock = answer.semaphore_lock_type.zip(answer.next_delay);
            }
        }
    }

    /// How long until the next execution; none where the operation ends, nor for a BackOff, whose wait depends on all locks
    /// once its own is set. `decided` is that of [`Self::apply`].
    pub fn delay<'a>(&'a self, decided: &'a Decided) -> Option<&'a Delay> {
        match &self.next {
            Some(Next::After(delay)) => Some(delay),
            Some(Next::Ends(..)) => None,
            None => self.as_decided.and_then(|place| decided.at(place)),
        }
    }

    /// How and why the operation ends, if it does.
    pub const fn ends(&self) -> Option<(Status, &Text)> {
        match &self.next {
            Some(Next::Ends(status, reason)) => Some((*status, reason)),
            Some(Next::After(_)) | None => None,
        }
    }

    /// Why; empty where `answer`, which was applied, gave no reason.
    pub fn reason<'a>(&'a self, answer: &'a Answer) -> &'a str {
        self.reason.as_deref().unwrap_or(answer.reason())
    }
}

/// The result that an answer counts as, and the reason if that is not its own: some answers are a Failed that says what
/// is wrong with them.
#[inline]
fn judged(answer: &Answer, terms: &Terms<'_>) -> (ResultType, Option<Text>) {
    match answer.result {
        ResultType::Complete | ResultType::Failed => (answer.result, None),
        ResultType::Incomplete | ResultType::Abandoned | ResultType::BackOff => judged_closely(answer, terms),
    }
}

/// [`judged`], for the results with which something can be wrong.
fn judged_closely(answer: &Answer, terms: &Terms<'_>) -> (ResultType, Option<Text>) {
    let wrong = if is_extra_for_discovery(answer.result, terms.work_type) && !terms.rules.discovery_incomplete
    {
        Some(format!("discovery answered {}, which the documents do not allow (D12)", answer.result))
    } else if answer.result == ResultType::BackOff {
        let missing = missing_for_back_off(answer, terms);
        (!missing.is_empty()).then(|| format!("back-off without {}", missing.join(" and ")))
    } else {
        None
    };
    match wrong {
        None => (answer.result, None),
        Some(wrong) if answer.reason.is_none() => (ResultType::Failed, Some(wrong.into())),
        Some(wrong) => (ResultType::Failed, Some(format!("{wrong}; its reason: {}", answer.reason()).into())),
    }
}

/// Whether only the SDK's discovery knows this result (D12).
fn is_extra_for_discovery(result: ResultType, work_type: WorkType) -> bool {
    work_type == WorkType::ChannelDiscovery
        && matches!(result, ResultType::Incomplete | ResultType::Abandoned)
}

fn missing_for_back_off(answer: &Answer, terms: &Terms<'_>) -> Vec<&'static str> {
    let mut missing = Vec::new();
    if answer.next_delay.is_none() {
        missing.push("next_delay");
    }
    match answer.semaphore_lock_type {
        None => missing.push("semaphore_lock_type"),
        Some(LockType::Scoped) if !terms.has_scope_key => {
            missing.push("a scope key (semaphore_lock.scope_key)");
        }
        Some(_) => {}
    }
    missing
}

/// The new cursor; gives back the old one if it is another. Discovery has one only where it may answer Incomplete (D12),
/// and its Complete clears it.
fn advance_cursor(
    state: &mut OperationState,
    answer: &mut Answer,
    complete: bool,
    terms: &Terms<'_>,
) -> Option<Cursor> {
    if terms.work_type == WorkType::ChannelDiscovery && (complete || !terms.rules.discovery_incomplete) {
        return (!state.cursor.is_empty()).then(|| std::mem::take(&mut state.cursor));
    }
    let cursor = answer.cursor.take()?;
    Some(std::mem::replace(&mut state.cursor, cursor))
}

/// Channels for discovery; records or aggregations for content (SPEC section 5).
fn has_results(payload: &Payload) -> bool {
    match payload {
        Payload::Nothing => false,
        Payload::Discovery(discovered) => !discovered.channels.is_empty(),
        Payload::Content(content) => content.records.count > 0 || content.aggregations.count > 0,
    }
}

/// A Complete or an Incomplete.
#[derive(Clone, Copy)]
struct Progress {
    complete: bool,
    results: bool,
    next_delay: Option<Millis>,
}

impl Applied {
    /// What follows a Complete or an Incomplete, and where the other rule set would have decided otherwise.
    #[inline]
    fn after_progress(
        &mut self,
        progress: Progress,
        state: &mut OperationState,
        terms: &Terms<'_>,
        decided: &mut Decided,
        stream: &mut Stream,
    ) {
        let Progress { complete, results, next_delay } = progress;
        let forgets = terms.settings.of(terms.work_type).random_delay || next_delay.is_some();
        let asked = Asked { complete, results, delays: state.delays };
        if !forgets && let Some((place, delay, differs)) = decided.recall(&asked) {
            self.differs = self.differs.union(differs);
            state.delays.last_delay = delay.ms;
            self.as_decided = Some(place);
            return;
        }
        let (next, differs) = decide(progress, state, terms, stream);
        if !forgets && let Next::After(delay) = next {
            decided.remember(asked, delay, differs);
        }
        self.differs = self.differs.union(differs);
        remember(state, &next);
        self.next = Some(next);
    }
}

/// What follows a Complete or an Incomplete by the rules, and where the other rule set would have decided otherwise.
#[inline(never)]
fn decide(
    progress: Progress,
    state: &OperationState,
    terms: &Terms<'_>,
    stream: &mut Stream,
) -> (Next, Rows) {
    let Progress { complete, results, next_delay } = progress;
    if !complete && terms.work_type != WorkType::ContentRegistration {
        let delay = next_delay.map_or_else(rules::at_once, |delay| Delay::new(delay, DelayRule::NextDelay));
        return (Next::After(delay), Rows::NONE);
    }
    let settings = terms.settings.of(terms.work_type);
    let occasion = Occasion { next_delay, results, disabled: false };
    let before = stream.clone();
    let next = if progress.is_delayed(terms.rules, terms) {
        Next::After(rules::after(occasion, settings, terms.rules, &state.delays, stream))
    } else if complete {
        Next::Ends(Status::Complete, "complete".into())
    } else {
        Next::After(next_delay.map_or_else(rules::at_once, |delay| Delay::new(delay, DelayRule::NextDelay)))
    };
    let differs = progress.differs(moment(&next), state, terms, before);
    (next, differs)
}

impl Progress {
    /// Whether the delay rules decide when the operation runs next; otherwise it ends, or goes on at once.
    const fn is_delayed(self, rules: &RuleSet, terms: &Terms<'_>) -> bool {
        match (self.complete, terms.work_type) {
            (true, WorkType::ContentRegistration) => {
                terms.settings.reschedule_on_complete && !rules.registration_never_reschedules
            }
            (true, _) => true,
            (false, _) => rules.registration_incomplete_delays,
        }
    }

    /// Where the other rule set would have decided otherwise than `ours`: another moment, or that the operation ends.
    fn differs(
        self,
        ours: Option<Millis>,
        state: &OperationState,
        terms: &Terms<'_>,
        stream: Stream,
    ) -> Rows {
        let Self { complete, results, next_delay } = self;
        let registration = terms.work_type == WorkType::ContentRegistration;
        let occasion = Occasion { next_delay, results, disabled: false };
        let comparison = Comparison::new(occasion, terms.settings.of(terms.work_type), state.delays, stream);
        let kept = terms.settings.reschedule_on_complete;
        let rows = (comparison.rows())
            .union(Rows::when(complete && registration && kept, Row::D15))
            .union(Rows::when(!complete && registration, Row::D4));
        terms.rules.differing(terms.other_rules, &ours, rows, |rules| {
            if self.is_delayed(rules, terms) {
                Some(comparison.under(rules))
            } else {
                (!complete).then(|| next_delay.unwrap_or_default())
            }
        })
    }
}

/// When an operation runs next, if it does not end.
const fn moment(next: &Next) -> Option<Millis> {
    match next {
        Next::After(delay) => Some(delay.ms),
        Next::Ends(..) => None,
    }
}

fn gave_up(failures: u32, terms: &Terms<'_>, reason: &str) -> Text {
    let retries = failures.saturating_sub(1);
    let mut text = match (terms.retry.retry_on_failure, retries) {
        (false, _) => "failed, and retry_on_failure is off".to_owned(),
        (true, 0) => "failed, and max_retries is 0".to_owned(),
        (true, 1) => "failed, and so did its one retry".to_owned(),
        (true, _) => format!("failed, and so did all {retries} retries"),
    };
    if !reason.is_empty() {
        text.push_str(": ");
        text.push_str(reason);
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Items;
    use crate::rules::{ContentManagerSettings, RetrySettings, Rules};
    use crate::source::Content;

    const SYNC: WorkType = WorkType::ContentSynchronisation;
    const REGISTRATION: WorkType = WorkType::ContentRegistration;
    const DISCOVERY: WorkType = WorkType::ChannelDiscovery;

    fn back_off(seconds: Option<u64>, lock: Option<LockType>) -> Answer {
        let next_delay = seconds.map(Millis::from_secs);
        Answer { next_delay, semaphore_lock_type: lock, ..Answer::of(ResultType::BackOff) }
    }

    fn with_records(result: ResultType) -> Answer {
        let content = Content { records: Items::counted(3), ..Content::default() };
        Answer { cursor: Some("c1".into()), payload: Payload::Content(content), ..Answer::of(result) }
    }

    /// One line for what `answers` do to a fresh operation, one after another: outcome, what follows, the row ids, and
    /// the state at the end.
    fn check(rules: Rules, work_type: WorkType, answers: &[Answer], expect: &[&str]) {
        let settings = ContentManagerSettings::default();
        let retry = RetrySettings { max_retries: Some(1), ..RetrySettings::default() };
        let terms = Terms {
            work_type,
            rules: rules.set(),
            other_rules: rules.other().set(),
            settings: &settings,
            retry: &retry,
            has_scope_key: false,
        };
        let (mut state, mut decided) = (OperationState::default(), Decided::new(2));
        let mut lines = Vec::new();
        for answer in answers {
            let mut applied = Applied::nothing_yet();
            applied.apply(&mut state, &mut answer.clone(), &terms, &mut decided, &mut Stream::idle());
            let next = match (applied.delay(&decided), applied.ends()) {
                (Some(delay), _) => format!("{} after {}", delay.rule.word(), delay.ms),
                (_, Some((status, reason))) => format!("ends {status}: {reason}"),
                (None, None) => format!("lock {:?}", applied.lock.map(|(lock, window)| (lock, window.0))),
            };
            let leaves = if applied.channel_leaves { ", channel leaves" } else { "" };
            let rows =
                if applied.differs.is_empty() { String::new() } else { format!(" [{}]", applied.differs) };
            lines.push(format!("{}, {next}{leaves}{rows}", applied.outcome));
        }
        let OperationState { cursor, begun, failures, delays, .. } = &state;
        lines.push(format!(
            "cursor {cursor:?}, begun {begun}, failures {failures}, k {}",
            delays.empty_streak
        ));
        assert_eq!(lines, expect);
    }

    #[test]
    fn complete_and_incomplete_move_the_cursor_and_clear_the_failures() {
        let answers = [Answer::failed("x"), with_records(ResultType::Incomplete), Answer::nothing()];
        check(
            Rules::Documented,
            SYNC,
            &answers,
            &[
                "failed, retry after 30s",
                "incomplete, incomplete after 0s",
                "complete, exponential after 5m [D16]",
                "cursor \"c1\", begun true, failures 0, k 1",
            ],
        );
    }

    #[test]
    fn a_registration_is_a_one_off() {
        check(
            Rules::Documented,
            REGISTRATION,
            &[with_records(ResultType::Complete)],
            &["complete, ends complete: complete", "cursor \"c1\", begun true, failures 0, k 0"],
        );
        let incomplete = [with_records(ResultType::Incomplete)];
        check(
            Rules::Documented,
            REGISTRATION,
            &incomplete,
            &["incomplete, incomplete after 0s [D4, D16]", "cursor \"c1\", begun true, failures 0, k 0"],
        );
        check(
            Rules::Sdk,
            REGISTRATION,
            &incomplete,
            &["incomplete, exponential after 1m [D4, D16]", "cursor \"c1\", begun true, failures 0, k 0"],
        );
    }

    #[test]
    fn retries_used_up_end_the_operation() {
        let failed = || Answer::failed("HTTP 503");
        check(
            Rules::Documented,
            SYNC,
            &[failed(), failed()],
            &[
                "failed, retry after 30s",
                "failed, ends failed: failed, and so did its one retry: HTTP 503",
                "cursor \"\", begun false, failures 2, k 0",
            ],
        );
    }

    #[test]
    fn abandoned_takes_the_channel_along_except_for_the_sdk_s_registration() {
        let abandoned = || [Answer::of(ResultType::Abandoned)];
        let fresh = "cursor \"\", begun false, failures 0, k 0";
        check(
            Rules::Documented,
            SYNC,
            &abandoned(),
            &["abandoned, ends abandoned: abandoned, channel leaves", fresh],
        );
        check(
            Rules::Sdk,
            SYNC,
            &abandoned(),
            &["abandoned, ends abandoned: abandoned, channel leaves", fresh],
        );
        check(
            Rules::Documented,
            REGISTRATION,
            &abandoned(),
            &["abandoned, ends abandoned: abandoned, channel leaves [D5]", fresh],
        );
        check(Rules::Sdk, REGISTRATION, &abandoned(), &["abandoned, ends abandoned: abandoned [D5]", fresh]);
    }

    #[test]
    fn what_only_the_sdk_s_discovery_may_answer() {
        let incomplete = || Answer { cursor: Some("page-2".into()), ..Answer::of(ResultType::Incomplete) };
        check(
            Rules::Documented,
            DISCOVERY,
            &[incomplete()],
            &["failed, retry after 30s [D12]", "cursor \"\", begun false, failures 1, k 0"],
        );
        check(
            Rules::Sdk,
            DISCOVERY,
            &[incomplete()],
            &["incomplete, incomplete after 0s [D12]", "cursor \"page-2\", begun true, failures 0, k 0"],
        );
        check(
            Rules::Sdk,
            DISCOVERY,
            &[incomplete(), Answer::nothing()],
            &[
                "incomplete, incomplete after 0s [D12]",
                "complete, exponential after 1m [D16]",
                "cursor \"\", begun true, failures 0, k 1",
            ],
        );
        check(
            Rules::Sdk,
            DISCOVERY,
            &[Answer::of(ResultType::Abandoned)],
            &["abandoned, ends abandoned: abandoned [D12]", "cursor \"\", begun false, failures 0, k 0"],
        );
    }

    #[test]
    fn a_back_off_that_lacks_something_is_a_failure_that_says_so() {
        let judge = |answer: &Answer| {
            let settings = ContentManagerSettings::default();
            let retry = RetrySettings::default();
            let rules = Rules::Documented.set();
            let terms = Terms {
                work_type: SYNC,
                rules,
                other_rules: rules.other(),
                settings: &settings,
                retry: &retry,
                has_scope_key: false,
            };
            let (result, reason) = judged(answer, &terms);
            format!("{result}: {}", reason.unwrap_or_default())
        };
        let both = back_off(None, None);
        assert_eq!(judge(&both), "failed: back-off without next_delay and semaphore_lock_type");
        let scoped = back_off(Some(5), Some(LockType::Scoped));
        assert_eq!(judge(&scoped), "failed: back-off without a scope key (semaphore_lock.scope_key)");
        let told = Answer { reason: Some("HTTP 429".into()), ..back_off(Some(5), None) };
        assert_eq!(judge(&told), "failed: back-off without semaphore_lock_type; its reason: HTTP 429");
        assert_eq!(judge(&back_off(Some(5), Some(LockType::Global))), "back-off: ");
        check(
            Rules::Documented,
            SYNC,
            &[back_off(Some(5), Some(LockType::Global))],
            &["back-off, lock Some((Global, 5000))", "cursor \"\", begun false, failures 0, k 0"],
        );
    }

    #[test]
    fn an_incomplete_counts_for_k_only_with_results() {
        let empty = || Answer::nothing();
        let more = || Answer::of(ResultType::Incomplete);
        check(
            Rules::Documented,
            SYNC,
            &[empty(), more(), empty(), with_records(ResultType::Incomplete), empty()],
            &[
                "complete, exponential after 5m [D16]",
                "incomplete, incomplete after 0s",
                "complete, exponential after 10m [D2, D16]",
                "incomplete, incomplete after 0s",
                "complete, exponential after 5m [D16]",
                "cursor \"c1\", begun true, failures 0, k 1",
            ],
        );
    }
}
