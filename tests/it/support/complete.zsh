# Types a line and TAB into a zsh of its own, and prints what it would complete.
zmodload zsh/zpty
zpty child zsh -f -i
zpty -w child "PS1= RPS1=; autoload -Uz compinit; compinit -u -D; source ${(q)1}
compadd() {
    case \${(j: :)@[1,(i)--]} in (*-[OAD]\ *) builtin compadd \"\$@\"; return;; esac
    local -a found
    builtin compadd -A found \"\$@\"
    (( \$#found )) && print -rl -- \"found:\"\${^found}
}
finish() { print -r end-of-list; exit }
comppostfuncs=(finish)
bindkey '^I' complete-word
print ready"
# Once as it is echoed, once as it is printed.
zpty -r child line '*ready*ready*'
zpty -w -n child "$2"$'\t'
while zpty -r child line; do
    line=${line//$'\r'/}
    [[ $line == *end-of-list* ]] && break
    [[ $line == *found:* ]] && print -r -- ${${line#*found:}%$'\n'}
done
zpty -d child
