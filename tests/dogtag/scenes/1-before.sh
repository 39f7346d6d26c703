# Before anything is converted: who does what, and does `status` tell it?  This
# is also the proof that the questions can tell a master from a clone.

expect "the master generates" "generated" "$(update_crl pki-master)"
expect "the clone does not" "not initialized" "$(update_crl pki-clone)"

# By instance name, looking under the chroot: --root.
for pair in pki-master:master pki-clone:clone pki-ocsp:master pki-ocsp-clone:clone pki-kra:none pki-tks:none; do
  role status --root "$ROOT" --systemctl "$SYSTEMCTL" --instance "${pair%:*}" --output json
  expect "exit code" 0 "$CODE"
  expect "role of ${pair%:*}" "${pair#*:}" "$(json "j['files'][0]['role']")"
done

role check --output json "$(cs_cfg pki-master)" "$(cs_cfg pki-clone)" "$(cs_cfg pki-ocsp)" "$(cs_cfg pki-ocsp-clone)"
expect "check finds one master each: exit code" 0 "$CODE"

# What has no roles is refused, and nothing is touched.
pid=$(main_pid pki-kra)
convert demote-ca pki-kra --new-master secondary.example.com:9443
expect "a KRA is refused: exit code" 3 "$CODE"
expect "the KRA is the same process" "$pid" "$(main_pid pki-kra)"
