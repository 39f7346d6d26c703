# The OCSP responders change roles.  Dogtag reads ocsp.store.defStore.refreshInSec
# and not the guide's: Dogtag's must have been written, and Dogtag's own
# tool must see it.

refresh() { # INSTANCE - as pki-server reads it
  in_root pki-server ocsp-config-show -i "$1" ocsp.store.defStore.refreshInSec 2>> "$LOG" || echo absent
}
config_of() { # INSTANCE - every refresh key, whatever its name
  grep -i refreshInSec "$(cs_cfg "$1")" | tr '\n' ' '
}

victim=$(issue pki-master)
expect "the CA publishes to the responder" "generated" "$(update_crl pki-master)"
expect "the master responder says" good "$(ocsp pki-ocsp "$victim")"
log "before: pki-ocsp: $(config_of pki-ocsp), pki-ocsp-clone: $(config_of pki-ocsp-clone)"

watch_start pki-ocsp
convert demote-ocsp pki-ocsp
watch_end "OCSP master to clone (demote-ocsp)"
expect_converted master clone
watch_start pki-ocsp-clone
convert promote-ocsp pki-ocsp-clone
watch_end "OCSP clone to master (promote-ocsp)"
expect_converted clone master
wait_quiet   # both servers have rewritten their CS.cfg by now

expect "the key that a clone must have" "ocsp.store.defStore.refreshInSec=21600 " "$(config_of pki-ocsp)"
expect "the new master has none" "" "$(config_of pki-ocsp-clone)"
for i in pki-ocsp pki-ocsp-clone; do
  expect "$i answers" good "$(ocsp $i "$victim")"
done
check_all() { role check --output json "$(cs_cfg pki-ocsp)" "$(cs_cfg pki-ocsp-clone)" "$(cs_cfg pki-master)" "$(cs_cfg pki-clone)"; }
check_all
expect "check finds the publisher that stayed behind: exit code" 1 "$CODE"
expect "its problem" publisher-names-clone "$(json "' '.join(p['code'] for p in j['problems'])")"

# The CA goes on publishing to the old responder, and the new master, which reads
# its store once, at its start, says good of a revoked certificate.  The answer
# is stale; it is shown here because the CA's publisher must be moved, too.
revoke pki-master "$victim"
expect_soon "revoked, it is in the CA's CRL" new_crl_lists pki-master "$victim"
expect "the responder that the CA publishes to says" revoked "$(ocsp pki-ocsp "$victim")"
expect "the new master, to which nothing is published, says" good "$(ocsp pki-ocsp-clone "$victim")"

convert redirect-publisher pki-master --old-responder primary.example.com:10443 --new-responder secondary.example.com:11443
expect_converted master master
wait_quiet
check_all
expect "check agrees: exit code" 0 "$CODE"
expect "the CA publishes to the new master" "generated" "$(update_crl pki-master)"
expect "now the new master says" revoked "$(ocsp pki-ocsp-clone "$victim")"
