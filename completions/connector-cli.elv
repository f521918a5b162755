
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
            cand simulate-backoff 'Show when an operation runs again, and why then, for a series of outcomes'
            cand rules 'Show where the published SDK does something else than its documents say'
            cand completions 'Print the completions for a shell'
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
        &'connector-cli;completions'= {
            cand -h 'Print help (see more with ''--help'')'
            cand --help 'Print help (see more with ''--help'')'
        }
    ]
    $completions[$command]
}
