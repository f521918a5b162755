//! The shell's clock: the one place that reads a real one and waits. Everything below is given its time.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::model::VirtualTime;
use crate::run::Pace;

/// How often a live progress line is drawn anew.
const FRAME: Duration = Duration::from_millis(100);

/// How often it is looked whether it is time for that. Reading the clock costs more than a short instant of the run, so that
/// it is read once in up to [`MOST_UNSEEN`] instants.
const LOOK: Duration = Duration::from_millis(20);
const MOST_UNSEEN: u32 = 1024;

/// How fast virtual time passes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Speed {
    /// As fast as it goes.
    Unbounded,
    /// So many virtual seconds in a real one.
    Times(f64),
}

/// What is shown while a run is going on.
pub trait Progress {
    /// Virtual time has come to `at`.
    fn show(&mut self, at: VirtualTime);
    /// Nothing more is to come.
    fn clear(&mut self);
}

/// Somebody asking the program to stop: Ctrl-C, or the system's request to end.
pub struct Interrupts {
    flag: Arc<AtomicBool>,
    wake: Receiver<()>,
}

impl Interrupts {
    /// Listens for them from now on. The first one is answered by ending what runs cleanly; the second ends the program.
    pub fn listen() -> Self {
        static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
        let flag = Arc::clone(FLAG.get_or_init(Arc::default));
        let (sender, wake) = channel();
        let asked = Arc::clone(&flag);
        // Without a handler the system's own way of ending a program stays, which is no reason to refuse a run.
        let _ = ctrlc::set_handler(move || {
            if asked.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(crate::error::Exit::Interrupted.code()));
            }
            let _ = sender.send(());
        });
        Self { flag, wake }
    }

    /// What becomes true once somebody has asked, for other threads to look at.
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.flag)
    }

    /// Whether somebody has asked.
    pub fn asked(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }

    /// Waits for `duration`, or until somebody asks.
    fn wait(&self, duration: Duration) {
        match self.wake.recv_timeout(duration) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            // No handler could be set: nobody will ever ask.
            #[allow(clippy::disallowed_methods, reason = "this is the shell's clock")]
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(duration),
        }
    }
}

/// Paces a run by the real clock.
pub struct Clock<'a> {
    interrupts: &'a Interrupts,
    speed: Speed,
    progress: Option<&'a mut dyn Progress>,
    started: Instant,
    shown: Instant,
    looked: Instant,
    /// Instants of the run from one look at the clock to the next, and those that are left.
    every: u32,
    left: u32,
}

impl<'a> Clock<'a> {
    /// A clock that starts now.
    pub fn start(interrupts: &'a Interrupts, speed: Speed, progress: Option<&'a mut dyn Progress>) -> Self {
        let now = now();
        Self { interrupts, speed, progress, started: now, shown: now, looked: now, every: 1, left: 1 }
    }

    /// Draws the progress if it is time to; then the real time at which that was decided.
    fn show(&mut self, at: VirtualTime) -> Instant {
        let now = now();
        if let Some(progress) = &mut self.progress
            && now.duration_since(self.shown) >= FRAME
        {
            progress.show(at);
            self.shown = now;
        }
        now
    }
}

impl Pace for Clock<'_> {
    fn until(&mut self, at: VirtualTime) -> ControlFlow<VirtualTime> {
        let Speed::Times(factor) = self.speed else {
            self.look_up(at);
            return if self.interrupts.asked() { ControlFlow::Break(at) } else { ControlFlow::Continue(()) };
        };
        loop {
            let elapsed = self.show_paced(at, factor);
            if self.interrupts.asked() {
                return ControlFlow::Break(at.min(virtual_time(elapsed, factor)));
            }
            let due = real_time(at, factor);
            if elapsed >= due {
                return ControlFlow::Continue(());
            }
            self.interrupts.wait(due.saturating_sub(elapsed).min(FRAME));
        }
    }
}

impl Clock<'_> {
    /// Looks at the clock now and then: about every [`LOOK`], by what the last instants took.
    fn look_up(&mut self, at: VirtualTime) {
        self.left = self.left.saturating_sub(1);
        if self.left > 0 || self.progress.is_none() {
            return;
        }
        let now = self.show(at);
        let took = now.duration_since(self.looked).as_nanos().max(1);
        self.looked = now;
        let next = u128::from(self.every) * LOOK.as_nanos() / took;
        let most = self.every.saturating_mul(2).min(MOST_UNSEEN);
        self.every = u32::try_from(next).unwrap_or(most).clamp(1, most);
        self.left = self.every;
    }

    /// Draws the progress of a paced run, at most at `next`; how much real time has passed.
    fn show_paced(&mut self, next: VirtualTime, factor: f64) -> Duration {
        let passed = virtual_time(now().duration_since(self.started), factor);
        self.show(next.min(passed)).duration_since(self.started)
    }
}

impl Drop for Clock<'_> {
    fn drop(&mut self) {
        if let Some(progress) = &mut self.progress {
            progress.clear();
        }
    }
}

/// The real time now.
#[allow(clippy::disallowed_methods, reason = "this is the shell's clock")]
pub fn now() -> Instant {
    Instant::now()
}

/// How much real time there is before `at`.
#[allow(clippy::cast_precision_loss, reason = "a pace needs no more than 53 bits")]
fn real_time(at: VirtualTime, factor: f64) -> Duration {
    Duration::try_from_secs_f64(at.0 as f64 / 1000.0 / factor).unwrap_or(Duration::MAX)
}

/// How far virtual time is after `elapsed`.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float to integer cast saturates"
)]
fn virtual_time(elapsed: Duration, factor: f64) -> VirtualTime {
    VirtualTime((elapsed.as_secs_f64() * factor * 1000.0) as u64)
}

/// Reads a pace: `real`, or how many times faster, such as `60x`.
///
/// # Errors
/// In words: what is expected instead.
pub fn parse_speed(text: &str) -> Result<Speed, String> {
    let expected = || "expected `real`, or how many times faster, such as `60x`".to_owned();
    if text.eq_ignore_ascii_case("real") {
        return Ok(Speed::Times(1.0));
    }
    let number = text.strip_suffix(['x', 'X']).ok_or_else(expected)?;
    let factor: f64 = number.trim().parse().map_err(|_| expected())?;
    if factor.is_finite() && factor > 0.0 { Ok(Speed::Times(factor)) } else { Err(expected()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces() {
        let check = |text, expect: Option<f64>| {
            assert_eq!(parse_speed(text).ok(), expect.map(Speed::Times), "{text}");
        };
        check("real", Some(1.0));
        check("60x", Some(60.0));
        check("0.5X", Some(0.5));
        for text in ["", "x", "0x", "-1x", "60", "infx", "NaNx", "fast"] {
            check(text, None);
        }
    }

    #[test]
    fn real_and_virtual_time_fit_together() {
        assert_eq!(real_time(VirtualTime(90_000), 60.0), Duration::from_millis(1500));
        assert_eq!(virtual_time(Duration::from_millis(1500), 60.0), VirtualTime(90_000));
        assert_eq!(real_time(VirtualTime::NEVER, f64::MIN_POSITIVE), Duration::MAX);
    }

    struct Shown(Vec<u64>, bool);

    impl Progress for Shown {
        fn show(&mut self, at: VirtualTime) {
            self.0.push(at.0);
        }
        fn clear(&mut self) {
            self.1 = true;
        }
    }

    #[test]
    fn a_run_of_short_instants_looks_rarely_and_one_of_long_instants_shows_where_it_is_too() {
        let (_sender, wake) = channel();
        let interrupts = Interrupts { flag: Arc::default(), wake };
        let mut shown = Shown(Vec::new(), false);
        let mut clock = Clock::start(&interrupts, Speed::Unbounded, Some(&mut shown));
        for at in 0..100_000 {
            assert!(clock.until(VirtualTime(at)).is_continue());
        }
        assert!(clock.every > 16, "{}", clock.every);
        drop(clock);
        let mut shown = Shown(Vec::new(), false);
        let mut clock = Clock::start(&interrupts, Speed::Unbounded, Some(&mut shown));
        for at in 0..300 {
            interrupts.wait(Duration::from_millis(1));
            assert!(clock.until(VirtualTime(at)).is_continue());
        }
        drop(clock);
        assert!(shown.0.len() >= 2, "{:?}", shown.0);
    }

    #[test]
    fn a_paced_run_shows_where_it_is_and_never_ahead_of_itself() {
        let (_sender, wake) = channel();
        let interrupts = Interrupts { flag: Arc::default(), wake };
        let mut shown = Shown(Vec::new(), false);
        let mut clock = Clock::start(&interrupts, Speed::Times(1000.0), Some(&mut shown));
        assert!(clock.until(VirtualTime(250_000)).is_continue());
        interrupts.flag.store(true, Ordering::Relaxed);
        assert!(
            matches!(clock.until(VirtualTime(900_000)), ControlFlow::Break(at) if at < VirtualTime(900_000))
        );
        drop(clock);
        assert!(!shown.0.is_empty() && shown.0.is_sorted() && shown.0.iter().all(|at| *at <= 900_000));
        assert!(shown.1);
    }
}
