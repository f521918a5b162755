//! Random configs as text, so that one that breaks something can be read and kept.

use std::fmt::Write;

use connector_cli::model::Stream;

struct Generator {
    stream: Stream,
    text: String,
}

/// The config number `seed`: one to three connectors with scripts of every kind of step, and a timeline.
pub(crate) fn config(seed: u64) -> String {
    let mut generator = Generator { stream: Stream::new(seed, &["config"]), text: String::new() };
    generator.settings(seed);
    let connectors = generator.number(1, 3);
    for connector in 0..connectors {
        generator.connector(connector);
    }
    for _ in 0..generator.number(0, 5) {
        generator.timeline_entry(connectors);
    }
    generator.text
}

impl Generator {
    fn number(&mut self, low: u64, high: u64) -> u64 {
        self.stream.uniform(low, high)
    }

    /// True once in `n`.
    fn once_in(&mut self, n: u64) -> bool {
        self.number(1, n) == 1
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.number(1, words.len() as u64)).unwrap() - 1]
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn settings(&mut self, seed: u64) {
        let hours = self.number(1, 2);
        let manager = self.pick(&["60", "300", "450"]);
        let age = self.pick(&["\"never\"", "0", "900", "3600"]);
        self.line(&format!("[simulation]\nduration = \"{hours}h\"\nseed = {seed}"));
        self.line(&format!(
            "[content_manager]\ndelay_seconds = {manager}\nmax_disabled_connector_age = {age}"
        ));
        for work_type in ["channel_discovery", "content_synchronisation", "content_registration"] {
            self.line(&format!("[content_manager.{work_type}]"));
            if self.once_in(2) {
                let delay = self.pick(&["30", "60", "60", "300", "900", "\"12s 500ms\""]);
                self.line(&format!("delay_seconds = {delay}"));
            }
            for flag in ["exponential_back_off", "immediate_re_execution", "random_delay"] {
                if self.once_in(3) {
                    // Seldom: with a list that repeats its last step it never ends.
                    let value = self.once_in(if flag == "immediate_re_execution" { 12 } else { 2 });
                    self.line(&format!("{flag} = {value}"));
                }
            }
            if self.once_in(3) {
                let most = self.pick(&["60", "1200", "\"1h\""]);
                self.line(&format!("max_delay_seconds = {most}"));
            }
            if work_type == "content_registration" && self.once_in(4) {
                self.line("reschedule_on_complete = true");
            }
        }
        if self.once_in(2) {
            let retries = self.pick(&["0", "1", "3", "\"unlimited\""]);
            let delay = self.pick(&["1", "30"]);
            let exponential = self.once_in(2);
            let on_failure = !self.once_in(6);
            self.line(&format!(
                "[retry]\nmax_retries = {retries}\nretry_delay = {delay}\nexponential_retry_delay = {exponential}\nmax_retry_delay = 100\nretry_on_failure = {on_failure}"
            ));
        }
        if !self.once_in(6) {
            let keys =
                ["{connector_id}", "{tenant_id}/{work_type}", "{channel}", "{property.region}", "global", ""];
            let key = self.pick(&keys);
            self.line(&format!("[semaphore_lock]\nscope_key = \"{key}\""));
        }
    }

    fn connector(&mut self, number: u64) {
        let tenant = self.number(0, 1);
        let enabled = !self.once_in(6);
        let present = !self.once_in(6);
        let region = self.pick(&["eu", "us"]);
        self.line(&format!(
            "[[connectors]]\nid = \"c{number}\"\ntenant_id = \"t{tenant}\"\nenabled = {enabled}\npresent = {present}\nproperties = {{ region = \"{region}\" }}"
        ));
        self.line("[connectors.source]\nkind = \"script\"");
        self.list("connectors.source.channel_discovery", true);
        for work_type in ["content_synchronisation", "content_registration"] {
            for channel in ["ch0", "ch1", "'*'"] {
                if !self.once_in(3) {
                    self.list(&format!("connectors.source.{work_type}.{channel}"), false);
                }
            }
        }
    }

    fn list(&mut self, table: &str, discovery: bool) {
        let otherwise = self.pick(&["empty", "fail", "repeat-last", "cycle"]);
        self.line(&format!("[{table}]\notherwise = \"{otherwise}\""));
        if discovery {
            // Without channels nothing else would happen.
            self.line(&format!("[[{table}.steps]]\nchannels = [\"ch0\", \"ch1\", \"ch2\"]"));
        }
        for _ in 0..self.number(0, 5) {
            self.step(table, discovery);
        }
    }

    fn step(&mut self, table: &str, discovery: bool) {
        let result = self.pick(&[
            "complete",
            "complete",
            "complete",
            "incomplete",
            "failed",
            "abandoned",
            "back-off",
            "back-off",
        ]);
        let mut step = format!("[[{table}.steps]]\nresult = \"{result}\"\n");
        let delay = self.pick(&["0", "1", "20", "45", "90", "400", "700", "\"1s 500ms\""]);
        if result == "back-off" {
            if !self.once_in(10) {
                writeln!(step, "next_delay = {delay}").unwrap();
            }
            if !self.once_in(10) {
                writeln!(step, "semaphore_lock_type = \"{}\"", self.pick(&["global", "scoped", "scoped"]))
                    .unwrap();
            }
            if self.once_in(4) {
                step.push_str("throttles = \"channel\"\n");
            }
        } else if self.once_in(5) && delay != "0" {
            writeln!(step, "next_delay = {delay}").unwrap();
        }
        if self.once_in(4) {
            writeln!(step, "latency = \"{}\"", self.pick(&["250ms", "2s", "3m"])).unwrap();
        }
        if self.once_in(3) {
            writeln!(step, "repeat = {}", self.number(1, 4)).unwrap();
        }
        if self.once_in(5) {
            let when = self.pick(&[
                "after = \"20m\"",
                "before = \"40m\"",
                "call = \"begin\"",
                "call = \"continue\"",
            ]);
            if !discovery {
                writeln!(step, "when = {{ {when} }}").unwrap();
            }
        }
        if !discovery || self.once_in(3) {
            writeln!(step, "cursor = \"k{}\"", self.number(0, 99)).unwrap();
        }
        if discovery {
            writeln!(step, "channels = [{}]", self.pick(&["", "\"ch1\"", "\"ch2\", \"ch2\", \"ch3\""]))
                .unwrap();
            writeln!(
                step,
                "new_channel_registrations = [{}]",
                self.pick(&["", "\"ch0\"", "\"ch9\", \"ch1\""])
            )
            .unwrap();
        } else {
            writeln!(step, "records = {}", self.number(0, 3)).unwrap();
            writeln!(step, "aggregations = {}", self.number(0, 1)).unwrap();
        }
        self.text.push_str(&step);
    }

    fn timeline_entry(&mut self, connectors: u64) {
        let minute = self.number(0, 200);
        let connector = self.number(0, connectors - 1);
        let change = self.pick(&[
            "add",
            "remove",
            "enable",
            "disable",
            "register",
            "kill-switch-on",
            "kill-switch-off",
        ]);
        self.line(&format!("[[timeline]]\nat = \"{minute}m\"\nchange = \"{change}\""));
        if !change.starts_with("kill") {
            self.line(&format!("connector = \"c{connector}\""));
        }
        if change == "register" {
            let channel = self.number(0, 4);
            self.line(&format!("channel = \"ch{channel}\""));
        }
    }
}
