# The old master is dead; only a copy of its CS.cfg is left, which still says
# master.  The clone takes over.  When the dead one comes back as it was, there
# are two masters: that is what `check` is for.

copy=$ROOT/run/copy-of-master.cfg
cp "$(cs_cfg pki-master)" "$copy"
systemctl stop "$(unit pki-master)"

watch_start pki-clone
convert promote-ca pki-clone --from "$copy"
watch_end "CA clone to master, old master dead (promote-ca)"
expect_converted clone master
expect_match "it warns that the other one is still set as master" former-master-still-master "$(warnings)"
expect "the new master generates" "generated" "$(update_crl pki-clone)"

systemctl start "$(unit pki-master)"
wait_answers pki-master
expect "the old one came back and generates" "generated" "$(update_crl pki-master)"
expect "the new one generates too" "generated" "$(update_crl pki-clone)"

role check --output json "$(cs_cfg pki-master)" "$(cs_cfg pki-clone)"
expect "check: exit code" 1 "$CODE"
expect_match "check names two masters" several-ca-masters "$(json "' '.join(p['code'] for p in j['problems'])")"

# And the way out.
convert demote-ca pki-master --new-master secondary.example.com:9443
expect_converted master clone
expect "the old one stopped generating" "not initialized" "$(update_crl pki-master)"
role check --output json "$(cs_cfg pki-master)" "$(cs_cfg pki-clone)"
expect "check is content: exit code" 0 "$CODE"
