//! Whole configs: everything valid loads, everything invalid says what, where, and what would be right.

use std::path::{Path, PathBuf};

use super::{Overrides, load};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

#[test]
fn examples_and_recordings_load() {
    let mut configs: Vec<PathBuf> =
        ["quickstart", "back-off", "lifecycle"].map(|name| fixture(name).join("connector.toml")).into();
    configs.extend((1..=24).map(|number| fixture(&format!("sdk-recordings/{number:02}/connector.toml"))));
    for config in configs {
        if let Err(problems) = load(&config, &Overrides::default()) {
            panic!("{problems}");
        }
    }
}
