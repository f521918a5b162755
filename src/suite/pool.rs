//! Many jobs on all cores. A work-stealing pool would do no better: jobs are independent, known beforehand, and handed out
//! one by one.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// More threads than this are refused: no machine of today runs them at once.
pub const MOST_THREADS: u64 = 1024;

/// How many threads there should be: as many as were asked for, else one a core.
pub fn threads(asked: Option<usize>) -> usize {
    asked.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Does `work` for each of `jobs`, on so many threads, starting in order. `done` hears of each as it ends, on the calling
/// thread, with the job's place; after `Break` no further job is started.
pub fn each<J: Sync, R: Send>(
    jobs: &[J],
    threads: usize,
    work: impl Fn(&J) -> R + Sync,
    mut done: impl FnMut(usize, R) -> ControlFlow<()>,
) {
    let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (sender, results) = mpsc::sync_channel(threads.max(1));
    thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            let (sender, next, stop, work) = (sender.clone(), &next, &stop, &work);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(place) else { break };
                    if sender.send((place, work(job))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (place, result) in results {
            if done(place, result).is_break() {
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once() {
        for threads in [1, 2, 7, 1000] {
            let jobs: Vec<u64> = (0..500).collect();
            let mut results = vec![None; jobs.len()];
            each(
                &jobs,
                threads,
                |job| job * 2,
                |place, result| {
                    assert_eq!(results[place].replace(result), None);
                    ControlFlow::Continue(())
                },
            );
            assert!(results.into_iter().zip(jobs).all(|(result, job)| result == Some(job * 2)));
        }
        each(&[(); 0], 4, |()| (), |_, ()| panic!("there is no job"));
    }

    #[test]
    fn after_a_break_no_job_is_started() {
        let jobs: Vec<usize> = (0..1000).collect();
        let mut heard = Vec::new();
        each(
            &jobs,
            1,
            |job| *job,
            |place, _| {
                heard.push(place);
                thread::yield_now();
                if place == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        );
        assert!(heard.len() < 1000, "{}", heard.len());
        assert_eq!(heard, (0..heard.len()).collect::<Vec<_>>());
    }
}
