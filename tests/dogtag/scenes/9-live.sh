# The servers are asked: a planned move with every question that the program has
# for running servers, and what it finds when two masters were at work.

pem=$ROOT/root/agent.pem cacert=$ROOT/root/ca.pem
agent=(--agent-cert "$pem" --agent-key "$pem" --cacert "$cacert")

asked() { # COMMAND INSTANCE [OPTION...] - of a command that only asks
  local command=$1 instance=$2; shift 2
  role "$command" --root "$ROOT" --systemctl "$SYSTEMCTL" --instance "$instance" "$@"
}
collect() { # INSTANCE - its status, for check
  asked status "$1" --output json
  printf '%s\n' "$OUT" > "$ROOT/run/$1.json"
}
crl() { # PYTHON-EXPRESSION over the live CRL of MasterCRL
  json "[c for c in j['files'][0]['live']['crls'] if c['issuing_point'] == 'MasterCRL'][0]['$1']"
}
live() { json "j['files'][0]['live']$1"; }
check_both() { role check --output json "$ROOT/run/pki-master.json" "$ROOT/run/pki-clone.json"; }
found() { json "' '.join(sorted(f['code'] for f in j['problems'] + j['warnings']))"; }
warnings_of_status() { json "' '.join(w['code'] for w in j['files'][0]['warnings'])"; }
monitor() { asked monitor "$1" --expect "$2" --timeout 60; }

# ---- before ------------------------------------------------------------------------

collect pki-clone
expect "the clone runs" running "$(live "['answer']")"
expect "its cache is off" "{'MasterCRL': False}" "$(live "['caches']")"
expect "no question was left open" "[]" "$(live "['notes']")"
collect pki-master
expect "the master's version" 10.10.2 "$(live "['version']" | cut -d- -f1)"
expect "its cache is on" "{'MasterCRL': True}" "$(live "['caches']")"
expect "no question was left open" "[]" "$(live "['notes']")"
expect "the number is OpenSSL's" "$(crl_number pki-master)" "$(crl number)"
expect "members of the security domain" "CA 8443 CA 9443 OCSP 10443 OCSP 11443" \
  "$(json "' '.join('%s %d' % m for m in sorted((m['subsystem'], m['agent_port']) for m in j['files'][0]['live']['members'] if m['subsystem'] in ('CA', 'OCSP')))")"
check_both
expect "the topology is right: exit code" 0 "$CODE"
role check --output json "$ROOT/run/pki-clone.json"
expect_match "without the master's file it is missed" member-missing "$(found)"
monitor pki-master ca=master
expect "monitor: exit code" 0 "$CODE"
expect_match "monitor" "^PKI-ROLE OK - ca=master; CRL of MasterCRL: number [0-9]+, next update in .* \| 'MasterCRL_left'=[0-9]+s;[0-9]+:;[0-9]+: 'MasterCRL_number'=[0-9]+c$" "$OUT"

# ---- a CRL, by an agent and by nobody ------------------------------------------------

number=$(crl_number pki-master)
asked issue-crl pki-master "${agent[@]}" --output json
expect "issue-crl: exit code" 0 "$CODE"
expect "issue-crl: its number is the one that is served" "$(crl_number pki-master)" "$(json "j['issued'][0]['crl']['number']")"
expect_more "issue-crl: the number has risen" "$number" "$(crl_number pki-master)"
asked issue-crl pki-master
expect "without a certificate: exit code" 3 "$CODE"
asked issue-crl pki-clone "${agent[@]}"
expect "a clone is not asked: exit code" 3 "$CODE"
serial=$(issue pki-master)
in_root pki -d /root/nssdb -c $PASSWORD -U "$(https pki-master)" client-cert-import plain-user --serial "$serial" >> "$LOG" 2>&1
in_root pk12util -o /root/user.p12 -n plain-user -d /root/nssdb -K $PASSWORD -W $PASSWORD >> "$LOG" 2>&1
in_root openssl pkcs12 -in /root/user.p12 -passin pass:$PASSWORD -clcerts -nodes -out /root/user.pem
user=$ROOT/root/user.pem
asked issue-crl pki-master --agent-cert "$user" --agent-key "$user" --cacert "$cacert" --output json
expect "a user who is no agent: exit code" 4 "$CODE"
expect "a user who is no agent" not-an-agent "$(json "j['error']['code']")"

# ---- the move ------------------------------------------------------------------------

convert demote-ca pki-master --new-master secondary.example.com:9443 --dry-run
expect "the caches before" "{'MasterCRL': True}" "$(json "j['live']['before']['caches']")"
role demote-ca --to "$(cs_cfg pki-master)" --service "$(unit pki-master)" --systemctl "$SYSTEMCTL" --new-master secondary.example.com:9443
expect "demote-ca: exit code" 0 "$CODE"
expect_match "demote-ca says until when" "  MasterCRL: number [0-9]+, promote before 20[0-9-]+ [0-9:]+ UTC \([0-9]+ (h|min) [0-9]+ (min|s)\)" "$ERR"

collect pki-master
collect pki-clone
check_both
expect "between the two: exit code" 1 "$CODE"
expect_match "between the two there is no master" no-ca-master "$(found)"
monitor pki-master ca=master
expect "monitor: exit code" 2 "$CODE"

victim=$serial
revoke pki-master "$victim"
asked export-ca pki-master
expect_match "the export carries the number" "^_pki-role.crlNumber.MasterCRL=[0-9]+$" "$OUT"
number=$(sed -n 's/^_pki-role.crlNumber.MasterCRL=//p' <<< "$OUT")
export=$ROOT/run/old-master.export ahead=$ROOT/run/ahead.export
printf '%s\n' "$OUT" > "$export"
sed "s/^\(_pki-role.crlNumber.MasterCRL=\).*/\1$((number + 100))/" "$export" > "$ahead"
pid=$(main_pid pki-clone)
convert promote-ca pki-clone --from "$ahead"
expect "replication is behind: exit code" 3 "$CODE"
expect "replication is behind" replication-behind "$(json "j['error']['code']")"
expect "nobody was stopped" "$pid" "$(main_pid pki-clone)"

role promote-ca --root "$ROOT" --instance pki-clone --systemctl "$SYSTEMCTL" --from "$export" --issue-crl "${agent[@]}"
expect "promote-ca --issue-crl: exit code" 0 "$CODE"
expect_match "its last line names the CRL" "^issued by secondary.example.com:9443.*: CRL of MasterCRL, number [0-9]+, issued 20" "$(tail -n 1 <<< "$ERR")"
expect_more "the number has risen" "$number" "$(crl_number pki-clone)"
expect "the CRL lists what the old master revoked" yes "$(crl_lists pki-clone "$victim")"

collect pki-master
collect pki-clone
check_both
expect "after the move: exit code" 0 "$CODE"
monitor pki-clone ca=master
expect "monitor: exit code" 0 "$CODE"

# ---- the role comes back by hand: two masters ------------------------------------------

systemctl stop "$(unit pki-master)"
cp -p "$BASE/pki-master" "$(cs_cfg pki-master)"
systemctl start "$(unit pki-master)"
wait_answers pki-master
wait_quiet
monitor pki-master ca=clone
expect "a role that was put back: exit code" 2 "$CODE"
expect_match "a role that was put back" "PKI-ROLE CRITICAL - CA of pki-master: role master, expected clone" "$OUT"
asked issue-crl pki-master "${agent[@]}" --output json
expect "the old master generates too: exit code" 0 "$CODE"
latest() { # INSTANCE - number and digest of the CRL that it shows
  collect "$1"
  printf '%s %s\n' "$(crl number)" "$(crl sha256)"
}
read -r old old_digest <<< "$(latest pki-master)"
update_crl pki-clone > /dev/null
read -r new new_digest <<< "$(latest pki-clone)"
for _ in {1..10}; do   # each counts for itself: let the lower one go on
  if [ "$new" -lt "$old" ]; then
    update_crl pki-clone > /dev/null
    read -r new new_digest <<< "$(latest pki-clone)"
  elif [ "$old" -lt "$new" ] || [ "$old_digest" = "$new_digest" ]; then   # one CRL is shown by both once it is replicated
    update_crl pki-master > /dev/null
    read -r old old_digest <<< "$(latest pki-master)"
  else
    break
  fi
done
expect "both have a CRL of one number" "$old" "$new"
check_both
expect "two masters: exit code" 1 "$CODE"
expect_match "two CRLs with one number" crl-conflict "$(found)"
expect_match "two masters" several-ca-masters "$(found)"

# ---- edited, not restarted; and down -----------------------------------------------------

sed -i 's/^\(ca.crl.MasterCRL.enableCRL[A-Z][a-z]*\)=.*/\1=false/' "$(cs_cfg pki-master)"
collect pki-master
expect_match "edited and not restarted" runs-with-another-role "$(warnings_of_status)"
systemctl stop "$(unit pki-master)"
monitor pki-master ca=clone
expect "monitor of a unit that is down: exit code" 2 "$CODE"
expect_match "monitor of a unit that is down" "PKI-ROLE CRITICAL - CA of pki-master: the service is down" "$OUT"
