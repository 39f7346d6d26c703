# There and back: by the same commands, and by `restore`.

same_as_before() { # INSTANCE - is its CS.cfg what it was before this scene?
  cmp -s "$BASE/$1" "$(cs_cfg "$1")" && echo yes || echo "no: $(diff "$BASE/$1" "$(cs_cfg "$1")" | grep '^[<>]' | tr '\n' ' ')"
}
swap() {
  convert demote-ca pki-master --new-master secondary.example.com:9443
  expect_converted master clone
  convert promote-ca pki-clone --from "$(cs_cfg pki-master)"
  expect_converted clone master
}
expect_roles_of_old() {
  expect "the first master generates again" "generated" "$(update_crl pki-master)"
  expect "the first clone does not" "not initialized" "$(update_crl pki-clone)"
}

swap
watch_start pki-clone
convert demote-ca pki-clone --new-master primary.example.com:8443
watch_end "back: CA master to clone (demote-ca)"
expect_converted master clone
watch_start pki-master
convert promote-ca pki-master --from "$(cs_cfg pki-clone)"
watch_end "back: CA clone to master (promote-ca)"
expect_converted clone master
expect_roles_of_old
wait_quiet
expect "the clone's CS.cfg is what it was" yes "$(same_as_before pki-clone)"

reset
convert demote-ca pki-master --new-master secondary.example.com:9443
expect_converted master clone
backup_master=$(json "j['backup']")
convert promote-ca pki-clone --from "$(cs_cfg pki-master)"
expect_converted clone master
backup_clone=$(json "j['backup']")
watch_start pki-clone
convert restore pki-clone --from "$backup_clone"
watch_end "back: CA clone's keys (restore)"
expect_converted master clone
watch_start pki-master
convert restore pki-master --from "$backup_master"
watch_end "back: CA master's keys (restore)"
expect_converted clone master
expect_roles_of_old
wait_quiet
expect "restored, the clone's CS.cfg is what it was" yes "$(same_as_before pki-clone)"
expect "restored, the master's CS.cfg is what it was" yes "$(same_as_before pki-master)"
