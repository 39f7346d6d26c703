# The collection's playbook moves the master between two live hosts: a preview, the move, the same
# again. Needs a folder with ansible-core in venv/ and the collection in collections/, since there is
# no network here: PKI_ROLE_ANSIBLE_DIR. Without it this scene proves nothing, and says so.

if [ ! -x "${PKI_ROLE_ANSIBLE_DIR:-}/venv/bin/ansible-playbook" ]; then
  echo "  not played: no PKI_ROLE_ANSIBLE_DIR with ansible-core"
  return 0
fi

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

move() { # OPTION... - leaves what was said in OUT, the exit code in CODE
  log "\$ ansible-playbook move_ca_master $*"
  CODE=0
  OUT=$(env ANSIBLE_COLLECTIONS_PATH="$PKI_ROLE_ANSIBLE_DIR/collections" HOME="$ROOT/run" LC_ALL=C.UTF-8 \
    "$PKI_ROLE_ANSIBLE_DIR/venv/bin/ansible-playbook" -i "$ROOT/run/hosts.yml" pki_role.dogtag.move_ca_master \
    -e new_master=second "$@" 2>&1 < /dev/null) || CODE=$?
  log "$OUT" "exit $CODE"
}

number=$(update_crl pki-master > /dev/null; crl_number pki-master)
pid=$(main_pid pki-clone)

move --check --diff
expect "preview: exit code" 0 "$CODE"
expect "preview: the same process" "$pid" "$(main_pid pki-clone)"
expect "preview: the master still generates" "generated" "$(update_crl pki-master)"

move
expect "exit code" 0 "$CODE"
expect "the old master answers" "not initialized" "$(update_crl pki-master)"
expect "the new master generates" "generated" "$(update_crl pki-clone)"
expect_more "the CRL number goes on" "$number" "$(crl_number pki-clone)"

pid=$(main_pid pki-clone)
move
expect "again: exit code" 0 "$CODE"
expect "again: the same process" "$pid" "$(main_pid pki-clone)"
