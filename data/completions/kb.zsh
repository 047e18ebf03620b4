#compdef kb
# Completion of kb in zsh. The words go to kb as they will be read, without the quotes of the shell; zsh quotes what it inserts.
# No space follows a candidate that ends in `=` or `:`, because its value follows.
_kb_complete() {
    local -a found whole open
    found=("${(@f)$( \
        _CLAP_IFS=$'\n' \
        _CLAP_COMPLETE_INDEX=$(( CURRENT - 1 )) \
        COMPLETE=zsh \
        kb -- "${(Q)words[@]}" 2> /dev/null \
    )}")
    local one value
    for one in $found; do
        # A colon inside a candidate has a backslash before it; the first other one starts its description.
        value="${${one//\\:/$'\1'}%%:*}"
        case "$value" in
            *[=$'\1']) open+=("$one") ;;
            ?*) whole+=("$one") ;;
        esac
    done
    (( $#open )) && _describe -V values open -S ''
    (( $#whole )) && _describe -V values whole
}

compdef _kb_complete kb
