//! How long things take that take turns.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What several measurements came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) median: Duration,
    pub(crate) least: Duration,
}

/// Something that is measured: how long it took, or what went wrong.
pub(crate) type Measure<'m> = Box<dyn FnMut() -> io::Result<Duration> + 'm>;

/// Measures each so many times, in turn, after a first time that does not count.
pub(crate) fn take_turns<const N: usize>(
    times: usize,
    mut measures: [Measure<'_>; N],
) -> io::Result<[Times; N]> {
    let mut all: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::new());
    for time in 0..=times.max(1) {
        for (taken, measure) in all.iter_mut().zip(&mut measures) {
            let took = measure()?;
            if time > 0 {
                taken.push(took);
            }
        }
    }
    Ok(all.map(|mut taken| {
        taken.sort_unstable();
        Times { median: taken[taken.len() / 2], least: taken[0] }
    }))
}

/// How long a call takes; what it returns is given up only afterwards.
#[allow(clippy::disallowed_methods, reason = "a bench is what a clock is for")]
pub(crate) fn call<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = work();
    let took = start.elapsed();
    drop(std::hint::black_box(result));
    took
}

/// How long a process takes, from its being started to its end. Nobody reads what it says.
pub(crate) fn process(program: &Path, arguments: &[&str]) -> io::Result<Duration> {
    at_once(program, &[arguments.iter().map(ToString::to_string).collect()])
}

/// How long it takes until all of several processes have ended that are started together, each with its own arguments.
#[allow(clippy::disallowed_methods, reason = "a bench is what a clock is for")]
pub(crate) fn at_once(program: &Path, arguments: &[Vec<String>]) -> io::Result<Duration> {
    let command = |arguments: &Vec<String>| {
        let mut command = Command::new(program);
        // The fixtures' paths begin at the project's folder.
        command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let mut commands: Vec<Command> = arguments.iter().map(command).collect();
    let start = Instant::now();
    let processes = commands.iter_mut().map(Command::spawn).collect::<io::Result<Vec<_>>>()?;
    let ended = processes.into_iter().map(|mut process| process.wait()).collect::<io::Result<Vec<_>>>()?;
    let took = start.elapsed();
    match ended.iter().zip(commands).find(|(status, _)| !status.success()) {
        None => Ok(took),
        Some((status, command)) => Err(io::Error::other(format!("{command:?}: {status}"))),
    }
}

/// The product.
pub(crate) fn product() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_connector-cli"))
}

/// In milliseconds.
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// How many times as long the one takes as the other.
pub(crate) fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64().max(f64::MIN_POSITIVE)
}

/// Nanoseconds for each of so many.
#[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
pub(crate) fn nanos_each(time: Duration, of: u64) -> f64 {
    time.as_nanos() as f64 / of.max(1) as f64
}
