//! `connector-cli simulate-backoff`: delays from settings and outcomes, nothing run.

use crate::cli::{Format, SimulateBackoff};
use crate::config::{LoadWarning, Overrides, Settings, load_settings};
use crate::error::{Error, Exit};
use crate::output::Output;
use crate::report::explain::seconds;
use crate::report::series::{Shown, json, table};
use crate::rules::{DelaySettings, Rules};
use crate::series::{Comparison, MOST_ROWS, Plan, Step};

/// Shows the series.
pub(super) fn run(options: &SimulateBackoff, output: &mut Output<'_>) -> Result<Exit, Error> {
    output.use_ascii(options.drawing.ascii);
    let settings = settings(options)?;
    for LoadWarning { message, place: (path, line, column), .. } in &settings.ignored {
        output.warning(&format!("{path}:{line}:{column}: {message}"))?;
    }
    let plan = plan(options, &settings)?;
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

/// The settings of the config, or the defaults where there is none.
fn settings(options: &SimulateBackoff) -> Result<Settings, Error> {
    let overrides = Overrides { set: options.set.clone(), seed: options.seed, ..Overrides::default() };
    let Some(path) = &options.config else {
        return Ok(Settings { seed: options.seed.unwrap_or(0), ..Settings::default() });
    };
    Ok(load_settings(path, &overrides)?)
}

/// What is to be worked out: the flags win over the config.
pub(super) fn plan(options: &SimulateBackoff, settings: &Settings) -> Result<Plan, Error> {
    let of_config = settings.content_manager.of(options.work_type);
    Ok(Plan {
        work_type: options.work_type,
        settings: DelaySettings {
            delay: options.delay_seconds.or(of_config.delay),
            exponential_back_off: options.exponential_back_off.unwrap_or(of_config.exponential_back_off),
            immediate_re_execution: options
                .immediate_re_execution
                .unwrap_or(of_config.immediate_re_execution),
            random_delay: options.random_delay.unwrap_or(of_config.random_delay),
            max_delay: options.max_delay_seconds.unwrap_or(of_config.max_delay),
        },
        retry: settings.retry,
        reschedule_on_complete: settings.content_manager.reschedule_on_complete,
        seed: settings.seed,
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
