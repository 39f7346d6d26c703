# The instances of this host, or below --root.
function __fish_pki_role_instances
    set -l root ''
    set -l words (commandline -opc)
    if set -l at (contains -i -- --root $words)
        set root (string replace -r '/$' '' -- $words[(math $at + 1)])
    end
    for path in $root/var/lib/pki/*/
        string replace -r '.*/([^/]+)/$' '$1' -- $path
    end
    for path in $root/etc/pki/*/{ca,ocsp}/CS.cfg
        string replace -r '.*/([^/]+)/[^/]+/CS.cfg$' '$1' -- $path
    end
    for path in $root/etc/*/CS.cfg
        string replace -r '.*/([^/]+)/CS.cfg$' '$1' -- $path
    end
end

