# What bash would complete: the script, then the words up to the cursor, the last one under it.
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
named=$(complete -p pki-role)
named=${named##*-F }
"${named%% *}" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
