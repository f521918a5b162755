//! `connector-cli simulate-backoff`: delays from settings and outcomes, nothing run.

use crate::cli::{Format, SimulateBackoff};
use crate::error::{Error, Exit};
use crate::output::Output;
use crate::report::explain::seconds;
use crate::report::series::{Shown, json, table};
use crate::rules::{DelaySettings, RetrySettings, Rules};
use crate::series::{Comparison, MOST_ROWS, Plan, Step};

/// Shows the series.
pub(super) fn run(options: &SimulateBackoff, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    let plan = plan(options)?;
    warn(&plan, &options.rules, output)?;

    let rules: Vec<_> = Rules::ALL.into_iter().filter(|rules| options.rules.contains(rules)).collect();
    let comparison = Comparison::of(&plan);
    let shown = Shown { plan: &plan, comparison: &comparison, rules: &rules };
    let text = match options.format {
        Format::Table => table(&shown, &output.style(), true),
        Format::Json => json(&shown).map_err(std::io::Error::from)?,
    };
    output.data().write_all(text.as_bytes())?;
    Ok(Exit::Success)
}

/// What the options say.
pub(super) fn plan(options: &SimulateBackoff) -> Result<Plan, Error> {
    let mut settings = DelaySettings::default();
    settings.delay = options.delay_seconds.or(settings.delay);
    settings.max_delay = options.max_delay_seconds.unwrap_or(settings.max_delay);
    settings.exponential_back_off = options.exponential_back_off.unwrap_or(settings.exponential_back_off);
    settings.immediate_re_execution =
        options.immediate_re_execution.unwrap_or(settings.immediate_re_execution);
    settings.random_delay = options.random_delay.unwrap_or(settings.random_delay);
    Ok(Plan {
        work_type: options.work_type,
        settings,
        retry: RetrySettings::default(),
        reschedule_on_complete: false,
        seed: options.seed.unwrap_or(0),
        steps: steps(options)?,
    })
}

/// The outcomes one by one.
fn steps(options: &SimulateBackoff) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    for repeated in &options.outcomes {
        if steps.len() + repeated.count > MOST_ROWS {
            let message = format!("there are more than {MOST_ROWS} outcomes");
            return Err(Error::input(message, "a series repeats itself long before that"));
        }
        steps.extend(std::iter::repeat_n(repeated.step, repeated.count));
    }
    Ok(steps)
}

/// A base delay above the cap is allowed, but nobody can want it (SPEC section 5).
fn warn(plan: &Plan, rules: &[Rules], output: &mut Output<'_>) -> Result<(), Error> {
    let base = rules.iter().map(|rules| plan.settings.base(rules.set())).max().unwrap_or_default();
    let cap = plan.settings.max_delay;
    if plan.settings.exponential_back_off && base > cap {
        output.warning(&format!(
            "delay_seconds is above max_delay_seconds: every delay of {} is capped at {}",
            seconds(base),
            seconds(cap)
        ))?;
    }
    Ok(())
}
