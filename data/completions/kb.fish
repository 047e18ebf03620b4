# Completion of kb in fish. The words go to kb as they will be read, without the quotes of the shell; fish quotes what it inserts.
function __kb_complete
    set -l typed (commandline --current-token --cut-at-cursor)
    set -l plain (string unescape -- $typed 2> /dev/null; or string replace --all --regex '["\']' '' -- $typed)
    COMPLETE=fish kb -- (commandline --current-process --tokenize --cut-at-cursor) "$plain"
end
complete --keep-order --exclusive --command kb --arguments "(__kb_complete)"
