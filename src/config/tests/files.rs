//! Files that cannot be read, and what people see of problems in several files.

use super::{Overrides, Project, VALID, same};

#[test]
fn all_problems_of_all_files_at_once() {
    let project = Project::new(&[
        (
            "connector.toml",
            "[simulation]\ndurashun = '2h'\n[[connectors]]\nid = 'box'\nsource = 'source.toml'\n[[connectors]]\nid = 'drop'\nsource = 'source.toml'\n",
        ),
        (
            "source.toml",
            "kind = 'script'\n[content_synchronisation]\nsteps = []\n[content_registration.'*']\notherwise = 'fial'\n",
        ),
    ]);
    same(
        &project.rendered(100),
        r#"error: [simulation] has no `duration`
 --> connector.toml:1:1
  |
1 | [simulation]
  | ^^^^^^^^^^^^ expected how long the run lasts, such as "2h"

error: unknown key `durashun` in [simulation]
 --> connector.toml:2:1
  |
2 | durashun = '2h'
  | ^^^^^^^^ expected one of `duration`, `start`, `seed`, `rules`, `until`

error: `steps` stands where a channel's name belongs
 --> source.toml:3:1
  |
3 | steps = []
  | ^^^^^ expected it in a table such as [content_synchronisation."*"]

error: unknown `otherwise` "fial"
 --> source.toml:5:13
  |
5 | otherwise = 'fial'
  |             ^^^^^^ did you mean "fail"?
  |
  = help: expected one of "empty", "fail", "repeat-last", "cycle"
"#,
    );
}

#[test]
fn files_that_cannot_be_read() {
    let lines = |files: &[(&str, &[u8])]| Project::of_bytes(files).lines(&Overrides::default());
    same(&lines(&[]), "connector.toml:1:1: cannot be read: there is no such file");
    same(&lines(&[("connector.toml/x", b"")]), "connector.toml:1:1: cannot be read: it is a directory");
    same(
        &lines(&[("connector.toml", b"[simulation]\nduration = '\xff'\n")]),
        "connector.toml:2:13: not UTF-8; expected a text file in UTF-8",
    );
    let config = VALID.replace("{ kind = 'script' }", "'source.toml'");
    same(
        &lines(&[("connector.toml", config.as_bytes()), ("source.toml", b"\xc3\x28")]),
        "source.toml:1:1: not UTF-8; expected a text file in UTF-8",
    );
    same(
        &lines(&[("connector.toml", config.as_bytes()), ("source.toml", b"")]),
        r#"source.toml:1:1: the content source has no `kind`; expected its kind, such as `kind = "script"`"#,
    );
}

#[test]
fn a_long_line_is_cut() {
    let project =
        Project::new(&[("connector.toml", &format!("[simulation]\nduration = '{}'\n", "y".repeat(1 << 20)))]);
    same(
        &project.rendered(80),
        r#"error: the config has no `connectors`
 --> connector.toml:1:1
  |
1 | [simulation]
  | ^ expected at least one connector, as a table `[[connectors]]` with `id` and `source`

error: "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy..." is no duration
 --> connector.toml:2:12
  |
2 | ... = 'yyyyyyyyyyyyyyyyyyyyyyyy...yyyyyyyyyyyyyyyyyyyyyyyyy
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^...^^^^^^^^^^^^^^^^^^^^^^^^^ expected a duration such as "5m", or whole seconds
"#,
    );
}
