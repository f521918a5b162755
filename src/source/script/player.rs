//! Plays a script: which step answers a call, and what is used up.

use std::sync::Arc;

use super::{Otherwise, Script, Step, StepList, When};
use crate::model::{Call, Cursor, Text, VirtualTime, WorkType};
use crate::source::{Answer, ContentSource, Payload, Request, UnusedSteps};

/// One connector's own copy of a script: lists live for the whole run, one for each work type and channel.
#[derive(Debug)]
pub struct ScriptPlayer {
    script: Arc<Script>,
    discovery: Progress,
    synchronisation: Vec<Option<Progress>>,
    registration: Vec<Option<Progress>>,
    /// How many records were made up so far, by channel.
    made_up: Vec<u64>,
    /// The lists of the file: discovery's, then those of the synchronisations by name, then those of the registrations.
    answered: Vec<Answered>,
}

/// Which steps of a list of the file have ever answered, whichever channel's copy it was.
#[derive(Debug)]
struct Answered {
    work_type: WorkType,
    /// The list's name in the file.
    name: Option<Text>,
    steps: Vec<bool>,
}

/// How far one copy of a list has come.
#[derive(Clone, Debug)]
struct Progress {
    /// The list. Found once: a call should not have to look for it by name.
    list: Arc<StepList>,
    /// The list's place in [`ScriptPlayer::answered`]; none where the file has no list for this channel.
    place: Option<usize>,
    /// The channel that this copy of a `"*"` list is for.
    copy_for: Option<Text>,
    /// How often each step has answered since the list last began anew.
    used: Vec<u64>,
    /// Whether each step has ever answered.
    ever: Vec<bool>,
    /// Steps before this one are used up.
    first_left: usize,
    /// The step that answered last.
    last: Option<usize>,
}

impl ScriptPlayer {
    /// A script from its beginning.
    pub fn new(script: Arc<Script>) -> Self {
        let of = |work_type, name: Option<&Text>, list: &StepList| Answered {
            work_type,
            name: name.cloned(),
            steps: vec![false; list.steps.len()],
        };
        let mut answered = vec![of(WorkType::ChannelDiscovery, None, &script.channel_discovery)];
        for (work_type, lists) in [
            (WorkType::ContentSynchronisation, &script.content_synchronisation),
            (WorkType::ContentRegistration, &script.content_registration),
        ] {
            answered.extend(lists.iter().map(|(name, list)| of(work_type, Some(name), list)));
        }
        Self {
            discovery: Progress::of(Arc::clone(&script.channel_discovery), Some(0)),
            script,
            synchronisation: Vec::new(),
            registration: Vec::new(),
            made_up: Vec::new(),
            answered,
        }
    }

    /// How far the list has come that answers `request`; found at its first call.
    fn progress(&mut self, request: &Request<'_>) -> &mut Progress {
        let (copies, (number, id)) = match (request.work_type, request.channel) {
            (WorkType::ChannelDiscovery, _) | (_, None) => return &mut self.discovery,
            (WorkType::ContentSynchronisation, Some(channel)) => (&mut self.synchronisation, channel),
            (WorkType::ContentRegistration, Some(channel)) => (&mut self.registration, channel),
        };
        let number = number.0 as usize;
        if number >= copies.len() {
            copies.resize(number + 1, None);
        }
        copies[number].get_or_insert_with(|| {
            let Some((name, list)) = self.script.list(request.work_type, Some(id)) else {
                return Progress::of(Arc::default(), None);
            };
            let is_same = |each: &Answered| each.work_type == request.work_type && each.name.as_ref() == name;
            let is_copy = name.is_some_and(|name| &**name == "*");
            let place = self.answered.iter().position(is_same);
            let copy_for = is_copy.then(|| Text::clone(id));
            Progress { copy_for, ..Progress::of(Arc::clone(list), place) }
        })
    }
}

impl ContentSource for ScriptPlayer {
    fn answer(&mut self, request: &Request<'_>) -> Answer {
        let progress = self.progress(request);
        let step = match progress.choose(request) {
            Choice::Step(step) => step,
            Choice::Nothing => return Answer::nothing(),
            Choice::Fail(reason) => return Answer::failed(reason),
        };
        let mut answer = progress.list.steps[step].answer.clone();
        // Said only until a step has answered once; a list that goes round for ever costs nothing here.
        if progress.used[step] <= 1
            && let Some(place) = progress.place
        {
            self.answered[place].steps[step] = true;
        }
        if let (Some((number, _)), Payload::Content(content)) = (request.channel, &mut answer.payload)
            && content.records.ids.is_none()
            && content.records.count > 0
        {
            let number = number.0 as usize;
            if number >= self.made_up.len() {
                self.made_up.resize(number + 1, 0);
            }
            content.records.first = self.made_up[number] + 1;
            self.made_up[number] += content.records.count;
        }
        answer
    }

    fn unused_steps(&self) -> Vec<UnusedSteps> {
        let unused = self.answered.iter().map(|list| UnusedSteps {
            work_type: list.work_type,
            channel: list.name.clone(),
            steps: (1..).zip(&list.steps).filter(|(_, used)| !**used).map(|(number, _)| number).collect(),
            of: list.steps.len(),
        });
        unused.filter(|list| !list.steps.is_empty()).collect()
    }

    fn unused_in_copies(&self) -> Vec<(WorkType, Text, u64)> {
        let of = |work_type, lists: &[Option<Progress>]| {
            let copies = lists.iter().flatten().filter_map(|progress| {
                let unused = progress.ever.iter().filter(|used| !**used).count() as u64;
                Some((work_type, Text::clone(progress.copy_for.as_ref()?), unused)).filter(|_| unused > 0)
            });
            copies.collect::<Vec<_>>()
        };
        let mut copies = of(WorkType::ContentSynchronisation, &self.synchronisation);
        copies.extend(of(WorkType::ContentRegistration, &self.registration));
        copies
    }
}

/// What answers a call.
enum Choice {
    /// The step at this place.
    Step(usize),
    /// Complete with nothing.
    Nothing,
    /// Failed, for this reason.
    Fail(String),
}

impl Progress {
    fn of(list: Arc<StepList>, place: Option<usize>) -> Self {
        let (used, ever) = (vec![0; list.steps.len()], vec![false; list.steps.len()]);
        Self { list, place, copy_for: None, used, ever, first_left: 0, last: None }
    }

    /// Which step answers; it counts as used.
    fn choose(&mut self, request: &Request<'_>) -> Choice {
        let otherwise = self.list.otherwise;
        let step = self.next(request).or_else(|| match otherwise {
            Otherwise::Empty | Otherwise::Fail => None,
            Otherwise::RepeatLast => self.last,
            Otherwise::Cycle => {
                self.used.fill(0);
                self.first_left = 0;
                self.next(request)
            }
        });
        match step {
            Some(step) => {
                self.used[step] += 1;
                self.ever[step] = true;
                self.last = Some(step);
                Choice::Step(step)
            }
            None if otherwise == Otherwise::Fail => Choice::Fail(self.near_miss(request)),
            None => Choice::Nothing,
        }
    }

    /// The first step that is not used up and whose `when` holds.
    fn next(&mut self, request: &Request<'_>) -> Option<usize> {
        let list = &self.list;
        let left = |(step, used): (&Step, &u64)| *used < step.repeat;
        while self.first_left < list.steps.len()
            && !left((&list.steps[self.first_left], &self.used[self.first_left]))
        {
            self.first_left += 1;
        }
        (self.first_left..list.steps.len()).find(|&at| {
            left((&list.steps[at], &self.used[at])) && list.steps[at].when.misses(request).next().is_none()
        })
    }

    /// Why no step answered: the unused step with the fewest conditions that do not hold, and those.
    fn near_miss(&self, request: &Request<'_>) -> String {
        let list = &self.list;
        let nearest = (list.steps.iter().zip(&self.used).enumerate())
            .filter(|(_, (step, used))| **used < step.repeat)
            .map(|(at, (step, _))| (at, step.when.misses(request).collect::<Vec<_>>()))
            .min_by_key(|(at, misses)| (misses.len(), *at));
        match nearest {
            None if list.steps.is_empty() => "the script has no step for this call".to_owned(),
            None if list.steps.len() == 1 => "the script's only step is used up".to_owned(),
            None => format!("all {} steps of the script are used up", list.steps.len()),
            Some((at, misses)) => {
                let misses: Vec<String> = misses.iter().map(|miss| miss.in_words(request)).collect();
                format!(
                    "no step of the script fits; the nearest, step {}, waits for {}",
                    at + 1,
                    misses.join(" and ")
                )
            }
        }
    }
}

/// A condition that does not hold for a call.
enum Miss<'a> {
    Call(Call),
    Cursor(&'a Cursor),
    After(VirtualTime),
    Before(VirtualTime),
}

impl When {
    /// The conditions that do not hold for a call; none if the step may answer.
    fn misses(&self, request: &Request<'_>) -> impl Iterator<Item = Miss<'_>> {
        let call = self.call.filter(|call| *call != request.call).map(Miss::Call);
        let cursor = self.cursor.as_ref().filter(|cursor| *cursor != request.cursor).map(Miss::Cursor);
        let after = self.after.filter(|after| request.at < *after).map(Miss::After);
        let before = self.before.filter(|before| request.at >= *before).map(Miss::Before);
        [call, cursor, after, before].into_iter().flatten()
    }
}

impl Miss<'_> {
    /// What it waited for, and what it got.
    fn in_words(&self, request: &Request<'_>) -> String {
        match self {
            Self::Call(call) => format!("call {call} (this is {})", request.call),
            Self::Cursor(cursor) => {
                format!("cursor {:?} (this is {:?})", shortened(cursor), shortened(request.cursor))
            }
            Self::After(after) => format!("{after} or later (this is {})", request.at),
            Self::Before(before) => format!("a call before {before} (this is {})", request.at),
        }
    }
}

/// A cursor as a message can show it: its first 60 characters.
fn shortened(cursor: &str) -> String {
    let mut text: String = cursor.chars().take(60).collect();
    if text.len() < cursor.len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Context, Items, Millis, ResultType};
    use crate::source::{ChannelNo, Content};

    fn step(cursor: &str) -> Step {
        let answer = Answer { cursor: Some(cursor.into()), ..Answer::nothing() };
        Step { when: When::default(), repeat: 1, answer }
    }

    /// Plays `calls` (moment, cursor handed in) of one channel's synchronisation; what each answer's cursor is, or its
    /// result where it has none.
    fn check(steps: Vec<Step>, otherwise: Otherwise, calls: &[(u64, &str)], expect: &[&str]) {
        let list = StepList { steps, otherwise };
        let script =
            Script { content_synchronisation: [("hr".into(), list.into())].into(), ..Script::default() };
        let mut player = ScriptPlayer::new(Arc::new(script));
        let channel: Text = "hr".into();
        let answers: Vec<String> = calls
            .iter()
            .map(|(at, cursor)| {
                let cursor: Cursor = (*cursor).into();
                let answer = player.answer(&Request {
                    at: VirtualTime(*at),
                    call: if cursor.is_empty() { Call::Begin } else { Call::Continue },
                    work_type: WorkType::ContentSynchronisation,
                    channel: Some((ChannelNo(0), &channel)),
                    cursor: &cursor,
                    context: &Context::new(),
                    start_date: jiff::Timestamp::UNIX_EPOCH,
                });
                match (&answer.cursor, answer.result) {
                    (Some(cursor), _) => cursor.to_string(),
                    (None, ResultType::Failed) => answer.reason().to_owned(),
                    (None, result) => result.to_string(),
                }
            })
            .collect();
        assert_eq!(answers, expect);
    }

    #[test]
    fn steps_without_conditions_are_a_sequence() {
        let twice = Step { repeat: 2, ..step("b") };
        check(vec![step("a"), twice], Otherwise::Empty, &[(0, ""); 4], &["a", "b", "b", "complete"]);
    }

    #[test]
    fn otherwise_repeat_last_and_cycle() {
        let steps = || vec![step("a"), step("b")];
        check(steps(), Otherwise::RepeatLast, &[(0, ""); 4], &["a", "b", "b", "b"]);
        check(steps(), Otherwise::Cycle, &[(0, ""); 5], &["a", "b", "a", "b", "a"]);
        check(vec![], Otherwise::RepeatLast, &[(0, "")], &["complete"]);
        check(vec![], Otherwise::Cycle, &[(0, "")], &["complete"]);
    }

    #[test]
    fn a_step_answers_only_when_its_conditions_hold() {
        let late = Step { when: When { after: Some(VirtualTime(10)), ..When::default() }, ..step("late") };
        check(
            vec![late.clone(), step("a")],
            Otherwise::Empty,
            &[(0, ""), (9, ""), (10, "")],
            &["a", "complete", "late"],
        );
        let early = Step { when: When { before: Some(VirtualTime(10)), ..When::default() }, ..step("early") };
        check(
            vec![early],
            Otherwise::RepeatLast,
            &[(10, ""), (9, ""), (10, "")],
            &["complete", "early", "early"],
        );
        check(vec![late], Otherwise::Cycle, &[(0, ""), (10, ""), (11, "")], &["complete", "late", "late"]);
    }

    #[test]
    fn a_failure_names_the_nearest_step() {
        let second = Step { when: When { cursor: Some("p2".into()), ..When::default() }, ..step("p3") };
        check(
            vec![step("p1"), second],
            Otherwise::Fail,
            &[(0, ""), (0, "p1"), (0, "p2"), (0, "p3")],
            &[
                "p1",
                "no step of the script fits; the nearest, step 2, waits for cursor \"p2\" (this is \"p1\")",
                "p3",
                "all 2 steps of the script are used up",
            ],
        );
    }

    #[test]
    fn made_up_records_count_on_and_unused_steps_are_known() {
        let records = |count| Step {
            answer: Answer {
                payload: Payload::Content(Content { records: Items::counted(count), ..Content::default() }),
                latency: Millis(1),
                ..Answer::nothing()
            },
            ..step("")
        };
        let list =
            StepList { steps: vec![records(3), records(2), step("never")], otherwise: Otherwise::Empty };
        let script = Script { content_registration: [("*".into(), list.into())].into(), ..Script::default() };
        let mut player = ScriptPlayer::new(Arc::new(script));
        let channel: Text = "hr".into();
        let mut firsts = Vec::new();
        for _ in 0..2 {
            let answer = player.answer(&Request {
                at: VirtualTime(0),
                call: Call::Begin,
                work_type: WorkType::ContentRegistration,
                channel: Some((ChannelNo(4), &channel)),
                cursor: &"".into(),
                context: &Context::new(),
                start_date: jiff::Timestamp::UNIX_EPOCH,
            });
            let Payload::Content(content) = answer.payload else { panic!("no content") };
            firsts.push(content.records.first);
        }
        assert_eq!(firsts, [1, 4]);
        assert_eq!(player.unused_in_copies(), [(WorkType::ContentRegistration, channel, 1)]);
        let unused = player.unused_steps();
        assert_eq!(unused.len(), 1);
        assert_eq!(
            (unused[0].channel.as_deref(), &unused[0].steps[..], unused[0].of),
            (Some("*"), &[3][..], 3)
        );
    }
}
