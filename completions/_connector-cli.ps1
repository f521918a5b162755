
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'connector-cli' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'connector-cli'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'connector-cli' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('run', 'run', [CompletionResultType]::ParameterValue, 'Run a connector config in virtual time, and show what happened and why')
            [CompletionResult]::new('inspect-locks', 'inspect-locks', [CompletionResultType]::ParameterValue, 'Show who held everybody up: every lock, who set it and why, whom it held and for how long')
            [CompletionResult]::new('test', 'test', [CompletionResultType]::ParameterValue, 'Run scenarios and say which of them do what is expected')
            [CompletionResult]::new('diff', 'diff', [CompletionResultType]::ParameterValue, 'Show what changed between two runs: two event logs, two configs, or one of each')
            [CompletionResult]::new('simulate-backoff', 'simulate-backoff', [CompletionResultType]::ParameterValue, 'Show when an operation runs again, and why then, for a series of outcomes')
            [CompletionResult]::new('rules', 'rules', [CompletionResultType]::ParameterValue, 'Show where the published SDK does something else than its documents say')
            [CompletionResult]::new('validate', 'validate', [CompletionResultType]::ParameterValue, 'Say what is wrong with connector configs and content sources')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a connector config and a content source to start from')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'Print the JSON Schema of an input, or of the event log')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Print the completions for a shell')
            break
        }
        'connector-cli;run' {
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'The rule set: `documented`, or `sdk` for what the published SDK really does')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Decides everything random')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`')
            [CompletionResult]::new('--vary', '--vary', [CompletionResultType]::ParameterName, 'Run once for each value of a key, and with several keys for each combination; all of them in one table. All well if any of them keeps every expectation')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Run at most N combinations of `--vary` at once [default: one a core]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Run at most N combinations of `--vary` at once [default: one a core]')
            [CompletionResult]::new('--event-log', '--event-log', [CompletionResultType]::ParameterName, 'Write the event log here, as JSON Lines; `-` writes it to standard output, and nothing else there')
            [CompletionResult]::new('--report', '--report', [CompletionResultType]::ParameterName, 'Write an HTML report here, one page that needs nothing else: tables, timeline, and why')
            [CompletionResult]::new('--trace', '--trace', [CompletionResultType]::ParameterName, 'Write the timeline here in the Chrome trace-event format, which Perfetto opens')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the results')
            [CompletionResult]::new('--pace', '--pace', [CompletionResultType]::ParameterName, 'Show the run at this speed instead of as fast as it goes: `real`, or so many times faster, such as `60x`')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show every operation and every lock, however many there are')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only what failed')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only what failed')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell every event as it happens, on standard error')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell every event as it happens, on standard error')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draw with ASCII characters only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;inspect-locks' {
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'The rule set: `documented`, or `sdk` for what the published SDK really does')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Decides everything random')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`')
            [CompletionResult]::new('--at', '--at', [CompletionResultType]::ParameterName, 'Only what was locked at this moment: a time since the start (`1h 30m`, `1:30:00`) or a date and time (RFC 3339)')
            [CompletionResult]::new('--key', '--key', [CompletionResultType]::ParameterName, 'Only locks whose key matches, with `*` and `?` for any characters')
            [CompletionResult]::new('--type', '--type', [CompletionResultType]::ParameterName, 'Only locks of this type: `global` or `scoped`')
            [CompletionResult]::new('--connector', '--connector', [CompletionResultType]::ParameterName, 'Only locks that this connector set, or that held one of its operations')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the locks')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show every lock and everyone it held, however many there are')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draw with ASCII characters only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;test' {
            [CompletionResult]::new('--filter', '--filter', [CompletionResultType]::ParameterName, 'Run only scenarios whose path contains TEXT, or fits it if it is a glob; several: any of them')
            [CompletionResult]::new('--partition', '--partition', [CompletionResultType]::ParameterName, 'Run only one part of the suite: `hash:1/4` by path, so that a new scenario moves no other, or `count:1/4` in turn')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Run under these rule sets instead of the file''s own; with both, say which expectations hold under only one')
            [CompletionResult]::new('--seeds', '--seeds', [CompletionResultType]::ParameterName, 'Run under each of these seeds, both ends included: `1..500`')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Override a key of each config by its dotted path')
            [CompletionResult]::new('-j', '-j', [CompletionResultType]::ParameterName, 'Run at most N scenarios or seeds at once [default: one a core]')
            [CompletionResult]::new('--jobs', '--jobs', [CompletionResultType]::ParameterName, 'Run at most N scenarios or seeds at once [default: one a core]')
            [CompletionResult]::new('--no-tests', '--no-tests', [CompletionResultType]::ParameterName, 'What it means that there is nothing to run')
            [CompletionResult]::new('--junit', '--junit', [CompletionResultType]::ParameterName, 'Write the results as JUnit XML, too')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the results')
            [CompletionResult]::new('--accept', '--accept', [CompletionResultType]::ParameterName, 'Write the golden summaries, NAME.golden.txt beside NAME.connector.toml, instead of comparing; never where CI is set')
            [CompletionResult]::new('--fail-fast', '--fail-fast', [CompletionResultType]::ParameterName, 'Start no further scenario once one has not passed')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print only what did not pass, and the summary')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print only what did not pass, and the summary')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draw with ASCII characters only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;diff' {
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'The rule set: `documented`, or `sdk` for what the published SDK really does')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Decides everything random')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print what changed')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draw with ASCII characters only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;simulate-backoff' {
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Take the settings of the work type from a connector config or an `appsettings.json`')
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Override a key of the config by its dotted path')
            [CompletionResult]::new('--work-type', '--work-type', [CompletionResultType]::ParameterName, 'The work type whose settings and rules apply')
            [CompletionResult]::new('--delay-seconds', '--delay-seconds', [CompletionResultType]::ParameterName, 'The delay between executions [default: 300, or 60 under the SDK''s rules (D16)]')
            [CompletionResult]::new('--exponential-back-off', '--exponential-back-off', [CompletionResultType]::ParameterName, 'Whether the delay grows while executions return nothing [default: true]')
            [CompletionResult]::new('--immediate-re-execution', '--immediate-re-execution', [CompletionResultType]::ParameterName, 'Whether an execution that returned something is followed by another at once [default: false]')
            [CompletionResult]::new('--random-delay', '--random-delay', [CompletionResultType]::ParameterName, 'Whether a random part is added (D3) [default: false]')
            [CompletionResult]::new('--max-delay-seconds', '--max-delay-seconds', [CompletionResultType]::ParameterName, 'What a growing delay is capped at [default: 600]')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'The rule sets to show')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Decides the random parts [default: 0]')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print the series')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draw with ASCII characters only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;rules' {
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print it')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draw with ASCII characters only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;validate' {
            [CompletionResult]::new('--set', '--set', [CompletionResultType]::ParameterName, 'Override a key of each config by its dotted path')
            [CompletionResult]::new('--rules', '--rules', [CompletionResultType]::ParameterName, 'Override the rule set')
            [CompletionResult]::new('--format', '--format', [CompletionResultType]::ParameterName, 'How to print problems')
            [CompletionResult]::new('--ascii', '--ascii', [CompletionResultType]::ParameterName, 'Draw with ASCII characters only')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;init' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;schema' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
        'connector-cli;completions' {
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
