# scenes.sh - what is proven of the modules and the playbooks. Sourced by run; each scene_ function
# begins with fresh hosts.

MOVE="move_ca_master -e new_master=ca2"

moved() { # the state after a complete move to ca2
  expect "roles" "clone master clone" "$(roles ca)"
  expect "redirects" "ca2.example.com  ca2.example.com" "$(redirect ca1) $(redirect ca2) $(redirect ca3)"
}
nobody_touched() { # BYTES
  expect "bytes" "$1" "$(all_bytes)"
  expect "services" "  " "$(asked ca1) $(asked ca2) $(asked ca3)"
}

scene_planned_move() {
  play $MOVE
  expect "exit code" 0 "$CODE"
  moved
  expect "services" "stop start|stop start|stop start" "$(asked ca1)|$(asked ca2)|$(asked ca3)"
  expect_said "The topology is right: ca2 is the master"
  expect_said "copied values name"
  expect_unsaid "former-master-still-master"
  expect "the OCSP responders" "master clone clone" "$(roles ocsp)"
}

scene_planned_move_again_does_nothing() {
  play $MOVE
  local bytes; bytes=$(all_bytes)
  rm "$WORK"/hosts/*/log
  play $MOVE
  expect "exit code" 0 "$CODE"
  nobody_touched "$bytes"
  expect_unsaid "changed=[1-9]"
}

scene_only_the_crl_settings_travel() {
  play $MOVE
  expect "publishing" "$(publishing ca3)" "$(publishing ca2)"
  on ca1 pki_role_crl_info "path=$(cfg ca1 ca)"
  expect "keys beside ca.crl." \
    "ca.certStatusUpdateInterval ca.listenToCloneModifications ca.signing.cert cs.type machineName master.ca.agent.host master.ca.agent.port service.machineName" \
    "$(sed -n 's/^  *\([A-Za-z.]*\)=.*/\1/p' "$WORK/said" | grep -v '^ca\.crl\.' | sort | paste -sd' ')"
}

scene_the_lines_that_travel_promote_as_the_whole_file_does() { # for each fixture, odd ones too
  local fixture code_whole code_part
  for fixture in "$FIXTURES"/ca-*.CS.cfg "$FIXTURES"/ugly/*.CS.cfg; do
    cp "$FIXTURES/ca-clone.CS.cfg" "$WORK/whole.cfg"
    cp "$FIXTURES/ca-clone.CS.cfg" "$WORK/part.cfg"
    PYTHONPATH=$WORK/collections/ansible_collections/pki_role/dogtag/plugins/module_utils python - "$fixture" >"$WORK/settings.cfg" <<'PYTHON'
import sys
from crl_settings import crl_settings
sys.stdout.buffer.write(crl_settings(open(sys.argv[1], "rb").read(), True)[0])
PYTHON
    code_whole=0 code_part=0
    "$BIN" promote-ca -q --no-backup --with-publishing --from "$fixture" --to "$WORK/whole.cfg" >"$WORK/said" 2>&1 || code_whole=$?
    "$BIN" promote-ca -q --no-backup --with-publishing --from "$WORK/settings.cfg" --to "$WORK/part.cfg" >>"$WORK/said" 2>&1 || code_part=$?
    expect "${fixture##*/}: exit code" "$code_whole" "$code_part"
    cmp "$WORK/whole.cfg" "$WORK/part.cfg" >>"$WORK/said" 2>&1 || wrong "${fixture##*/}" "the same bytes" "others"
  done
}

scene_with_publishing() {
  play $MOVE -e with_publishing=true
  expect "exit code" 0 "$CODE"
  moved
  expect "publishing" "$(publishing ca1)" "$(publishing ca2)"
}

scene_preview_touches_nothing() {
  local bytes; bytes=$(all_bytes)
  play $MOVE --check --diff
  expect "exit code" 0 "$CODE"
  nobody_touched "$bytes"
  expect_said '^--- before: .*ca1/etc/pki/pki-tomcat/ca/CS.cfg \(master\)'
  expect_said '^\+\+\+ after: .*ca1/etc/pki/pki-tomcat/ca/CS.cfg \(clone\)'
  expect_said '^\+\+\+ after: .*ca2/etc/pki/pki-tomcat/ca/CS.cfg \(master\)'
  expect_said '^-master.ca.agent.host=ca1.example.com'
  expect_said '^\+master.ca.agent.host=ca2.example.com'
  expect "hosts that would change" 3 "$(grep -c 'changed=1 ' "$WORK/said")"
  expect_said "This was a preview: nothing was touched"
}

scene_dead_master_from_a_backup() {
  cp "$(cfg ca1 ca)" "$WORK/backup.cfg"
  sed -i 's/ca1: {}/ca1: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}/' "$WORK/inventory.yml"
  play $MOVE -e old_master=ca1 -e old_master_dead=true -e former_master_cfg="$WORK/backup.cfg"
  expect "exit code" 0 "$CODE"
  expect "roles" "master master clone" "$(roles ca)"
  expect "redirect" "ca2.example.com" "$(redirect ca3)"
  expect "the dead one" "" "$(asked ca1)"
  expect_said "former-master-still-master"
}

scene_dead_master_needs_a_backup() {
  local bytes; bytes=$(all_bytes)
  play $MOVE -e old_master=ca1 -e old_master_dead=true
  expect "exit code" 2 "$CODE"
  expect_said "former_master_cfg then names a CS.cfg of the"
  nobody_touched "$bytes"
}

scene_unreachable_master_is_not_dead() {
  local bytes; bytes=$(all_bytes)
  sed -i 's/ca1: {}/ca1: {ansible_connection: ssh, ansible_host: 127.0.0.1, ansible_port: 1}/' "$WORK/inventory.yml"
  play $MOVE
  expect "exit code" 4 "$CODE"
  nobody_touched "$bytes"
}

scene_two_masters_are_refused() {
  place ca ca3 ca-master
  local bytes; bytes=$(all_bytes)
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect_said "more than one CA generates CRLs"
  nobody_touched "$bytes"
}

scene_half_a_clone_is_refused() {
  sed -i 's/^ca\.certStatusUpdateInterval=0/ca.certStatusUpdateInterval=600/' "$(cfg ca3 ca)"
  local bytes; bytes=$(all_bytes)
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect_said "neither master nor clone"
  nobody_touched "$bytes"
}

scene_no_master_and_no_trace_of_one_is_refused() {
  place ca ca1 ca-clone
  local bytes; bytes=$(all_bytes)
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect_said "no CA generates CRLs"
  nobody_touched "$bytes"
}

scene_a_limit_is_refused() {
  local bytes; bytes=$(all_bytes)
  play $MOVE --limit ca1,ca2
  expect "exit code" 2 "$CODE"
  expect_said "no --limit"
  nobody_touched "$bytes"
}

scene_a_stranger_is_refused() {
  local bytes; bytes=$(all_bytes)
  play move_ca_master -e new_master=ca9
  expect "exit code" 2 "$CODE"
  expect_said "has to be a host of the group"
  nobody_touched "$bytes"
}

scene_refused_promotion_costs_nothing() { # it is rehearsed before the demotion
  sed -i '/^ca\.crl\.MasterCRL\.class=/d' "$(cfg ca1 ca)"
  local bytes; bytes=$(all_bytes)
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect_said "issuing point \`MasterCRL\`, which has no"
  nobody_touched "$bytes"
}

scene_failed_demotion_stops_and_the_next_run_goes_on() {
  echo "Job for pki-tomcatd@pki-tomcat.service canceled." >"$WORK/hosts/ca1/fail-stop"
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect "roles" "master clone clone" "$(roles ca)"
  expect "others" " " "$(asked ca2) $(asked ca3)"
  expect_said "STOPPED at .Make the old master a clone. on ca1"
  expect_said "ca1: master: .*is active"
  expect_said "ca2: clone: "
  rm "$WORK/hosts/ca1/fail-stop"
  play $MOVE
  expect "exit code of the next run" 0 "$CODE"
  moved
}

scene_failed_promotion_stops_and_the_next_run_goes_on() {
  echo "Job for pki-tomcatd@pki-tomcat.service failed." >"$WORK/hosts/ca2/fail-stop"
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect "roles" "clone clone clone" "$(roles ca)"
  expect "ca3" "" "$(asked ca3)"
  expect_said "STOPPED at .Make it the master. on ca2"
  expect_said "ca1: clone: .*requests go to ca2.example.com:8443; pki-tomcatd@pki-tomcat.service is active"
  rm "$WORK/hosts/ca2/fail-stop"
  play $MOVE
  expect "exit code of the next run" 0 "$CODE"
  moved
}

scene_new_master_that_is_down_stops_until_it_runs() {
  echo "Job for pki-tomcatd@pki-tomcat.service failed." >"$WORK/hosts/ca2/fail-start"
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect "roles" "clone master clone" "$(roles ca)"
  expect_said "next: journalctl -u pki-tomcatd@pki-tomcat.service"
  expect_said "pki-role restore "
  expect_said "ca2: master: .*is NOT active"
  play $MOVE
  expect "exit code while it is down" 2 "$CODE"
  expect_said "the new master's unit is not active"
  expect "ca3" "" "$(asked ca3)"
  rm "$WORK/hosts/ca2/fail-start"
  : >"$WORK/hosts/ca2/active"
  play $MOVE
  expect "exit code when it runs" 0 "$CODE"
  moved
}

scene_failed_redirect_stops_and_the_next_run_goes_on() {
  echo "Job for pki-tomcatd@pki-tomcat.service failed." >"$WORK/hosts/ca3/fail-stop"
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect "roles" "clone master clone" "$(roles ca)"
  expect_said "STOPPED at .Make it follow the new master. on ca3"
  rm "$WORK/hosts/ca3/fail-stop" "$WORK/hosts/ca1/log" "$WORK/hosts/ca2/log"
  play $MOVE
  expect "exit code of the next run" 0 "$CODE"
  moved
  expect "the ones that were done" " " "$(asked ca1) $(asked ca2)"
}

scene_host_lost_in_the_middle() { # ca3 answers until ca2 has been promoted
  sed -i "s|ca3: {}|ca3: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_connection: \"{{ 'ssh' if lookup('ansible.builtin.fileglob', '$(cfg ca2 ca).pki-role.*') else 'local' }}\"}|" "$WORK/inventory.yml"
  play $MOVE
  expect "exit code" 2 "$CODE"
  expect "roles" "clone master clone" "$(roles ca)"
  expect_said "STOPPED at .* on ca3: .*Failed to connect"
  expect_said "ca2: master: .*is active"
  expect_said "ca3: not known: "
}

scene_back_again() {
  play $MOVE
  play move_ca_master -e new_master=ca1
  expect "exit code" 0 "$CODE"
  expect "roles" "master clone clone" "$(roles ca)"
  expect "redirects" "ca1.example.com ca1.example.com" "$(redirect ca2) $(redirect ca3)"
}

scene_one_fork_and_a_free_strategy() {
  ANSIBLE_STRATEGY=free play $MOVE -f 1
  expect "exit code" 0 "$CODE"
  moved
  echo "Job for pki-tomcatd@pki-tomcat.service failed." >"$WORK/hosts/ca1/fail-stop"
  ANSIBLE_STRATEGY=free play move_ca_master -e new_master=ca1 -f 1
  expect "exit code" 2 "$CODE"
  expect "roles" "clone clone clone" "$(roles ca)"
  expect "redirect" "ca2.example.com" "$(redirect ca3)"
}

scene_ocsp_move() {
  play move_ocsp_master -e new_master=ca3
  expect "exit code" 0 "$CODE"
  expect "roles" "clone clone master" "$(roles ocsp)"
  expect "CAs" "master clone clone" "$(roles ca)"
  expect_said "change the publisher"
  local bytes; bytes=$(all_bytes)
  rm "$WORK"/hosts/*/log
  play move_ocsp_master -e new_master=ca3
  expect "exit code, again" 0 "$CODE"
  nobody_touched "$bytes"
}

scene_ocsp_preview_touches_nothing() {
  local bytes; bytes=$(all_bytes)
  play move_ocsp_master -e new_master=ca3 --check --diff
  expect "exit code" 0 "$CODE"
  expect_said '^\+ocsp.store.defStore.refreshInSec=21600'
  expect_said '^-ocsp.store.defStore.refreshInSec=14400'
  nobody_touched "$bytes"
}

scene_ocsp_two_masters_are_refused() {
  place ocsp ca2 ocsp-dogtag-master
  local bytes; bytes=$(all_bytes)
  play move_ocsp_master -e new_master=ca3
  expect "exit code" 2 "$CODE"
  nobody_touched "$bytes"
}

scene_ocsp_failure_stops_and_the_next_run_goes_on() {
  echo "Job for pki-tomcatd@pki-tomcat.service failed." >"$WORK/hosts/ca3/fail-stop"
  play move_ocsp_master -e new_master=ca3
  expect "exit code" 2 "$CODE"
  expect "roles" "clone clone clone" "$(roles ocsp)"
  expect_said "STOPPED at .Make it the master. on ca3"
  rm "$WORK/hosts/ca3/fail-stop"
  play move_ocsp_master -e new_master=ca3
  expect "exit code of the next run" 0 "$CODE"
  expect "roles" "clone clone master" "$(roles ocsp)"
}

scene_module_check_mode_and_difference() {
  local bytes; bytes=$(all_bytes)
  on ca1 pki_role "state=ca_clone path=$(cfg ca1 ca) root=$WORK/hosts/ca1 systemctl=$WORK/hosts/ca1/systemctl executable=$BIN new_master=ca2.example.com:8443 settle=0" --check --diff
  expect "exit code" 0 "$CODE"
  expect_said "^ca1 \| CHANGED"
  expect_said '^\+master.ca.agent.host=ca2.example.com'
  nobody_touched "$bytes"
}

scene_module_says_state_and_remedy() {
  on ca1 pki_role "state=ca_master path=$(cfg ca2 ca) former_master_cfg=$(cfg ca1 ocsp) root=$WORK/hosts/ca1 executable=$BIN"
  expect "exit code" 2 "$CODE"
  expect_said "; state: nothing was touched; next: "
  expect_said '^ +code: wrong-subsystem'
  expect_said '^ +rc: 3'
  expect_said '^ +changed: false'
}
