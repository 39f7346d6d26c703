# quality.sh - what ansible-doc, ansible-lint and ansible-test's module validation say. Sourced by run.

COLLECTION=$WORK/collections/ansible_collections/pki_role/dogtag

# Installs from PyPI what a check needs. Where that cannot be had, the check is skipped.
had() { # PIP-ARGUMENT...
  pip install -q "$@" >"$WORK/pip.log" 2>&1 || { WHY="PyPI: $(tail -1 "$WORK/pip.log")"; return 1; }
}

scene_documentation() {
  local module
  for module in pki_role pki_role_info pki_role_plan; do
    ansible-doc "pki_role.dogtag.$module" >"$WORK/said" 2>&1 || wrong "ansible-doc $module" "exit code 0" "$?"
    expect_said "RETURN VALUES"
  done
}

scene_ansible_lint() {
  had ansible-lint || return 0
  (cd "$COLLECTION" && ansible-lint --offline --nocolor --profile production) >"$WORK/said" 2>&1 ||
    wrong "ansible-lint" "no finding" "(below)"
}

# ansible-test itself wants to download from a host of its own; its part for modules runs without.
scene_ansible_test_validate_modules() {
  local test findings
  test=$(python -c 'import ansible_test, os; print(os.path.dirname(ansible_test.__file__))')
  had -r "$test/_data/requirements/sanity.validate-modules.txt" || return 0
  findings=$(cd "$COLLECTION" && PYTHONPATH=$WORK/collections python "$test/_util/controller/sanity/validate-modules/validate.py" \
    --arg-spec --collection ansible_collections/pki_role/dogtag --collection-version 0.2.0 plugins/modules/*.py 2>"$WORK/said") || true
  # The licence is Apache-2.0 (tests/sanity/ignore-2.19.txt).
  expect "findings" "" "$(grep -E '^(ERROR|WARNING|plugins)' <<<"$findings" | grep -v GPLv3 || true)$(cat "$WORK/said")"
}
