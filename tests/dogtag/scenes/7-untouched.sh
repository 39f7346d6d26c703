# What a conversion must not touch: anything, when it is only asked what it
# would do; and never the other instances of the host.

footprint() { # INSTANCE - its process and its CS.cfg, to the inode and the second
  echo "$1 $(main_pid "$1") $(stat -c '%i %s %Y %Z' "$(cs_cfg "$1")")"
}
wait_quiet

before=$(footprint pki-master)
convert demote-ca pki-master --new-master secondary.example.com:9443 --dry-run
expect "--dry-run: exit code" 0 "$CODE"
role demote-ca --to "$(cs_cfg pki-master)" --service "$(unit pki-master)" --systemctl "$SYSTEMCTL" \
  --new-master secondary.example.com:9443 --check
expect "--check: exit code" 1 "$CODE"
expect "--dry-run and --check touch nothing" "$before" "$(footprint pki-master)"
expect "nothing is left beside it" "" "$(find "$(dirname "$(cs_cfg pki-master)")" -name '*pki-role*')"

others=(pki-clone pki-ocsp pki-ocsp-clone pki-kra pki-tks)
before=$(for i in "${others[@]}"; do footprint "$i"; done)
# By the instance's name, which also finds the file and the unit.
role demote-ca --root "$ROOT" --instance pki-master --systemctl "$SYSTEMCTL" --new-master secondary.example.com:9443 --output json
expect_converted master clone
expect "the old master answers" "not initialized" "$(update_crl pki-master)"
expect "the other instances are untouched" "$before" "$(for i in "${others[@]}"; do footprint "$i"; done)"
