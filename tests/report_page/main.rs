//! The HTML report in a real browser: it loads without a complaint, needs nothing from anywhere, sorts, tells what is under
//! the pointer, can be read in both colour schemes, fits a narrow window, and runs nothing that a content source wrote.
//!
//! Without Chromium these tests say that they were skipped; with `CI=true` they fail.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test says what it skips, and fails where it cannot go on"
)]

mod browser;
mod web_socket;

use std::fs;
use std::path::{Path, PathBuf};

use browser::Browser;
use connector_cli::config::{self, Overrides};
use connector_cli::event::RunEvent;
use connector_cli::report::{Html, Summary, expect};
use connector_cli::rules::Rules;
use connector_cli::run::{NoPace, run};

/// A browser; none where there is none and none is asked for.
fn browser() -> Option<Browser> {
    let browser = Browser::start();
    if browser.is_none() {
        let is_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!is_ci, "there is no Chromium; install it (Debian: apt-get install chromium)");
        println!("SKIPPED: there is no Chromium to open the report in");
    }
    browser
}

/// Runs a config and writes its report.
fn report(config: &Path, rules: Rules, to: &Path) -> PathBuf {
    let config =
        config::load(config, &Overrides::default()).unwrap_or_else(|problems| panic!("{problems:?}"));
    let (mut html, mut summary) = (Html::new(), Summary::new());
    run(&config, rules, &mut NoPace, &mut |event: &RunEvent<'_>| {
        html.observe(event);
        summary.observe(event);
    });
    let checked = expect::check(&summary, &config.expectations, rules);
    let path = to.join("report.html");
    html.write("connector.toml", &summary, &checked, &mut fs::File::create(&path).unwrap()).unwrap();
    path
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name).join("connector.toml")
}

fn nothing_is_wrong(browser: &mut Browser) {
    let complaints = browser.complaints();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn tables_and_timeline_are_there_and_tables_sort() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    browser.open(&report(&fixture("back-off"), Rules::Sdk, folder.path()));

    let rows = browser.evaluate("document.querySelectorAll('#operations tbody tr').length");
    assert_eq!(rows, 6);
    let lanes = browser.evaluate("document.querySelectorAll('.lane.operation svg').length");
    assert_eq!(lanes, 6);
    let seen = browser.evaluate(
        "[...document.querySelectorAll('.lane.key .s-lock')].filter((lock) => lock.getBoundingClientRect().width > 1).length",
    );
    assert_eq!(seen, 2);

    let column = "(() => {
        const heading = [...document.querySelectorAll('#operations thead th')].find((th) => th.textContent === 'Executions');
        heading.querySelector('button').click();
        const cells = [...document.querySelectorAll('#operations tbody tr')].map((row) => row.cells[heading.cellIndex]);
        return [heading.getAttribute('aria-sort'), cells.map((cell) => Number(cell.textContent)).join(' ')];
    })()";
    assert_eq!(browser.evaluate(column), serde_json::json!(["descending", "28 28 28 28 28 2"]));
    assert_eq!(browser.evaluate(column), serde_json::json!(["ascending", "2 28 28 28 28 28"]));
    nothing_is_wrong(&mut browser);
}

#[test]
fn what_is_under_the_pointer_is_told() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    browser.look(1280, "light");
    browser.open(&report(&fixture("back-off"), Rules::Documented, folder.path()));
    // Scrolling hides what was told, so it has to be over first.
    let middle = "(async () => {
        const held = document.querySelector('.lane.under .s-held');
        held.scrollIntoView({ block: 'center', behavior: 'instant' });
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
        const { x, y, width, height } = held.getBoundingClientRect();
        return [x + width / 2, y + height / 2];
    })()";
    let middle = browser.evaluate(middle);
    browser.point(middle[0].as_f64().unwrap(), middle[1].as_f64().unwrap());
    let said = browser
        .evaluate("document.getElementById('tip').hidden ? '' : document.getElementById('tip').textContent");
    let said = said.as_str().unwrap();
    for words in ["held for", "(2026-01-05T09:", "HTTP 429", "by the"] {
        assert!(said.contains(words), "{words}: {said:?}");
    }
    let wider = "(() => {
        const track = () => document.querySelector('.lane.axis svg').getBoundingClientRect().width;
        const before = track();
        [...document.querySelectorAll('.zoom button')].at(-1).click();
        return track() / before > 10;
    })()";
    assert_eq!(browser.evaluate(wider), true);
    nothing_is_wrong(&mut browser);
}

/// The smallest contrast of any text with what is behind it, and that text.
const CONTRAST: &str = "(() => {
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const channels = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
    };
    const luminance = (colour) => {
        const [r, g, b] = [...channels(colour)].slice(0, 3).map((c) => c / 255)
            .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = getComputedStyle(each).backgroundColor;
            if (channels(colour)[3] === 255) return colour;
        }
        return 'white';
    };
    let worst = [100, ''];
    const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const text = walk.currentNode.textContent.trim();
        const element = walk.currentNode.parentElement;
        if (!text || element.closest('title') || !element.getClientRects().length) continue;
        const style = getComputedStyle(element);
        const colour = element instanceof SVGElement ? style.fill : style.color;
        const [a, b] = [luminance(colour), luminance(ground(element))].sort((a, b) => b - a);
        const contrast = (a + 0.05) / (b + 0.05);
        if (contrast < worst[0]) worst = [contrast, text];
    }
    return worst;
})()";

#[test]
fn it_can_be_read_light_and_dark_wide_and_narrow() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (fixture_name, rules) in [("back-off", Rules::Sdk), ("lifecycle", Rules::Documented)] {
        let page = report(&fixture(fixture_name), rules, folder.path());
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (480, "light"), (480, "dark")] {
            browser.look(width, scheme);
            browser.open(&page);
            let worst = browser.evaluate(CONTRAST);
            assert!(worst[0].as_f64().unwrap() >= 4.5, "{fixture_name} {scheme}: {worst}");
            let fits = browser.evaluate("document.documentElement.scrollWidth <= innerWidth");
            assert_eq!(fits, true, "{fixture_name} at {width}");
            nothing_is_wrong(&mut browser);
        }
    }
}

const HOSTILE: &str = r#"</script><img src=x onerror="alert(1)">'`]]>&lt;"#;

#[test]
fn what_a_content_source_says_is_only_text() {
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().unwrap();
    let name = serde_json::to_string(HOSTILE).unwrap();
    let config = format!(
        "[simulation]\nduration = \"1h\"\n[semaphore_lock]\nscope_key = {name}\n[[connectors]]\nid = {name}\n\
         display_name = {name}\nsource = {{ kind = \"script\", channel_discovery = {{ steps = [{{ channels = [{{ \
         external_id = {name}, title = {name} }}, \"other\"] }}] }}, content_synchronisation = {{ \"*\" = {{ steps = [{{ \
         result = \"back-off\", reason = {name}, semaphore_lock_type = \"scoped\", next_delay = 60 }}, {{ cursor = {name} }}, \
         {{ result = \"failed\", reason = {name} }}] }} }} }}\n[[expect]]\nname = {name}\nexecutions = 0\n"
    );
    let path = folder.path().join("connector.toml");
    fs::write(&path, config).unwrap();
    browser.open(&report(&path, Rules::Documented, folder.path()));
    let strange =
        "document.querySelectorAll('img, iframe, object, script:not(body > script:last-child)').length";
    assert_eq!(browser.evaluate(strange), 0);
    let names = "[...document.querySelectorAll('#operations tbody td:nth-child(3) bdi')].map((each) => each.textContent)";
    assert_eq!(browser.evaluate(names), serde_json::json!([HOSTILE, "other"]));
    nothing_is_wrong(&mut browser);
}
