# The collection's playbook moves the master between two live hosts: a preview,
# the move, the same again.

[ -z "$NO_ANSIBLE" ] || skip_scene "$NO_ANSIBLE"

cat > "$ROOT/run/hosts.yml" <<INVENTORY
pki_ca:
  hosts: {first: {pki_role_instance: pki-master}, second: {pki_role_instance: pki-clone}}
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    pki_role_executable: $PKI_ROLE_BIN
    pki_role_root: $ROOT
    pki_role_systemctl: $SYSTEMCTL
INVENTORY

move() { # [OPTION...] - leaves what was said in OUT, the exit code in CODE
  log "\$ ansible-playbook move_ca_master $*"
  CODE=0
  OUT=$(env HOME="$ROOT/run" ANSIBLE_COLLECTIONS_PATH="$ROOT.ansible/collections" \
    "$ROOT.ansible/venv/bin/ansible-playbook" -i "$ROOT/run/hosts.yml" pki_role.dogtag.move_ca_master \
    -e new_master=second -e with_publishing=false "$@" 2>&1 < /dev/null) || CODE=$?
  log "$OUT" "exit $CODE"
}

number=$(update_crl pki-master > /dev/null; crl_number pki-master)
pids() { main_pid pki-master; main_pid pki-clone; }
before=$(pids)

move --check --diff
expect "preview: exit code" 0 "$CODE"
expect_match "preview: it shows what the new master would get" '^\+ca\.crl\.MasterCRL\.enableCRLUpdates=true' "$OUT"
expect "preview: the same processes" "$before" "$(pids)"
expect "preview: the master still generates" "generated" "$(update_crl pki-master)"

move
expect "exit code" 0 "$CODE"
expect_match "the playbook's verdict" "The topology is right" "$OUT"
expect "the old master answers" "not initialized" "$(update_crl pki-master)"
expect "it sends CRL requests to" secondary.example.com:9443 "$(sends_agents_to pki-master)"
expect "the new master generates" "generated" "$(update_crl pki-clone)"
expect_more "the CRL number goes on" "$number" "$(crl_number pki-clone)"

before=$(pids)
move
expect "again: exit code" 0 "$CODE"
expect "again: the same processes" "$before" "$(pids)"
