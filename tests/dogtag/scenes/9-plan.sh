# Nothing is typed but what `plan` prints: the CA master moves, and then the OCSP
# master.  An agent's certificate is where FreeIPA keeps it, so that both moves
# have CRLs issued.

mkdir -p "$ROOT/var/lib/ipa" "$ROOT/etc/ipa"
trap 'rm -rf "$ROOT/var/lib/ipa" "$ROOT/etc/ipa"' EXIT
cp "$ROOT/root/agent.pem" "$ROOT/var/lib/ipa/ra-agent.pem"
cp "$ROOT/root/agent.pem" "$ROOT/var/lib/ipa/ra-agent.key"
cp "$ROOT/root/ca.pem" "$ROOT/etc/ipa/ca.crt"
cd "$ROOT/run"

FILES=()
for i in pki-master pki-clone pki-ocsp pki-ocsp-clone; do FILES+=("$i.json"); done
collect() {
  local file
  for file in "${FILES[@]}"; do
    role status --root "$ROOT" --systemctl "$SYSTEMCTL" --instance "${file%.json}" --output json
    printf '%s\n' "$OUT" > "$file"
  done
}
in_step() { OUT=$PLAN json "(lambda step: $2)(j['steps'][$1])"; }   # NUMBER PYTHON-EXPRESSION over step
shows() { # STEP COMMAND... - the server shows the CRLs that the step awaits
  local step=$1; shift
  role "$@" --output json
  local numbers
  numbers=$(json "{c['issuing_point']: c['number'] for c in j['files'][0]['live']['crls']}")
  [ "$(in_step "$step" "all($numbers.get(a['issuing_point'], 0) >= a['number'] for a in step['awaits'])")" = True ]
}
carry_out() { # OPTION... - of plan; leaves the commands that were typed in TYPED
  local step command here=(--root "$ROOT" --systemctl "$SYSTEMCTL")
  collect
  role plan "${FILES[@]}" --output json "$@"
  expect "plan: exit code" 0 "$CODE"
  PLAN=$OUT TYPED=()
  for ((step = 0; step < $(OUT=$PLAN json "len(j['steps'])"); step++)); do
    if [ "$(in_step "$step" "step['needs'] is not None")" = True ]; then
      role $(in_step "$step" "' '.join(step['needs']['argv'][1:])") "${here[@]}"
      expect "what the step needs: exit code" 0 "$CODE"
      printf '%s\n' "$OUT" > "$(in_step "$step" "step['needs']['file']")"
    fi
    command=$(in_step "$step" "' '.join(step['argv'][1:])")
    TYPED+=("${command%% *}")
    case $command in
      status*) expect_soon "replication has caught up" shows "$step" $command "${here[@]}" ;;
      check*) collect; role $command; expect "check: exit code" 0 "$CODE" ;;
      *) role $command "${here[@]}"; expect "$command: exit code" 0 "$CODE" ;;
    esac
  done
}

victim=$(issue pki-master)
number=$(crl_number pki-master)
carry_out --new-master secondary.example.com:9443 --with-publishing
expect "the steps of the CA's move" "issue-crl demote-ca status promote-ca check" "${TYPED[*]}"
expect_more "the new master has issued the last CRL" "$((number + 1))" "$(crl_number pki-clone)"
expect "the old master does not generate" "not initialized" "$(update_crl pki-master)"
expect "the responder says" good "$(ocsp pki-ocsp "$victim")"

revoke pki-clone "$victim"
number=$(crl_number pki-clone)
carry_out --ocsp --new-master secondary.example.com:11443
log "steps of the responders' move: ${TYPED[*]}"
expect_match "it ends with a CRL for the new responder" "^demote-ocsp promote-ocsp .*redirect-publisher issue-crl .*check$" "${TYPED[*]}"
expect_more "the CRL was issued" "$number" "$(crl_number pki-clone)"
expect "the new responder says of a revoked one" revoked "$(ocsp pki-ocsp-clone "$victim")"
