# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_connector_cli_global_optspecs
    string join \n h/help V/version
end

function __fish_connector_cli_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_connector_cli_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_connector_cli_using_subcommand
    set -l cmd (__fish_connector_cli_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c connector-cli -n "__fish_connector_cli_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -s V -l version -d 'Print version'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "run" -d 'Run a connector config in virtual time, and show what happened and why'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "inspect-locks" -d 'Show who held everybody up: every lock, who set it and why, whom it held and for how long'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "test" -d 'Run scenarios and say which of them do what is expected'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "diff" -d 'Show what changed between two runs: two event logs, two configs, or one of each'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "simulate-backoff" -d 'Show when an operation runs again, and why then, for a series of outcomes'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "rules" -d 'Show where the published SDK does something else than its documents say'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "validate" -d 'Say what is wrong with connector configs and content sources'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "init" -d 'Write a connector config and a content source to start from'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "schema" -d 'Print the JSON Schema of an input, or of the event log'
complete -c connector-cli -n "__fish_connector_cli_needs_command" -f -a "completions" -d 'Print the completions for a shell'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l rules -d 'The rule set: `documented`, or `sdk` for what the published SDK really does' -r -f -a "documented\t''
sdk\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l seed -d 'Decides everything random' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l duration -d 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l set -d 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l vary -d 'Run once for each value of a key, and with several keys for each combination; all of them in one table. All well if any of them keeps every expectation' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -s j -l jobs -d 'Run at most N combinations of `--vary` at once [default: one a core]' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l event-log -d 'Write the event log here, as JSON Lines; `-` writes it to standard output, and nothing else there' -r -F
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l report -d 'Write an HTML report here, one page that needs nothing else: tables, timeline, and why' -r -F
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l trace -d 'Write the timeline here in the Chrome trace-event format, which Perfetto opens' -r -F
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l format -d 'How to print the results' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l pace -d 'Show the run at this speed instead of as fast as it goes: `real`, or so many times faster, such as `60x`' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l all -d 'Show every operation and every lock, however many there are'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -s q -l quiet -d 'Print only what failed'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -s v -l verbose -d 'Tell every event as it happens, on standard error'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -l ascii -d 'Draw with ASCII characters only'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l rules -d 'The rule set: `documented`, or `sdk` for what the published SDK really does' -r -f -a "documented\t''
sdk\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l seed -d 'Decides everything random' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l duration -d 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l set -d 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l at -d 'Only what was locked at this moment: a time since the start (`1h 30m`, `1:30:00`) or a date and time (RFC 3339)' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l key -d 'Only locks whose key matches, with `*` and `?` for any characters' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l type -d 'Only locks of this type: `global` or `scoped`' -r -f -a "global\t''
scoped\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l connector -d 'Only locks that this connector set, or that held one of its operations' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l format -d 'How to print the locks' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l all -d 'Show every lock and everyone it held, however many there are'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -l ascii -d 'Draw with ASCII characters only'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand inspect-locks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l filter -d 'Run only scenarios whose path contains TEXT, or fits it if it is a glob; several: any of them' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l partition -d 'Run only one part of the suite: `hash:1/4` by path, so that a new scenario moves no other, or `count:1/4` in turn' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l rules -d 'Run under these rule sets instead of the file\'s own; with both, say which expectations hold under only one' -r -f -a "documented\t''
sdk\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l seeds -d 'Run under each of these seeds, both ends included: `1..500`' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l set -d 'Override a key of each config by its dotted path' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -s j -l jobs -d 'Run at most N scenarios or seeds at once [default: one a core]' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l no-tests -d 'What it means that there is nothing to run' -r -f -a "fail\t'Exit code 4'
pass\t'All well'"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l junit -d 'Write the results as JUnit XML, too' -r -F
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l format -d 'How to print the results' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l accept -d 'Write the golden summaries, NAME.golden.txt beside NAME.connector.toml, instead of comparing; never where CI is set'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l fail-fast -d 'Start no further scenario once one has not passed'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -s q -l quiet -d 'Print only what did not pass, and the summary'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -l ascii -d 'Draw with ASCII characters only'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand diff" -l rules -d 'The rule set: `documented`, or `sdk` for what the published SDK really does' -r -f -a "documented\t''
sdk\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand diff" -l seed -d 'Decides everything random' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand diff" -l duration -d 'How long the run covers, in virtual time: `90s`, `2h`, `1d 12h`' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand diff" -l set -d 'Override a key of the config by its dotted path, such as `retry.max_retries=0` or `connectors.0.enabled=false`' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand diff" -l format -d 'How to print what changed' -r -f -a "text\t'For people'
json\t'For programs'
markdown\t'For a pull request'"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand diff" -l ascii -d 'Draw with ASCII characters only'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l config -d 'Take the settings of the work type from a connector config or an `appsettings.json`' -r -F
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l set -d 'Override a key of the config by its dotted path' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l work-type -d 'The work type whose settings and rules apply' -r -f -a "channel-discovery\t''
content-synchronisation\t''
content-registration\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l delay-seconds -d 'The delay between executions [default: 300, or 60 under the SDK\'s rules (D16)]' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l exponential-back-off -d 'Whether the delay grows while executions return nothing [default: true]' -r -f -a "true\t''
false\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l immediate-re-execution -d 'Whether an execution that returned something is followed by another at once [default: false]' -r -f -a "true\t''
false\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l random-delay -d 'Whether a random part is added (D3) [default: false]' -r -f -a "true\t''
false\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l max-delay-seconds -d 'What a growing delay is capped at [default: 600]' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l rules -d 'The rule sets to show' -r -f -a "documented\t''
sdk\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l seed -d 'Decides the random parts [default: 0]' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l format -d 'How to print the series' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -l ascii -d 'Draw with ASCII characters only'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand simulate-backoff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand rules" -l format -d 'How to print it' -r -f -a "table\t'For people'
json\t'For programs'"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand rules" -l ascii -d 'Draw with ASCII characters only'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand rules" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand validate" -l set -d 'Override a key of each config by its dotted path' -r
complete -c connector-cli -n "__fish_connector_cli_using_subcommand validate" -l rules -d 'Override the rule set' -r -f -a "documented\t''
sdk\t''"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand validate" -l format -d 'How to print problems' -r -f -a "full\t'With the source shown'
short\t'`path:line:column: message`, a line each'"
complete -c connector-cli -n "__fish_connector_cli_using_subcommand validate" -l ascii -d 'Draw with ASCII characters only'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c connector-cli -n "__fish_connector_cli_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
