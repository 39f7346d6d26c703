# A line without "=" is nothing to the server, but pki-server, which the unit
# runs before every start, refuses the file: the next restart would be the last.
# `status` must say so while the server still runs, and a conversion must not
# stop it.

line="a line without a delimiter"
pid=$(main_pid pki-clone)
echo "$line" >> "$(cs_cfg pki-clone)"
number=$(wc -l < "$(cs_cfg pki-clone)")

role status "$(cs_cfg pki-clone)" --systemctl "$SYSTEMCTL" --output json
expect_match "status names the line" "\b$number\b" "$(json "j['files'][0]['ambiguities']")"
convert promote-ca pki-clone --from "$(cs_cfg pki-master)"
expect "promote-ca refuses: exit code" 3 "$CODE"
expect "the server is the same process" "$pid" "$(main_pid pki-clone)"
expect "the server answers" "not initialized" "$(update_crl pki-clone)"

# The warning was right: with this line the service does not start.
systemctl stop "$(unit pki-clone)"
code=0; systemctl start "$(unit pki-clone)" 2>> "$LOG" || code=$?
expect "the unit's start fails" 1 "$code"
sed -i "\$d" "$(cs_cfg pki-clone)"
systemctl start "$(unit pki-clone)"
wait_answers pki-clone
