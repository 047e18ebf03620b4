# Completion of kb in bash. bash breaks words at `:` and `=`, kb does not: the words are read from the line itself, and what
# bash has already typed is taken off the candidates. Candidates with spaces or other signs of the shell are quoted.
_kb_complete() {
    local line="${COMP_LINE:0:COMP_POINT}" words=() reply at
    IFS=$' \t\n' read -a words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    local last=$(( ${#words[@]} - 1 ))
    local current="${words[last]}" typed=""
    [[ $current == *[:=]* && $COMP_WORDBREAKS == *[:=]* ]] && typed="${current%"${current##*[:=]}"}"
    if compopt +o nospace 2> /dev/null; then
        local space=false
    else
        local space=true
    fi
    local IFS=$'\013'
    COMPREPLY=( $( \
        _CLAP_IFS="$IFS" \
        _CLAP_COMPLETE_INDEX="$last" \
        _CLAP_COMPLETE_COMP_TYPE="$COMP_TYPE" \
        _CLAP_COMPLETE_SPACE="$space" \
        COMPLETE="bash" \
        "kb" -- "${words[@]}" \
    ) )
    if [[ $? != 0 ]]; then
        unset COMPREPLY
        return
    fi
    for at in "${!COMPREPLY[@]}"; do
        printf -v reply %q "${COMPREPLY[at]#"$typed"}"
        COMPREPLY[at]="$reply"
    done
    if [[ $space == false && "${COMPREPLY-}" =~ [=/:]$ ]]; then
        compopt -o nospace
    fi
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _kb_complete kb
else
    complete -o nospace -o bashdefault -F _kb_complete kb
fi
