# The instances of this host, or below --root, that begin with what was typed.
_pki_role_instances() {
    local root="" nth path name
    for ((nth = 1; nth < COMP_CWORD; nth++)); do
        if [[ ${COMP_WORDS[nth]} == --root ]]; then
            root=${COMP_WORDS[nth + 1]}
            [[ $root == "=" ]] && root=${COMP_WORDS[nth + 2]}
        fi
    done
    root=${root%/}
    for path in "$root"/var/lib/pki/*/ "$root"/etc/pki/*/{ca,ocsp}/CS.cfg "$root"/etc/*/CS.cfg; do
        name=${path%/}
        name=${name%/CS.cfg}
        [[ $path == */etc/pki/*/CS.cfg ]] && name=${name%/*}
        name=${name##*/}
        # A pattern that nothing matches is left as it is; it is not a name.
        [[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9._-]*$ && $name == "$1"* ]] && COMPREPLY+=("$name")
    done
}

