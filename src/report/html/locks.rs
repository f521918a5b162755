//! The table of locks.

use std::cmp::Reverse;
use std::io::{self, Write};

use super::page::{Page, end_section, section};
use super::table::{Cell, Column, Table};
use super::text::{self, WORDS, escape};
use crate::model::Millis;
use crate::report::summary::Lock;

/// So many locks are shown one by one.
const SHOWN: usize = 200;

pub(super) fn write(page: &Page<'_>, to: &mut dyn Write) -> io::Result<()> {
    let mut locks = page.summary.locks().in_order();
    if locks.is_empty() {
        return Ok(());
    }
    section(to, "locks", "Locks")?;
    let columns = [
        ("Key", Column::Text),
        ("Type", Column::Text),
        ("Set by", Column::Text),
        ("Why", Column::Words),
        ("From", Column::Number),
        ("Until", Column::Number),
        ("Lasted", Column::Number),
        ("Times set", Column::Number),
        ("Operations held", Column::Number),
        ("Held for", Column::Number),
        ("Deferred executions", Column::Number),
    ];
    let all = locks.len();
    if all > SHOWN {
        locks.sort_by_cached_key(|lock| (Reverse((lock.held(), lock.deferred)), lock.from));
    }
    let rest = locks.split_off(all.min(SHOWN));
    locks.sort_by(|a, b| (a.from, &a.key, a.lock_type).cmp(&(b.from, &b.key, b.lock_type)));
    let caption = if rest.is_empty() {
        "From the first back-off that set it until its expiry.".to_owned()
    } else {
        format!("The {SHOWN} of {} locks that held operations longest.", text::number(all as u64))
    };
    let mut table = Table::new("locks", caption, columns);
    for lock in &locks {
        table.row(row(page, lock));
    }
    if !rest.is_empty() {
        table.foot(sum(&format!("{} others", text::number(rest.len() as u64)), rest.iter()));
    }
    if all > 1 {
        table.foot(sum("All together", locks.iter().chain(&rest)));
    }
    table.write(to)?;
    end_section(to)
}

fn row(page: &Page<'_>, lock: &Lock) -> Vec<Cell> {
    vec![
        Cell::html(text::key_name(lock.lock_type, &lock.key)),
        Cell::html(lock.lock_type.word().to_owned()),
        Cell::html(escape(&page.operation(lock.set_by))),
        Cell::html(text::cut(&lock.reason, WORDS)),
        Cell::by(text::moment(lock.from, page.clock), lock.from.0),
        Cell::by(text::moment(lock.until, page.clock), lock.until.0),
        Cell::duration(lock.until.since(lock.from)),
        Cell::count(lock.times_set),
        Cell::count(lock.operations_held()),
        Cell::duration(lock.held()),
        Cell::count(lock.deferred_executions),
    ]
}

fn sum<'l>(name: &str, locks: impl Iterator<Item = &'l &'l Lock> + Clone) -> Vec<Cell> {
    let mut cells = vec![Cell::html(name.to_owned())];
    cells.extend(std::iter::repeat_n(Cell::html(String::new()), 6));
    cells.push(Cell::count(locks.clone().map(|lock| lock.times_set).sum()));
    cells.push(Cell::html(String::new()));
    cells.push(Cell::duration(locks.clone().map(|lock| lock.held()).sum::<Millis>()));
    cells.push(Cell::count(locks.map(|lock| lock.deferred_executions).sum()));
    cells
}
