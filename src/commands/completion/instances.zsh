# The instances of this host, or below --root.
_pki_role_instances() {
    # What was typed: of the words an option before the command is removed.
    local -a typed names
    typed=(${(Q)${(z)LBUFFER}})
    local root=${typed[${typed[(i)--root]} + 1]}
    root=${root%/}
    names=($root/var/lib/pki/*(N-/:t) $root/etc/pki/*/(ca|ocsp)/CS.cfg(N:h:h:t) $root/etc/*/CS.cfg(N:h:t))
    compadd -a names
}

