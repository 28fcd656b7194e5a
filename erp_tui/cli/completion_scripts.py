"""`erp completion SHELL`: the script that makes a shell ask `erp` what may follow."""

from __future__ import annotations

BASH = """\
# erp completion for bash. Once: erp completion bash > ~/.local/share/bash-completion/completions/erp
_erp() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        COMPREPLY+=("${line%%$'\\t'*}")
    done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _erp erp
"""
ZSH = """\
#compdef erp
# erp completion for zsh. Once: erp completion zsh > "${fpath[1]}/_erp", then open a new shell.
_erp() {
    local line
    local -a found
    while IFS= read -r line; do
        if [[ $line == *$'\\t'* ]]; then
            found+=("${line%%$'\\t'*}:${line#*$'\\t'}")
        else
            found+=("$line")
        fi
    done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
    if (( ${#found} )); then
        _describe -t commands erp found
    else
        _files
    fi
}
if [[ ${funcstack[1]} == _erp ]]; then
    _erp "$@"
elif (( ${+functions[compdef]} )); then
    compdef _erp erp
fi
"""
FISH = """\
# erp completion for fish. Once: erp completion fish > ~/.config/fish/completions/erp.fish
function __erp_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found ($words[1] __complete $words[2..-1] "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c erp -f -a '(__erp_complete)'
"""
SCRIPTS = {"bash": BASH, "fish": FISH, "zsh": ZSH}
