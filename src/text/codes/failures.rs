//! What the codes of refusals and failures mean. Where a code's name says it all, those of one kind share a sentence.

use super::{CodeNote, note};
use crate::pki::RefusalCode;

/// What is said of a refusal that `--accept` takes.
pub fn refusal_note(code: RefusalCode) -> Option<CodeNote> {
    use RefusalCode as Code;
    Some(match code {
        Code::OtherCa => note(
            "--from is of another CA: base DN or security domain differ",
            "name the file of this CA's former master",
        ),
        Code::NewMasterIsThisCa => note(
            "--new-master is this CA itself, also as localhost or an address of this host",
            "run the command on the old master, and name the new one",
        ),
        Code::Swapped => note(
            "the target generates CRLs and --from does not: the arguments look swapped",
            "the clone belongs after --to, the former master's file after --from",
        ),
        Code::BackupAsTarget => note("the target is named like a backup", "name the CS.cfg itself"),
        Code::Incomplete => note(
            "a server's own file, or an export, is truncated. A plain target gets a warning",
            "copy the file again, or put the whole file together first",
        ),
        Code::OtherServer => {
            note("the backup is of another server: host, instance or port differ", "name a backup of this very file")
        }
        Code::EndsMixed => note("a restore would leave a mixed role", "name another backup"),
        Code::IssuingPointWithoutClass => note(
            "an issuing point lacks its class or description, and the CA would not start with it. A plain file gets a warning",
            "add what it lacks, or delete its lines, in a copy",
        ),
        Code::NothingWouldGenerate => {
            note("every issuing point would be disabled after the promotion", "--enable-issuing-point ID")
        }
        Code::ReplicationBehind => {
            note("the last CRL here is older than the former master's", "wait until replication has caught up")
        }
        _ => return None,
    })
}

/// Codes of one kind.
#[derive(Clone, Copy, Debug)]
pub struct FailureKind {
    /// The codes, with commas between them.
    pub codes: &'static str,
    /// The exit codes with which they come.
    pub exit: &'static str,
    /// What they have in common.
    pub what: &'static str,
}

const fn kind(codes: &'static str, exit: &'static str, what: &'static str) -> FailureKind {
    FailureKind { codes, exit, what }
}

/// All that are not accepted, in the order in which a run meets them.
pub const FAILURE_KINDS: [FailureKind; 23] = [
    kind(
        "not-found, dangling-link, not-a-file, unreadable, permission-denied, too-large, contains-nul, no-data",
        "3",
        "the file cannot be read, or cannot be a CS.cfg",
    ),
    kind(
        "not-a-cs-cfg, unknown-subsystem, other-subsystem, wrong-subsystem",
        "3",
        "it is not the CS.cfg of the right subsystem",
    ),
    kind(
        "no-instance, no-subsystem, invalid-instance-name, no-instance-here, which-subsystem, link-leaves-instance, shared-by-instances",
        "3",
        "the instance does not lead to one file of its own",
    ),
    kind(
        "no-ipa-proxy, host-name-unknown, rule-not-verified",
        "3",
        "--with-ipa-proxy, and there is no rule to change, or it cannot be changed",
    ),
    kind(
        "ipa-proxy-file, web-server-config-broken",
        "3, 4",
        "the web server's file or its configuration stands in the way",
    ),
    kind("web-server-not-reloaded, web-server-down", "4, 5", "the web server did not read its configuration again"),
    kind("no-status", "3", "a saved status cannot be used: collect it again"),
    kind(
        "nothing-to-convert, nothing-to-copy, same-file, not-a-clone, no-such-issuing-point, no-such-publisher, refresh-interval",
        "3",
        "the conversion does not apply to this file",
    ),
    kind(
        "unwritable-value, ambiguous-line, branch-reference, role-not-reached, subsystem-lost",
        "3",
        "a line of the file stands in the way: correct it by hand",
    ),
    kind("no-backup-named", "2", "a restore names no backup; those beside the file are listed"),
    kind(
        "backup-dir, locked, other-run, bind-mounted, immutable, append-only, in-the-way, not-private",
        "3",
        "the file cannot be replaced here and now",
    ),
    kind("changed-meanwhile, path-moved, io", "3, 4", "somebody else changes the file, or the disk is full"),
    kind("not-verified", "3", "a bug: the new bytes do not say what was planned"),
    kind("not-read-back", "5", "the file is replaced, and could not be read back"),
    kind("not-flushed", "5", "the file is replaced, but may not survive a power failure"),
    kind(
        "running, running-without-unit, service-unknown, other-service, which-unit, which-systemctl, unit-not-found, unit-masked, unit-broken, unit-unsettled, asks-for-passwords, rollback-without-answer, would-not-start, signals",
        "3",
        "the service does not allow it",
    ),
    kind("no-systemctl, systemctl-failed, systemctl-timed-out, no-unit-state", "3, 4", "systemd cannot be asked"),
    kind("stop-failed, stop-timed-out, still-running, still-active", "4", "the service could not be stopped"),
    kind(
        "start-failed, start-timed-out, not-ready, not-active, came-down, started-by-others, not-as-planned, runs-with-another-role",
        "5",
        "the file is converted, and the service does not run as it should; 4 if --rollback put the parameters back",
    ),
    kind("interrupted", "128+n", "a signal, before anything was changed"),
    kind("not-live, not-running, no-agent-port, generates-nothing", "3, 4", "no CRL can be issued by this server"),
    kind(
        "no-agent-certificate, agent-file-unreadable, agent-file-is-nss, agent-file-is-pkcs12, agent-file-lacks, agent-key-encrypted",
        "3",
        "the agent's certificate or key cannot be used",
    ),
    kind(
        "crl-not-initialized, crl-updates-disabled, crl-still-in-progress, crl-point-unknown, crl-server-error, crl-no-answer, crl-not-risen, crl-not-read-back, not-an-agent, agent-certificate-unusable, server-not-verified, issue-interrupted",
        "4, 5",
        "no CRL was issued: 5 if one was at another issuing point, or the promotion is done",
    ),
];
