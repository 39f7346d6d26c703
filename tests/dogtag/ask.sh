# ask.sh - questions to the servers, and the few things that are done to them.
# Sourced by `run`.  An INSTANCE is pki-master, pki-clone, ...  Each function
# prints its answer on one line; what the server said in full is in the log.

agent() { # URL - as the agent, who authenticates with a client certificate
  in_root curl -s --max-time 60 --cacert /root/ca.pem --cert /root/agent.pem "$1"
}

# Does this CA generate CRLs?  An agent tells it to make one now.
#   generated         it did, and answered when it was done
#   not initialized   it has nothing to make them with: a proper clone
#   disabled          it keeps a cache but may not generate
update_crl() { # INSTANCE
  local answer
  answer=$(agent "$(https "$1")/ca/agent/ca/updateCRL?crlIssuingPoint=MasterCRL&waitForUpdate=true&xml=true")
  log "updateCRL at $1: $answer"
  case $answer in
    *'<crlUpdate>notInitialized<'*) echo "not initialized" ;;
    *'<crlUpdate>Disabled<'*) echo "disabled" ;;
    *'<crlUpdate>Success<'* | *'<time>'*) echo "generated" ;;
    *) echo "unexpected answer: $(tr '\n' ' ' <<< "$answer" | cut -c 1-200)" ;;
  esac
}

# Where does the agents' page of this CA send CRL requests?  HOST:PORT, or nobody
# where it takes them itself.
sends_agents_to() { # INSTANCE
  local page host port
  page=$(agent "$(https "$1")/ca/agent/ca/getInfo?template=/agent/ca/toUpdateCRL")
  host=$(sed -n 's/^header.master_host = "\(.*\)";.*/\1/p' <<< "$page")
  port=$(sed -n 's/^header.master_port = "\(.*\)";.*/\1/p' <<< "$page")
  log "agents' page of $1: master_host=$host master_port=$port"
  if [ -n "$host$port" ]; then echo "$host:$port"; else echo nobody; fi
}

crl_text() { # INSTANCE - the CRL that this CA serves
  in_root curl -s --max-time 30 --cacert /root/ca.pem \
    "$(https "$1")/ca/ee/ca/getCRL?op=getCRL&crlIssuingPoint=MasterCRL" | in_root openssl crl -inform DER -noout -text
}
crl_number() { # INSTANCE - in decimal
  local text number
  text=$(crl_text "$1")
  number=$(sed -n '/X509v3 CRL Number/{n;s/ //gp}' <<< "$text")
  log "CRL of $1: number $number, $(grep -c 'Serial Number:' <<< "$text") entries"
  echo $((number))
}
crl_lists() { # INSTANCE SERIAL - yes or no
  local serials
  serials=$(crl_text "$1" | sed -n 's/ *Serial Number: *0*//p' | tr A-F a-f)
  log "CRL of $1 lists: $(tr '\n' ' ' <<< "$serials")"
  if grep -qx "$(sed 's/^0x0*//' <<< "$2")" <<< "$serials"; then echo yes; else echo no; fi
}
# After a revocation elsewhere: replication, then the CA's next CRL.
new_crl_lists() { # INSTANCE SERIAL
  update_crl "$1" > /dev/null
  [ "$(crl_lists "$1" "$2")" = yes ]
}

pki_client() { # INSTANCE COMMAND... - Dogtag's own client, as the agent
  local url; url=$(https "$1"); shift
  in_root pki -d /root/nssdb -c $PASSWORD -U "$url" -n caadmin "$@" 2> /dev/null
}
issue() { # INSTANCE - a new user certificate; its serial number, 0x...
  local request serial
  request=$(pki_client "$1" client-cert-request "uid=user$RANDOM" --profile caUserCert | sed -n 's/ *Request ID: *//p')
  serial=$(pki_client "$1" ca-cert-request-review "$request" --action approve | sed -n 's/ *Certificate ID: *//p')
  [ -n "$serial" ] || die "$1 issued no certificate"
  log "$1 issued $serial"
  echo "$serial"
}
revoke() { # INSTANCE SERIAL
  log "revoke $2 at $1: $(pki_client "$1" ca-cert-revoke "$2" --force | sed -n 2p)"
}

# What the responder says about a certificate: good, revoked, unknown, or why not.
ocsp() { # INSTANCE SERIAL
  local answer
  answer=$(in_root openssl ocsp -issuer /root/ca.pem -CAfile /root/ca.pem -serial "$2" -no_nonce -timeout 20 \
    -url "$(http "$1")/ocsp/ee/ocsp" 2>&1) || true
  log "OCSP at $1 about $2: $(tr '\n' ' ' <<< "$answer")"
  sed -n "s/^$2: \([a-z]*\)\.\{0,1\}$/\1/p" <<< "$answer" | grep . || echo "no answer: $(tail -n 1 <<< "$answer")"
}

main_pid() { systemctl show --property=MainPID --value "$(unit "$1")"; }
is_active() { systemctl is-active "$(unit "$1")" || true; }
