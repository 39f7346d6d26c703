//! What a conversion does to the folder: one file replaced, its backup beside it, both with the
//! original's mode; links and odd names as they were; nothing else, and nothing at all where nothing
//! is to be done.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::support::{Test, fixture};

const DEMOTE: &str = "demote-ca -q --new-master ca9.example.com:8443 --to";

#[test]
fn the_backup_is_the_original_with_its_mode() {
    for mode in [0o660, 0o600, 0o640, 0o444] {
        let test = Test::new().fixture("ugly/crlf");
        std::fs::set_permissions(test.path("crlf.CS.cfg"), PermissionsExt::from_mode(mode)).unwrap();
        let test = test.args(DEMOTE).args("crlf.CS.cfg").run();
        assert_eq!(test.names(), ["crlf.CS.cfg", "crlf.CS.cfg.pki-role.[STAMP]"]);
        for entry in std::fs::read_dir(test.path("")).unwrap() {
            let entry = entry.unwrap();
            assert_eq!(entry.metadata().unwrap().mode() & 0o7777, mode, "{:?}", entry.file_name());
            let wanted = match entry.file_name() == "crlf.CS.cfg" {
                true => fixture("expected/crlf.demoted"),
                false => fixture("ugly/crlf"),
            };
            assert_eq!(std::fs::read(entry.path()).unwrap(), wanted);
        }
    }
}

#[test]
fn the_backup_goes_into_another_folder_or_nowhere() {
    let test = Test::new().fixture("ugly/crlf");
    std::fs::create_dir(test.path("backups")).unwrap();
    let test = test.args(DEMOTE).args("crlf.CS.cfg --backup-dir backups").run();
    assert_eq!(test.names(), ["backups", "crlf.CS.cfg"]);
    let backups: Vec<_> = std::fs::read_dir(test.path("backups")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(backups.len(), 1);
    assert_eq!(std::fs::read(&backups[0]).unwrap(), fixture("ugly/crlf"));
    let test = Test::new().fixture("ugly/crlf").args(DEMOTE).args("crlf.CS.cfg --no-backup").run();
    assert_eq!(test.names(), ["crlf.CS.cfg"]);
}

/// One second may see several conversions: no backup replaces another.
#[test]
fn backups_do_not_replace_each_other() {
    let mut test = Test::new().fixture("ugly/crlf");
    let mut versions = Vec::new();
    for nth in 1..=4 {
        versions.push(test.read("crlf.CS.cfg"));
        test = test.args(&format!("demote-ca -q --new-master ca{nth}.example.com:8443 --to crlf.CS.cfg")).run();
    }
    let mut kept: Vec<_> =
        std::fs::read_dir(test.path("")).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    versions.push(test.read("crlf.CS.cfg"));
    versions.sort();
    kept.sort();
    assert_eq!(kept, versions);
}

#[test]
fn nothing_to_do_touches_nothing() {
    let test =
        Test::new().fixture("ca-clone").args("demote-ca --to ca-clone.CS.cfg --new-master primary.example.com:8443");
    let test = test.stderr("ca-clone.CS.cfg: nothing to do: already as asked (CA clone)\n").run_untouched();
    assert_eq!(test.read("ca-clone.CS.cfg"), fixture("ca-clone"));
    let test = Test::new().fixture("ocsp-dogtag-master").args("promote-ocsp --to ocsp-dogtag-master.CS.cfg");
    test.stderr("ocsp-dogtag-master.CS.cfg: nothing to do: already as asked (OCSP master)\n").run_untouched();
}

/// `/var/lib/pki/<instance>/<sub>/conf` is a link to the folder, and the file may be one too.
#[test]
fn links_stay_links() {
    let test = Test::new();
    std::fs::create_dir_all(test.path("etc/ca")).unwrap();
    let test = test.file("etc/ca/CS.cfg", fixture("ugly/crlf"));
    symlink("etc/ca", test.path("conf")).unwrap();
    symlink("conf/CS.cfg", test.path("CS.cfg")).unwrap();
    let before = test.state();
    let test = test.args(DEMOTE).args("CS.cfg").run();
    assert_eq!(test.state(), before);
    assert_eq!(test.read("etc/ca/CS.cfg"), fixture("expected/crlf.demoted"));
    let mut names: Vec<_> = std::fs::read_dir(test.path("etc/ca"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() == 2 && names[1].starts_with("CS.cfg.pki-role.2"), "{names:?}");
    assert!(test.path("etc/ca/CS.cfg").symlink_metadata().unwrap().is_file());
}

#[test]
fn paths_with_blanks_and_quotes() {
    let name = "my CA's $(CS).cfg";
    let words = "\
my CA's $(CS).cfg: CA clone, stays clone
  redirect CRL requests to the new master:
    master.ca.agent.host: primary.example.com -> ca9.example.com
backup: [DIR]/my CA's $(CS).cfg.pki-role.[STAMP]
next: with a copy of 'my CA'\\''s $(CS).cfg' on the new master's host:
  pki-role promote-ca --to CLONE.cfg --from 'my CA'\\''s $(CS).cfg'
";
    let test = Test::new().file(name, fixture("ugly/crlf"));
    let test = test.args("demote-ca --new-master ca9.example.com:8443 --to").arg(name).stderr(words).run();
    assert_eq!(test.read(name), fixture("expected/crlf.demoted"));
}

#[test]
fn paths_that_are_not_utf8() {
    let name = OsStr::from_bytes(b"CS\xff.cfg");
    let test = Test::new().file(name, fixture("ugly/crlf"));
    let test = test.args(DEMOTE).arg(name).run();
    assert_eq!(test.read(name), fixture("expected/crlf.demoted"));
    // In a diff the name is its very bytes; in JSON, which has no others, U+FFFD stands in.
    let test = Test::new().file(name, fixture("ugly/crlf"));
    let diff = test.args(DEMOTE).arg(name).arg("--dry-run");
    assert!(diff.output().stdout.starts_with(b"--- CS\xff.cfg\n+++ CS\xff.cfg\n@@ "));
    let json: serde_json::Value = serde_json::from_slice(&diff.args("--output json").output().stdout).unwrap();
    assert_eq!(json["config"], "CS\u{fffd}.cfg");
}

/// A demotion is undone by its own backup.
#[test]
fn a_backup_restores() {
    for name in ["ca-master", "ugly/trailing-blanks", "ugly/colon-separators", "ugly/unsorted", "ugly/duplicates"] {
        let base = name.rsplit('/').next().unwrap();
        let test = Test::new().fixture(name).args(DEMOTE).args(&format!("{base}.CS.cfg")).run();
        let backup = std::fs::read_dir(test.path("")).unwrap().map(|entry| entry.unwrap().path());
        let backup = backup.into_iter().find(|path| path.to_string_lossy().contains(".pki-role.")).unwrap();
        let test = test.args(&format!("restore -q --no-backup --to {base}.CS.cfg --from")).arg(backup).run();
        assert_eq!(test.read(format!("{base}.CS.cfg")), fixture(name), "{name}");
    }
}
