# servers.sh - the six Dogtag servers and their two directory servers: built
# once, put back to how they were built before every run, started and stopped.
# Sourced by `run` inside its namespaces (own mounts, own loopback, own ids).
#
#   pki-master      CA, the master                primary.example.com    8xxx
#   pki-clone       CA, its clone (replicated)    secondary.example.com  9xxx
#   pki-ocsp        OCSP, the master: the CA      primary.example.com   10xxx
#                   publishes its CRLs to it
#   pki-ocsp-clone  OCSP, its clone               secondary.example.com 11xxx
#   pki-kra, pki-tks   the two with no roles      primary.example.com   12xxx 13xxx
#
# "Both hosts" are this machine's loopback.

TREE=2   # raise it when what is built below changes
MARKS=$ROOT/var/lib/pki-role-test
STATE=(etc/pki etc/dogtag etc/dirsrv etc/default etc/systemd/system root
  var/lib/pki var/lib/dirsrv var/log/pki var/log/dirsrv)   # all that building and running change
PASSWORD=Secret.123
INSTANCES=(pki-master pki-clone pki-ocsp pki-ocsp-clone pki-kra pki-tks)
DIRECTORIES=(primaryds secondaryds)
PATIENCE=240   # seconds until a server must answer

subsystem() { case $1 in pki-master | pki-clone) echo ca ;; pki-ocsp*) echo ocsp ;; *) echo "${1#pki-}" ;; esac }
base_port() { case $1 in pki-master) echo 8000 ;; pki-clone) echo 9000 ;; pki-ocsp) echo 10000 ;;
  pki-ocsp-clone) echo 11000 ;; pki-kra) echo 12000 ;; pki-tks) echo 13000 ;; esac }
side() { case $1 in *-clone) echo secondary ;; *) echo primary ;; esac }
https() { echo "https://$(side "$1").example.com:$(($(base_port "$1") + 443))"; }
http() { echo "http://$(side "$1").example.com:$(($(base_port "$1") + 80))"; }
cs_cfg() { echo "$ROOT/etc/pki/$1/$(subsystem "$1")/CS.cfg"; }
unit() { echo "pki-tomcatd@$1.service"; }

answers() { # INSTANCE - the subsystem says that it runs
  in_root curl -s --max-time 5 "$(http "$1")/$(subsystem "$1")/admin/$(subsystem "$1")/getStatus" | grep -q running
}
wait_until() { # SECONDS COMMAND... - until it succeeds, or fail
  local end=$((SECONDS + $1)); shift
  until "$@"; do
    [ $SECONDS -lt "$end" ] || return 1
    sleep 0.3
  done
}
wait_answers() { wait_until $PATIENCE answers "$1" || die "$1 does not answer within $PATIENCE s (logs: $ROOT/var/log/pki/$1)"; }

# ---- the state of all servers, as a whole ------------------------------------

save_state() { # NAME
  tar -C "$ROOT" -cf "$MARKS/$1.tar.new" --ignore-failed-read "${STATE[@]}"
  mv "$MARKS/$1.tar.new" "$MARKS/$1.tar"
}
restore_state() { # NAME
  (cd "$ROOT" && find "${STATE[@]}" -xdev -mindepth 1 -delete)
  tar -C "$ROOT" -xpf "$MARKS/$1.tar"
}

# ---- up and down ----------------------------------------------------------------

systemctl() { in_root /usr/bin/systemctl "$@"; }
up() {
  local i
  for i in "${DIRECTORIES[@]}"; do systemctl start "dirsrv@$i"; done
  for i in "${INSTANCES[@]}"; do systemctl start "$(unit "$i")"; done
  for i in "${INSTANCES[@]}"; do wait_answers "$i"; done
}
down() {
  local i
  for i in "${INSTANCES[@]}"; do systemctl stop "$(unit "$i")"; done
  for i in "${DIRECTORIES[@]}"; do systemctl stop "dirsrv@$i"; done
}

# ---- building -------------------------------------------------------------------

prepare_root() { # what does not depend on the servers; every run, so that edits here take effect
  hostname primary.example.com
  ip link set lo up
  cat > "$ROOT/etc/hosts" <<-HOSTS
	127.0.0.1 localhost
	127.0.0.1 primary.example.com primary
	127.0.0.1 secondary.example.com secondary
	HOSTS
  rm -f "$ROOT/usr/bin/systemctl"
  install -m 755 "$HERE/systemctl" "$ROOT/usr/bin/systemctl"
}

directory_server() { # NAME PORT
  cat > "$ROOT/root/$1.inf" <<-INF
	[general]
	config_version = 2
	full_machine_name = $(case $1 in primary*) echo primary ;; *) echo secondary ;; esac).example.com
	strict_host_checking = False
	systemd = False
	selinux = False
	[slapd]
	instance_name = $1
	port = $2
	secure_port = $(($2 + 247))
	root_dn = cn=Directory Manager
	root_password = $PASSWORD
	self_sign_cert = False
	INF
  in_root dscreate from-file "/root/$1.inf"
  in_root dsctl "$1" stop      # dscreate started it; from here on the unit does
  systemctl start "dirsrv@$1"
}

deployment() { # INSTANCE - pkispawn's configuration
  local sub port ldap clone_of=''
  sub=$(subsystem "$1") port=$(base_port "$1")
  case $1 in *-clone) ldap=4389 ;; *) ldap=3389 ;; esac
  case $1 in pki-clone) clone_of=pki-master ;; pki-ocsp-clone) clone_of=pki-ocsp ;; esac
  cat <<-CFG
	[DEFAULT]
	pki_instance_name=$1
	pki_hostname=$(side "$1").example.com
	pki_https_port=$((port + 443))
	pki_http_port=$((port + 80))
	pki_server_database_password=$PASSWORD
	[Tomcat]
	pki_ajp_port=$((port + 9))
	pki_tomcat_server_port=$((port + 5))
	[${sub^^}]
	pki_admin_uid=caadmin
	pki_admin_nickname=caadmin
	pki_admin_password=$PASSWORD
	pki_client_database_password=$PASSWORD
	pki_client_database_purge=False
	pki_client_pkcs12_password=$PASSWORD
	pki_ds_hostname=$(side "$1").example.com
	pki_ds_ldap_port=$ldap
	pki_ds_base_dn=dc=$sub,dc=pki,dc=example,dc=com
	pki_ds_database=$sub
	pki_ds_password=$PASSWORD
	pki_security_domain_name=EXAMPLE
	pki_sslserver_nickname=sslserver
	pki_subsystem_nickname=subsystem
	pki_audit_signing_nickname=${sub}_audit_signing
	CFG
  # A clone must call the keys that it is given as its master does.
  case $sub in
    ca) printf '%s\n' pki_ca_signing_nickname=ca_signing pki_ocsp_signing_nickname=ca_ocsp_signing ;;
    ocsp) echo pki_ocsp_signing_nickname=ocsp_signing ;;
    kra) printf '%s\n' pki_storage_nickname=kra_storage pki_transport_nickname=kra_transport ;;
  esac
  # One administrator for all: the CA's certificate is every other's too.
  [ "$sub" = ca ] || echo "pki_admin_cert_file=/root/.dogtag/pki-master/ca_admin.cert"
  [ "$1" = pki-master ] || cat <<-CFG
	pki_cert_chain_path=/root/ca.pem
	pki_cert_chain_nickname=ca_signing
	pki_security_domain_hostname=primary.example.com
	pki_security_domain_https_port=8443
	pki_security_domain_user=caadmin
	pki_security_domain_password=$PASSWORD
	CFG
  [ -z "$clone_of" ] || cat <<-CFG
	pki_clone=True
	pki_clone_replicate_schema=True
	pki_clone_uri=$(https "$clone_of")
	pki_clone_pkcs12_path=/root/$clone_of.p12
	pki_clone_pkcs12_password=$PASSWORD
	CFG
}

spawn() { # INSTANCE
  say "pkispawn $1"
  deployment "$1" > "$ROOT/root/$1.cfg"
  in_root pkispawn -f "/root/$1.cfg" -s "$(subsystem "$1" | tr a-z A-Z)" -v
  systemctl start "$(unit "$1")"
  wait_answers "$1"
}
hand_over_keys() { # INSTANCE - what its clone must be given
  in_root pki-server "$(subsystem "$1")-clone-prepare" -i "$1" --pkcs12-file "/root/$1.p12" --pkcs12-password $PASSWORD
}
agent_credentials() { # for `ask.sh`: the CA's certificate, the agent's key, a client database
  in_root pki-server cert-export -i pki-master ca_signing --cert-file /root/ca.pem
  in_root openssl pkcs12 -in /root/.dogtag/pki-master/ca_admin_cert.p12 -passin pass:$PASSWORD -nodes -out /root/agent.pem
  in_root pki -d /root/nssdb -c $PASSWORD client-init --force
  in_root pki -d /root/nssdb -c $PASSWORD client-cert-import ca_signing --ca-cert /root/ca.pem
  in_root pki -d /root/nssdb -c $PASSWORD client-cert-import \
    --pkcs12 /root/.dogtag/pki-master/ca_admin_cert.p12 --pkcs12-password $PASSWORD
}

build_servers() { # a failed build is started afresh by the next run
  [ ! -e "$MARKS/servers" ] || [ "$(cat "$MARKS/servers")" != "$TREE" ] || return 0
  rm -f "$MARKS/servers"
  [ -e "$MARKS/empty.tar" ] || save_state empty
  restore_state empty
  say "building six servers: some five minutes (log: $LOGS/servers.log)"
  {
    directory_server primaryds 3389
    directory_server secondaryds 4389
    spawn pki-master
    agent_credentials
    hand_over_keys pki-master
    spawn pki-clone
    spawn pki-ocsp
    hand_over_keys pki-ocsp
    spawn pki-ocsp-clone
    spawn pki-kra
    spawn pki-tks
    # Once round, so that every CS.cfg is as a server leaves it in daily life.
    down
    up
    wait_quiet
    down
  } > "$LOGS/servers.log" 2>&1
  save_state built
  echo "$TREE" > "$MARKS/servers"
}

# A CA rewrites CS.cfg some seconds after it answers: wait until nobody has
# written one for a while.
quiet() { [ -z "$(find "$ROOT"/etc/pki/*/*/CS.cfg -newermt '-6 seconds')" ]; }
wait_quiet() { wait_until 60 quiet || die "the servers do not leave CS.cfg alone"; }
