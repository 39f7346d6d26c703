# hosts.sh - three "hosts" on this machine, and questions to them. Sourced by run.
#
# ca1 is the CA master and the OCSP master, ca2 and ca3 are clones of both; all have the instance
# pki-tomcat, and the same path for it below a root of their own.

FIXTURES=$PROJECT/fixtures

cfg() { echo "$WORK/hosts/$1/etc/pki/pki-tomcat/$2/CS.cfg"; } # HOST ca|ocsp

fresh_hosts() {
  local number name
  rm -rf "$WORK/hosts"
  for number in 1 2 3; do
    name=ca$number
    mkdir -p "$WORK/hosts/$name/etc/pki/pki-tomcat/ca" "$WORK/hosts/$name/etc/pki/pki-tomcat/ocsp"
    place ca "$name" "$(if [ $number = 1 ]; then echo ca-master; else echo ca-clone; fi)"
    place ocsp "$name" "$(if [ $number = 1 ]; then echo ocsp-dogtag-master; else echo ocsp-dogtag-clone; fi)"
    # It listens at an address of nobody's, so that the binary asks no port of this machine.
    sed 's/port="8443"/port="8443" address="192.0.2.1"/' "$FIXTURES/server-xml/tls-only.xml" \
      >"$WORK/hosts/$name/etc/pki/pki-tomcat/server.xml"
    ln -s "$HERE/fake-systemctl" "$WORK/hosts/$name/systemctl"
    : >"$WORK/hosts/$name/active"
  done
  cat >"$WORK/inventory.yml" <<INVENTORY
all:
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    pki_role_executable: $BIN
    pki_role_root: $WORK/hosts/{{ inventory_hostname }}
    pki_role_systemctl: $WORK/hosts/{{ inventory_hostname }}/systemctl
    pki_role_settle: 0
    pki_role_timeout: 20
pki_ca: {hosts: {ca1: {}, ca2: {}, ca3: {}}}
pki_ocsp: {hosts: {ca1: {}, ca2: {}, ca3: {}}}
INVENTORY
}

# The fixture, with the host's name, and without the port that the binary would ask whether it runs.
place() { # ca|ocsp HOST FIXTURE
  local own=primary
  case $3 in *clone) own=secondary ;; esac
  sed "s/$own\.example\.com/$2.example.com/; s/primary\.example\.com/ca1.example.com/; s/10443/8443/g; /^service\.unsecurePort=/d" \
    "$FIXTURES/$3.CS.cfg" >"$(cfg "$2" "$1")"
}

# Runs a playbook of the collection; what it said is in $WORK/said, its exit code in CODE.
play() { # PLAYBOOK [OPTION...]
  local book=$1; shift
  CODE=0
  ansible-playbook -i "$WORK/inventory.yml" "pki_role.dogtag.$book" "$@" >"$WORK/said" 2>&1 || CODE=$?
}

# Runs one module on one host.
on() { # HOST MODULE ARGUMENTS [OPTION...]
  local host=$1 module=$2 arguments=$3; shift 3
  CODE=0
  ansible -i "$WORK/inventory.yml" "$host" -m "pki_role.dogtag.$module" -a "$arguments" "$@" >"$WORK/said" 2>&1 || CODE=$?
}

roles() { # ca|ocsp - the roles of all three hosts, in order
  local name
  for name in ca1 ca2 ca3; do
    "$BIN" status --output json "$(cfg $name "$1")" | python3 -c 'import json, sys; print(json.load(sys.stdin)["files"][0]["role"])'
  done | paste -sd' '
}
redirect() { sed -n 's/^master\.ca\.agent\.host=//p' "$(cfg "$1" ca)"; }     # HOST
publishing() { grep '^ca\.publish\.' "$(cfg "$1" ca)"; }                       # HOST
asked() { sed 's/ .*//' "$WORK/hosts/$1/log" 2>/dev/null | { grep -E '^(stop|start)$' || true; } | paste -sd' '; } # HOST - stops and starts
all_bytes() { find "$WORK/hosts" -type f ! -name log -exec sha256sum {} + | sort; }

wrong() {
  OK=no
  printf '  %s\n' "$1" "expected: $2" "got:      $3"
  echo "  what Ansible said:"; sed 's/^/  | /' "$WORK/said"
}
expect() { [ "$2" = "$3" ] || wrong "$1" "$2" "$3"; }                        # WHAT EXPECTED GOT
expect_said() { grep -Eq -- "$1" "$WORK/said" || wrong "words" "$1" "(below)"; } # PATTERN
expect_unsaid() { ! grep -Eq -- "$1" "$WORK/said" || wrong "words" "not: $1" "(below)"; }
