# Publishing lies outside the lines that the book copies: the OCSP responder is
# told by the old master only.  With --with-publishing the new one tells it.

swap() { # [OPTION...] for promote-ca
  convert demote-ca pki-master --new-master secondary.example.com:9443
  expect_converted master clone
  convert promote-ca pki-clone --from "$(cs_cfg pki-master)" "$@"
  expect_converted clone master
}

victim=$(issue pki-master)
expect "the old master generates and publishes" "generated" "$(update_crl pki-master)"
expect "the responder says" good "$(ocsp pki-ocsp "$victim")"

swap
expect_match "promote-ca warns that publishing stays behind" publishing-stays-behind "$(warnings)"
revoke pki-clone "$victim"
expect_soon "revoked, it is in the new master's CRL" new_crl_lists pki-clone "$victim"
# This is why the option exists: a revoked certificate, and the responder says good.
expect "without the option the responder goes on saying" good "$(ocsp pki-ocsp "$victim")"

reset
swap --with-publishing
expect_match "the publishing block was copied" 'ca\.publish\.' "$(json "' '.join(c['key'] for c in j['changes'])")"
expect "the new master generates and publishes" "generated" "$(update_crl pki-clone)"
expect "with the option the responder says" revoked "$(ocsp pki-ocsp "$victim")"
second=$(issue pki-clone)
expect "the responder says of a fresh one" good "$(ocsp pki-ocsp "$second")"
revoke pki-clone "$second"
expect_soon "revoked, it is in the new master's CRL" new_crl_lists pki-clone "$second"
expect "and the responder says" revoked "$(ocsp pki-ocsp "$second")"
