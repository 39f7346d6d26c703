# SIGTERM in the moment between stop and start: the server must not be left
# stopped, and its role not be changed.

held=$ROOT/run/held                       # appears when the server is stopped
release=$ROOT/run/release                 # a fifo: systemctl returns when it is opened
holding=$ROOT/run/holding-systemctl
cat > "$holding" <<FORWARD
#!/bin/sh
# Stops for real, and then does not return until it is told to (a minute at most).
"$SYSTEMCTL" "\$@"
code=\$?
[ "\$1" != stop ] || { : > "$held"; timeout 60 cat "$release"; }
exit \$code
FORWARD
chmod 755 "$holding"
rm -f "$held" "$release"
mkfifo "$release"

beside() { find "$(dirname "$(cs_cfg pki-clone)")" -name '*pki-role*' | sort; }
before=$(beside)                          # backups that earlier scenes left

"$PKI_ROLE_BIN" promote-ca --from "$(cs_cfg pki-master)" --to "$(cs_cfg pki-clone)" --service "$(unit pki-clone)" \
  --systemctl "$holding" >> "$LOG" 2>&1 < /dev/null &
tool=$!
expect_soon "the server is stopped" test -e "$held"
expect "stopped: the unit" inactive "$(is_active pki-clone)"
kill -TERM "$tool"
timeout 5 sh -c ": > '$release'" || log "nobody waits at the fifo any more"
code=0; wait "$tool" || code=$?
expect "exit code" 143 "$code"
expect "the unit" active "$(is_active pki-clone)"
wait_answers pki-clone
expect "the role is unchanged" "not initialized" "$(update_crl pki-clone)"
expect "the CS.cfg is unchanged" yes "$(wait_quiet; cmp -s "$BASE/pki-clone" "$(cs_cfg pki-clone)" && echo yes || echo no)"
expect "nothing new is left beside it" "$before" "$(beside)"
