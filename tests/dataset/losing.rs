//! A source that is made to lose or repeat an item of one page, while its cursor goes on as if nothing had happened.

use connector_cli::model::{Items, Text, WorkType};
use connector_cli::source::{Answer, Bookkeeper, ContentSource, Payload, Request};

/// What is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fault {
    /// The first record of a page is lost.
    First,
    /// The last one.
    Last,
    /// The first one comes twice.
    Twice,
}

/// See the module.
pub(crate) struct Source<'a> {
    pub(crate) inner: Box<dyn ContentSource + 'a>,
    pub(crate) work_type: WorkType,
    pub(crate) fault: Fault,
    pub(crate) pages: u64,
}

impl ContentSource for Source<'_> {
    fn answer(&mut self, request: &Request<'_>) -> Answer {
        let mut answer = self.inner.answer(request);
        if let (Payload::Content(content), Some((_, channel))) = (&mut answer.payload, request.channel)
            && request.work_type == self.work_type
            && content.records.count >= 2
        {
            self.pages += 1;
            // Again and again, because another change of the same item can make it good.
            if self.pages % 3 == 2 {
                content.records = spoilt(&content.records, channel, self.fault);
            }
        }
        answer
    }

    fn bookkeeper(&mut self) -> Option<&mut dyn Bookkeeper> {
        self.inner.bookkeeper()
    }
}

fn spoilt(records: &Items, channel: &str, fault: Fault) -> Items {
    let made_up = || (records.first..).map(|number| Text::from(format!("{channel}-{number}")));
    let mut ids: Vec<Text> = match &records.ids {
        Some(ids) => ids.to_vec(),
        None => made_up().take(usize::try_from(records.count).unwrap()).collect(),
    };
    match fault {
        Fault::First => drop(ids.remove(0)),
        Fault::Last => drop(ids.pop()),
        Fault::Twice => ids.push(ids[0].clone()),
    }
    Items::named(ids)
}
