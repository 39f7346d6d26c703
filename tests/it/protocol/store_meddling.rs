//! Somebody else does something right before each effect: writes to the file, exchanges the directory,
//! turns a link, puts something at the file's name or at the temporary one.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use pki_role::host::store::StoreError;

use crate::support::account::{GROUP, OWNER};
use crate::support::faulty_disk::{Effects, Fault, FaultyDisk};
use crate::support::folder::{names, run};
use crate::support::needs;
use crate::support::place::{Place, at_every_effect};
use crate::support::store::{NEW, OLD, edited, replace};

/// What somebody else writes.
const MEDDLING: &[u8] = b"zz.meddling=1\n";
/// What somebody else would like to see at the file's name.
const FOREIGN: &[u8] = b"cs.type=CA\nca.foreign=true\n";

/// Effect numbers of a run that nothing happens to: where each call occurs last.
fn last_of(place: &Place, way: Option<Option<&Path>>, call: &str) -> usize {
    place.reset();
    let effects = Effects::new(Fault::Watch(&|_| ()), 0);
    replace(&FaultyDisk(&effects), &place.file, way).unwrap();
    effects.hits().iter().rposition(|hit| hit == call).unwrap()
}

/// The same for one of them, from the first on.
fn nth_of(place: &Place, call: &str, nth: usize) -> usize {
    place.reset();
    let effects = Effects::new(Fault::Watch(&|_| ()), 0);
    replace(&FaultyDisk(&effects), &place.file, Some(None)).unwrap();
    effects.hits().iter().enumerate().filter(|(_, hit)| *hit == call).nth(nth).unwrap().0
}

/// What somebody else writes at whatever moment is kept, whether the file is replaced or not.
#[test]
fn somebody_else_writes() {
    let place = Place::new();
    let last_look = last_of(&place, Some(None), "holds");
    let act = || {
        let mut file = fs::OpenOptions::new().append(true).open(&place.file).unwrap();
        std::io::Write::write_all(&mut file, MEDDLING).unwrap();
    };
    let [old, new] = [OLD, NEW].map(|bytes| [bytes, MEDDLING].concat());
    let mut at = 0;
    at_every_effect(&place, Some(None), Fault::Act(&act), &mut |effects, replaced| {
        let about = format!("{at} of {last_look}, {:?}, {replaced:?}", effects.hits());
        match replaced {
            // Between the last look and the rename there is no lock that others would heed.
            Ok(_) if effects.hits() == ["rename"] => assert_eq!(place.bytes(), NEW, "{about}"),
            Ok(_) => assert_eq!(place.bytes(), new, "{about}"),
            Err(error) if error.is_replaced() => assert_eq!(place.bytes(), new, "{about}"),
            Err(StoreError::ChangedMeanwhile { .. }) => assert_eq!(place.bytes(), old, "{about}"),
            Err(error) => panic!("{error:?}: {about}"),
        }
        at += 1;
    });
}

/// The directory is exchanged for one with another file: that is never taken for the work done.
#[test]
fn the_directory_is_exchanged() {
    let place = Place::new();
    let aside = place.folder.path().join("aside");
    let last_look = last_of(&place, Some(None), "open_directory");
    // The path is resolved when it is opened, right before the rename, and right after it.
    let before_the_rename = nth_of(&place, "resolve", 1);
    let act = || {
        fs::rename(place.own(), &aside).unwrap();
        fs::create_dir(place.own()).unwrap();
        fs::write(&place.file, FOREIGN).unwrap();
    };
    let (mut at, mut moved) = (0, [0, 0]);
    at_every_effect(&place, Some(None), Fault::Act(&act), &mut |effects, replaced| {
        let about = format!("{at} of {last_look}, {:?}, {replaced:?}", effects.hits());
        match replaced {
            // It was exchanged before it was looked at, or after the last look.
            Ok(_) if at <= last_look => assert_eq!(place.bytes(), edited(FOREIGN), "{about}"),
            Ok(_) => assert_eq!(fs::read(aside.join("CS.cfg")).unwrap(), NEW, "{about}"),
            Err(StoreError::PathMoved { is_replaced, .. }) => {
                let wanted = if *is_replaced { NEW } else { OLD };
                assert_eq!(fs::read(aside.join("CS.cfg")).unwrap(), wanted, "{about}");
                assert_eq!(place.bytes(), FOREIGN, "{about}");
                assert!(!is_replaced || at > before_the_rename, "{about}");
                moved[usize::from(*is_replaced)] += 1;
            }
            Err(error) => panic!("{error:?}: {about}"),
        }
        fs::remove_dir_all(&aside).unwrap();
        at += 1;
    });
    assert!(moved[0] > 0 && moved[1] > 0, "{moved:?}");
}

/// A link on the way to the file, which the instance's owner can turn.
#[test]
fn a_link_is_turned() {
    let place = Place::new();
    let (link, other) = (place.folder.path().join("conf"), place.folder.path().join("other"));
    fs::create_dir(&other).unwrap();
    let file = link.join("CS.cfg");
    let mut codes = Vec::new();
    for at in 0.. {
        place.reset();
        let _ = fs::remove_file(&link);
        symlink(place.own(), &link).unwrap();
        fs::write(other.join("CS.cfg"), FOREIGN).unwrap();
        let turn = || {
            fs::remove_file(&link).unwrap();
            symlink(&other, &link).unwrap();
        };
        let effects = Effects::new(Fault::Act(&turn), at);
        let replaced = replace(&FaultyDisk(&effects), &file, None);
        let hits = effects.hits();
        if hits.is_empty() {
            break;
        }
        match replaced {
            Ok(_) => {
                let is_late = place.bytes() == NEW;
                assert!(is_late || fs::read(other.join("CS.cfg")).unwrap() == edited(FOREIGN), "{at} {hits:?}");
                // Once the path has been resolved for the last time, nobody looks at the link.
                codes.push(if is_late { "late" } else { "early" });
            }
            Err(error) => {
                assert_eq!(fs::read(other.join("CS.cfg")).unwrap(), FOREIGN);
                assert_eq!(place.bytes() == NEW, error.is_replaced(), "{at} {hits:?} {error}");
                codes.push(error.code());
            }
        }
    }
    // In this order, and never "late" before the last look.
    codes.dedup();
    assert_eq!(codes, ["early", "path-moved", "late"]);
}

/// What the owner plants at the file's own name is not followed, and never taken for the work done.
#[test]
fn something_else_is_put_at_the_files_name() {
    let place = Place::new();
    let last_look = last_of(&place, None, "find");
    let victim = place.folder.path().join("victim");
    let plants: [(&str, &dyn Fn()); 4] = [
        ("file", &|| fs::write(&place.file, FOREIGN).unwrap()),
        ("link", &|| symlink(&victim, &place.file).unwrap()),
        ("directory", &|| fs::create_dir(&place.file).unwrap()),
        ("pipe", &|| assert!(run("mkfifo", &[], &place.file))),
    ];
    for (what, plant) in plants {
        let act = || {
            fs::remove_file(&place.file).unwrap();
            plant();
        };
        let mut at = 0;
        at_every_effect(&place, None, Fault::Act(&act), &mut |effects, replaced| {
            let about = format!("{what}, {at} of {last_look}, {:?}, {replaced:?}", effects.hits());
            let is_file = place.file.symlink_metadata().unwrap().is_file();
            if replaced.is_ok() && !effects.hits().concat().starts_with("remove") && at < last_look {
                // Before it was read, or right before the rename, which replaced it.
                assert!(is_file && [edited(FOREIGN), NEW.to_vec()].contains(&place.bytes()), "{about}");
            }
            assert!(!victim.exists(), "{about}");
            if place.file.is_dir() {
                fs::remove_dir(&place.file).unwrap();
            }
            at += 1;
        });
    }
}

/// The owner exchanges the directory in which the new file is made, at every moment.
#[test]
fn the_temporary_directory_is_exchanged() {
    if !needs::root() {
        return;
    }
    let place = Place::new();
    let mut exchanged = 0;
    // One that root alone can enter.
    let private = place.folder.path().join("private");
    fs::create_dir(&private).unwrap();
    fs::set_permissions(&private, fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(private.join("new"), OLD).unwrap();
    let planted = place.own().join("planted");
    for way in [
        Fault::Act(&|| exchange(&place, None)),
        Fault::Act(&|| exchange(&place, Some(&planted))),
        Fault::Act(&|| exchange(&place, Some(&private))),
    ] {
        at_every_effect(&place, Some(None), way, &mut |effects, replaced| {
            let now = place.bytes();
            assert!(now == OLD || now == NEW, "{:?}: {}", effects.hits(), String::from_utf8_lossy(&now));
            assert_eq!(now == NEW, replaced.as_ref().map_or_else(StoreError::is_replaced, |_| true), "{replaced:?}");
            exchanged += names(place.own()).iter().filter(|name| name.starts_with("aside")).count();
        });
    }
    assert!(exchanged > 20, "{exchanged}");
    assert_eq!(fs::read(private.join("new")).unwrap(), OLD);
}

/// Renames each temporary directory and puts one of the owner's, or a link, in its place.
fn exchange(place: &Place, link_to: Option<&Path>) {
    for name in names(place.own()).iter().filter(|name| name.contains(".pki-role.tmp.")) {
        let path = place.own().join(name);
        fs::rename(&path, place.own().join(format!("aside-{name}"))).unwrap();
        let planted = link_to.unwrap_or(&path);
        if !planted.exists() {
            fs::create_dir(planted).unwrap();
            fs::write(planted.join("new"), FOREIGN).unwrap();
            for owned in [planted, &planted.join("new")] {
                chown(owned, Some(OWNER), Some(GROUP)).unwrap();
            }
        }
        if link_to.is_some() {
            symlink(planted, &path).unwrap();
        }
    }
}
