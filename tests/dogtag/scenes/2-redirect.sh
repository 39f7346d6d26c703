# After a swap every third clone still names the old master.  redirect-ca changes
# where such a clone sends CRL requests, and nothing else about it.

expect "the clone sends CRL requests to" primary.example.com:8443 "$(sends_agents_to pki-clone)"
convert redirect-ca pki-clone --new-master third.example.com:8443
expect_converted clone clone
expect "the clone sends CRL requests to" third.example.com:8443 "$(sends_agents_to pki-clone)"
expect "it still is a clone" "not initialized" "$(update_crl pki-clone)"

pid=$(main_pid pki-master)
convert redirect-ca pki-master --new-master third.example.com:8443
expect "a master is not redirected: exit code" 3 "$CODE"
expect "the master is the same process" "$pid" "$(main_pid pki-master)"
