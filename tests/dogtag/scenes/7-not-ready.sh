# The former master's ca.crl. lines hold a number that the CA cannot read.  With
# them the unit is active and the CA never comes up.  That must be reported
# (exit 5, and the remedy works), or undone (--rollback, exit 4).

former=$ROOT/run/former-master.cfg
sed 's/^\(ca.crl.MasterCRL.cacheUpdateInterval\)=.*/\1=15x/' "$(cs_cfg pki-master)" > "$former"
seconds=40   # a CA that comes up does so within 20

convert promote-ca pki-clone --from "$former" --timeout $seconds
expect "reported: exit code" 5 "$CODE"
expect "the unit itself is active" active "$(is_active pki-clone)"
expect "the CA does not answer" no "$(answers pki-clone && echo yes || echo no)"
changed=$(json "j['changed']") backup=$(json "j['backup']")
remedy=$(json "[c for c in j['error']['commands'] if c.startswith('pki-role restore')][0]")
expect_match "the remedy is a restore of this CS.cfg" "restore --to $(cs_cfg pki-clone) .*--from " "$remedy"
# As printed.
role ${remedy#pki-role }
expect "the remedy: exit code" 0 "$CODE"
expect "the remedy: the CA is a clone and answers" "not initialized" "$(update_crl pki-clone)"

convert promote-ca pki-clone --from "$former" --timeout $seconds --rollback
expect "undone: exit code" 4 "$CODE"
expect "undone: the CA is a clone and answers" "not initialized" "$(update_crl pki-clone)"

# What the first one left behind was in its JSON, too.
expect "exit 5, JSON: the file is changed" True "$changed"
expect "exit 5, JSON: the backup is the remedy's" "${remedy##* }" "$backup"
