
use builtin;
use str;

set edit:completion:arg-completer[connector-cli] = {|@words|
    fn spaces {|n|
        builtin:repeat $n ' ' | str:join ''
    }
    fn cand {|text desc|
        edit:complex-candidate $text &display=$text' '(spaces (- 14 (wcswidth $text)))$desc
    }
    var command = 'connector-cli'
    for word $words[1..-1] {
        if (str:has-prefix $word '-') {
            break
        }
        set command = $command';'$word
    }
    var completions = [
        &'connector-cli'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
            cand -V 'Print version'
            cand --version 'Print version'
            cand run 'Run a connector config in virtual time, and show what happened and why'
            cand inspect-locks 'Show who held everybody up: every lock, who set it and why, whom it held and for how long'
            cand test 'Run scenarios and say which of them do what is expected'
            cand diff 'Show what changed between two runs: two event logs, two configs, or one of each'
            cand simulate-backoff 'Show when an operation runs again, and why then, for a series of outcomes'
            cand rules 'Show where the published SDK does something else than its documents say'
            cand validate 'Say what is wrong with connector configs and content sources'
            cand init 'Write a connector config and a content source to start from'
            cand schema 'Print the JSON Schema of an input, or of the event log'
            cand completions 'Print the completions for a shell'
        }
        &'connector-cli;run'= {
            cand --rules 'The rule set: `documented`, or `sdk` for what the published SDK really does'
            cand --seed 'Decides everything random'
            cand --duration 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`'
            cand --set 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`'
            cand --vary 'Run once for each value of a key, and with several keys for each combination; all of them in one table. All well if any of them keeps every expectation'
            cand -j 'Run at most N combinations of `--vary` at once [default: one a core]'
            cand --jobs 'Run at most N combinations of `--vary` at once [default: one a core]'
            cand --event-log 'Write the event log here, as JSON Lines; `-` writes it to standard output, and nothing else there'
            cand --report 'Write an HTML report here, one page that needs nothing else: tables, timeline, and why'
            cand --trace 'Write the timeline here in the Chrome trace-event format, which Perfetto opens'
            cand --format 'How to print the results'
            cand --pace 'Show the run at this speed instead of as fast as it goes: `real`, or so many times faster, such as `60x`'
            cand --all 'Show every operation and every lock, however many there are'
            cand -q 'Print only what failed'
            cand --quiet 'Print only what failed'
            cand -v 'Tell every event as it happens, on standard error'
            cand --verbose 'Tell every event as it happens, on standard error'
            cand --ascii 'Draw with ASCII characters only'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;inspect-locks'= {
            cand --rules 'The rule set: `documented`, or `sdk` for what the published SDK really does'
            cand --seed 'Decides everything random'
            cand --duration 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`'
            cand --set 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`'
            cand --at 'Only what was locked at this moment: a time since the start (`1h 30m`, `1:30:00`) or a date and time (RFC 3339)'
            cand --key 'Only locks whose key matches, with `*` and `?` for any characters'
            cand --type 'Only locks of this type: `global` or `scoped`'
            cand --connector 'Only locks that this connector set, or that held one of its operations'
            cand --format 'How to print the locks'
            cand --all 'Show every lock and everyone it held, however many there are'
            cand --ascii 'Draw with ASCII characters only'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;test'= {
            cand --filter 'Run only scenarios whose path contains TEXT, or fits it if it is a glob; several: any of them'
            cand --partition 'Run only one part of the suite: `hash:1/4` by path, so that a new scenario moves no other, or `count:1/4` in turn'
            cand --rules 'Run under these rule sets instead of the file''s own; with both, say which expectations hold under only one'
            cand --seeds 'Run under each of these seeds, both ends included: `1..500`'
            cand --set 'Override a key of each config by its dotted path'
            cand -j 'Run at most N scenarios or seeds at once [default: one a core]'
            cand --jobs 'Run at most N scenarios or seeds at once [default: one a core]'
            cand --no-tests 'What it means that there is nothing to run'
            cand --junit 'Write the results as JUnit XML, too'
            cand --format 'How to print the results'
            cand --accept 'Write the golden summaries, NAME.golden.txt beside NAME.connector.toml, instead of comparing; never where CI is set'
            cand --fail-fast 'Start no further scenario once one has not passed'
            cand -q 'Print only what did not pass, and the summary'
            cand --quiet 'Print only what did not pass, and the summary'
            cand --ascii 'Draw with ASCII characters only'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;diff'= {
            cand --rules 'The rule set: `documented`, or `sdk` for what the published SDK really does'
            cand --seed 'Decides everything random'
            cand --duration 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`'
            cand --set 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`'
            cand --format 'How to print what changed'
            cand --ascii 'Draw with ASCII characters only'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;simulate-backoff'= {
            cand --config 'Take the settings of the work type from a connector config or an `appsettings.json`'
            cand --set 'Override a key of the config by its dotted path'
            cand --work-type 'The work type whose settings and rules apply'
            cand --delay-seconds 'The delay between executions [default: 300, or 60 under the SDK''s rules (D16)]'
            cand --exponential-back-off 'Whether the delay grows while executions return nothing [default: true]'
            cand --immediate-re-execution 'Whether an execution that returned something is followed by another at once [default: false]'
            cand --random-delay 'Whether a random part is added (D3) [default: false]'
            cand --max-delay-seconds 'What a growing delay is capped at [default: 600]'
            cand --rules 'The rule sets to show'
            cand --seed 'Decides the random parts [default: 0]'
            cand --format 'How to print the series'
            cand --ascii 'Draw with ASCII characters only'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;rules'= {
            cand --format 'How to print it'
            cand --ascii 'Draw with ASCII characters only'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;validate'= {
            cand --set 'Override a key of each config by its dotted path'
            cand --rules 'Override the rule set'
            cand --format 'How to print problems'
            cand --ascii 'Draw with ASCII characters only'
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;init'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;schema'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
        &'connector-cli;completions'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
