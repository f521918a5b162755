use super::*;

fn moment(text: &str) -> Option<i64> {
    if let Some(seconds) = text.strip_suffix('s') {
        return seconds.parse::<i64>().ok().map(|seconds| seconds * 1000);
    }
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

fn read(text: &[u8], format: Format) -> Result<Data, Vec<String>> {
    let mut reader = Reader::new(Vec::new(), &moment);
    reader.read(text, format).map_err(|problems| {
        let words = |problem: Problem| {
            let piece = problem.piece.map(|piece| format!(":{}", piece.start)).unwrap_or_default();
            format!("{}{piece}: {}; {}", problem.line, problem.message, problem.expected)
        };
        problems.into_iter().map(words).collect::<Vec<_>>()
    })?;
    Ok(reader.finish())
}

/// What a file holds, or what is wrong with it: `channel: id@created…`, then its changes.
fn check(text: &str, format: Format, expect: &[&str]) {
    let lines = match read(text.as_bytes(), format) {
        Err(problems) => problems,
        Ok(data) => (data.channels.iter())
            .map(|channel| {
                let items = channel.items.iter().map(|item| {
                    let kind = if item.kind == ItemKind::Aggregation { "*" } else { "" };
                    format!("{}{kind}@{}+{}", item.id, item.created / 1000, item.binaries)
                });
                let changes = channel.changes(Position::after(i64::MIN), i64::MAX, usize::MAX);
                let changes = changes.iter().map(|change| format!("{}:{}", change.at / 1000, change.item));
                let (items, changes): (Vec<_>, Vec<_>) = (items.collect(), changes.collect());
                format!("{}: {} | {}", channel.entry.external_id, items.join(" "), changes.join(" "))
            })
            .collect(),
    };
    assert_eq!(lines, expect);
}

#[test]
fn rows_become_items_in_the_order_of_their_creation() {
    let lines = r#"
{"channel":"hr","id":"b","created":"20s","modified":"30s","binaries":2,"title":{"any":[1]}}
{"channel":"hr","id":"a","created":"10s","kind":"Aggregation","modified":null}

{"channel":"it","id":"a","created":"1969-12-31T23:59:00Z"}
{"channel":"hr","id":"b","created":"20s","modified":"50s"}
"#;
    let expect = ["hr: a*@10+0 b@20+2 | 10:0 50:1", "it: a@-60+0 | -60:0"];
    check(lines, Format::JsonLines, &expect);
    let rows = "\u{feff}id,channel,created,modified,kind,binaries,title\r\nb,hr,20s,30s,,2,\"x,\ny\"\r\na,hr,10s,,aggregation,,\r\na,it,1969-12-31T23:59:00Z,,record,0,\r\nb,hr,20s,50s,,,\r\n";
    check(rows, Format::Csv, &expect);
}

#[test]
fn nothing_is_no_problem() {
    check("", Format::JsonLines, &[]);
    check("", Format::Csv, &[]);
    check("channel,id,created\n", Format::Csv, &[]);
}

#[test]
fn bad_lines_of_json() {
    check(
        "{\"channel\":\"hr\",\"id\":\"a\"}\n[1]\n{\"channel\":\"hr\",\"id\":\"a\",\"created\":\"yesterday\",\"modifed\":1}\n{\"channel\":true}\n{",
        Format::JsonLines,
        &[
            "1: no `created`; expected a date-time such as \"2026-01-05T09:00:00Z\", or a duration since the run's start such as \"20m\"",
            "2:0: not an item: invalid type: sequence, expected a JSON object; expected a JSON object",
            "3:48: unknown column `modifed`; did you mean `modified`?",
            "3:36: cannot read `created` \"yesterday\"; expected a date-time such as \"2026-01-05T09:00:00Z\", or a duration since the run's start such as \"20m\"",
            "4:14: not an item: invalid type: boolean `true`, expected text or a whole number; expected a JSON object",
            "5:0: not an item: EOF while parsing an object; expected a JSON object",
        ],
    );
}

#[test]
fn bad_lines_of_csv() {
    check(
        "channel,id,created,modified,kind,binaries\nhr,a,10s\nhr,b,10s,5s,folder,-1\nhr,c,10s,,,\nhr,c,11s,,,\n",
        Format::Csv,
        &[
            "2: 3 values where the first row names 6 columns; expected a value for each column",
            "3: `modified` is before `created`; expected the same moment or a later one",
            "3: unknown kind \"folder\"; expected \"record\" or \"aggregation\"",
            "3: \"-1\" binaries; expected a whole number from 0",
            "5: item `c` was created at another moment before; expected the same `created` in every row of an item",
        ],
    );
    check(
        "chanel,id,createdAt\nhr,a,10s\n",
        Format::Csv,
        &[
            "1: unknown column `chanel`; did you mean `channel`?",
            "1: unknown column `createdAt`; did you mean `created`?",
            "1: there is no column `channel`; expected a first row of column names with `channel`, `id` and `created`",
            "1: there is no column `created`; expected a first row of column names with `channel`, `id` and `created`",
        ],
    );
}

#[test]
fn what_is_no_text_or_has_no_end() {
    let long = format!("channel,id,created\nhr,\"a{}", "x".repeat(3 << 20));
    let check = |text: &[u8], format, expect: &str| {
        assert_eq!(read(text, format).map(|_| ()), Err(vec![expect.to_owned()]));
    };
    check(
        long.as_bytes(),
        Format::Csv,
        "2: a row of more than 1 MiB; expected a quote that ends what a quote began",
    );
    check(
        &b"{\"channel\":\"".repeat(1 << 20),
        Format::JsonLines,
        "1: a line of more than 1 MiB; expected one JSON object a line",
    );
    check(b"channel,id,created\nhr,\xff,10s\n", Format::Csv, "2: not UTF-8; expected a text file in UTF-8");
    check(b"{\"id\":\"\xff\"}", Format::JsonLines, "1:7: not UTF-8; expected a text file in UTF-8");
}
