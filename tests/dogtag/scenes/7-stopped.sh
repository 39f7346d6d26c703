# Servers that are stopped already: a demotion leaves them so, a promotion
# starts them; and one that goes down by itself just before the stop is no error.

systemctl stop "$(unit pki-master)"
convert demote-ca pki-master --new-master secondary.example.com:9443
expect_converted master clone
expect "it was not active" False "$(json "j['service']['was_active']")"
expect "it is left stopped" inactive "$(is_active pki-master)"

systemctl stop "$(unit pki-clone)"
convert promote-ca pki-clone --from "$(cs_cfg pki-master)"
expect_converted clone master
expect "a promotion starts it" "generated" "$(update_crl pki-clone)"

systemctl start "$(unit pki-master)"
wait_answers pki-master
expect "the demoted one, started by hand" "not initialized" "$(update_crl pki-master)"

# Between the question and the stop somebody else stops it.
gone=$ROOT/run/gone-systemctl
cat > "$gone" <<FORWARD
#!/bin/sh
[ "\$1" != stop ] || "$SYSTEMCTL" "\$@"
exec "$SYSTEMCTL" "\$@"
FORWARD
chmod 755 "$gone"
SYSTEMCTL=$gone convert demote-ca pki-clone --new-master primary.example.com:8443
expect_converted master clone
expect "it is up again as a clone" "not initialized" "$(update_crl pki-clone)"
