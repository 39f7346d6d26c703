# The procedure of the guide on two live hosts: the master becomes a clone, the
# clone the new master.  Right after each command the servers must behave so.

number=$(update_crl pki-master > /dev/null; crl_number pki-master)
attributes_master=$(attributes pki-master) attributes_clone=$(attributes pki-clone)
victim=$(issue pki-master)

watch_start pki-master
convert demote-ca pki-master --new-master secondary.example.com:9443
watch_end "CA master to clone (demote-ca)"
expect_converted master clone
expect "the old master answers at once" "not initialized" "$(update_crl pki-master)"
expect "it sends CRL requests to" secondary.example.com:9443 "$(sends_agents_to pki-master)"

watch_start pki-clone
convert promote-ca pki-clone --from "$(cs_cfg pki-master)"
watch_end "CA clone to master (promote-ca)"
expect_converted clone master
expect "the new master generates at once" "generated" "$(update_crl pki-clone)"
expect "it sends CRL requests to" nobody "$(sends_agents_to pki-clone)"
expect_more "the CRL number goes on" "$number" "$(crl_number pki-clone)"

expect "owner and mode of the old master's CS.cfg" "$attributes_master" "$(attributes pki-master)"
expect "owner and mode of the new master's CS.cfg" "$attributes_clone" "$(attributes pki-clone)"

expect "the certificate is not revoked yet" no "$(crl_lists pki-clone "$victim")"
revoke pki-master "$victim"
expect_soon "revoked at the old master, it is in a CRL of the new one" new_crl_lists pki-clone "$victim"

# The servers rewrite CS.cfg at every start: the roles must outlive that.
restart pki-master
restart pki-clone
wait_quiet
expect "after a restart the old master still does not" "not initialized" "$(update_crl pki-master)"
expect "after a restart the new master still does" "generated" "$(update_crl pki-clone)"

role check --output json "$(cs_cfg pki-master)" "$(cs_cfg pki-clone)"
expect "check agrees: exit code" 0 "$CODE"

# A second time there is nothing to do, and nobody is stopped for it.
pid=$(main_pid pki-clone)
convert promote-ca pki-clone --from "$(cs_cfg pki-master)"
expect "again: exit code" 0 "$CODE"
expect "again: nothing changed" False "$(json "j['changed']")"
expect "again: the same process" "$pid" "$(main_pid pki-clone)"
