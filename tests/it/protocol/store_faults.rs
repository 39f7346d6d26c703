//! Each system call fails: for every n until a run does not meet the fault.
//!
//! Whatever happens, the file is the old bytes or the new ones, the error says which, and what is left
//! behind is removed by the next run.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use pki_role::host::store::Os;

use crate::support::faulty_disk::{EIO, ENOSPC, ENOTSUP, Effects, Fault, FaultyDisk};
use crate::support::place::{Place, Replaced, at_every_effect};
use crate::support::store::{BACKUP, NEW, OLD, replace};

/// What is wrong after a run, if anything; the names of the fault are for the message.
fn wrong(place: &Place, replaced: &Replaced, hits: &[String]) -> Option<&'static str> {
    let now = place.bytes();
    let is_new = now == NEW;
    let left = place.all_names().into_iter().filter(|name| name != "CS.cfg").collect::<Vec<_>>();
    // What would have removed something could not.
    let may_leave = ["make_directory", "remove", "remove_directory", "find", "identity", "enter"]
        .iter()
        .any(|name| hits.contains(&(*name).to_owned()));
    let backups = left.iter().filter(|name| *name == BACKUP).count();
    let wrongs = [
        (!is_new && now != OLD, "neither old nor new"),
        (replaced.is_ok() && !is_new, "done, and not done"),
        (replaced.as_ref().is_err_and(|error| error.is_replaced() != is_new), "the error says otherwise"),
        (replaced.as_ref().is_ok_and(|backup| backup.is_some() != (backups == 1)), "the backup is not there"),
        (!may_leave && left.len() != backups, "a temporary file is left"),
        (!may_leave && !is_new && backups > 0, "a backup of nothing is left"),
        (left.iter().any(|name| name == BACKUP && fs::read(backup_of(place)).unwrap() != OLD), "half a backup"),
    ];
    wrongs.into_iter().find_map(|(is_so, what)| is_so.then_some(what))
}

fn backup_of(place: &Place) -> PathBuf {
    let beside = place.own().join(BACKUP);
    if beside.exists() { beside } else { place.backups.join(BACKUP) }
}

#[test]
fn an_effect_fails() {
    let place = Place::new();
    let mut found = BTreeMap::new();
    for way in place.ways() {
        for fault in [EIO, ENOSPC, ENOTSUP].map(Fault::Error).into_iter().chain([Fault::Late(EIO)]) {
            at_every_effect(&place, way, fault, &mut |effects, replaced| {
                let hits = effects.hits();
                if let Some(what) = wrong(&place, replaced, &hits) {
                    found
                        .entry(format!("{what}: {hits:?} {fault:?}"))
                        .or_insert(format!("{way:?}, {replaced:?}, {:?}", place.all_names()));
                }
            });
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// As if it had been killed there: nothing is cleared up. The next run does it.
#[test]
fn every_effect_fails_from_one_on() {
    let place = Place::new();
    for way in place.ways() {
        at_every_effect(&place, way, Fault::Lasting(EIO), &mut |effects, replaced| {
            let about = format!("{way:?}, {:?}, {replaced:?}", effects.hits().first());
            let now = place.bytes();
            assert!(now == OLD || now == NEW, "{about}");
            assert!(
                replaced.as_ref().is_err_and(|error| error.is_replaced() == (now == NEW))
                    || replaced.is_ok() && now == NEW,
                "{about}"
            );
            replace(&Os, &place.file, way).unwrap();
            assert_eq!(place.bytes(), NEW, "{about}");
            let left = place.all_names();
            assert!(left.iter().all(|name| name == "CS.cfg" || name.starts_with(BACKUP)), "{about}: {left:?}");
        });
    }
}

#[test]
fn a_bug_shows_at_an_effect() {
    let place = Place::new();
    for way in place.ways() {
        for at in 0.. {
            place.reset();
            let effects = Effects::new(Fault::Panic, at);
            let ended = catch_unwind(AssertUnwindSafe(|| replace(&FaultyDisk(&effects), &place.file, way)));
            if ended.is_ok() {
                break;
            }
            let now = place.bytes();
            assert!(now == OLD || now == NEW);
            // In the very making and removal of one there may be something left.
            let hit = effects.hits().concat();
            let left = place.all_names().into_iter().filter(|name| name.contains(".tmp")).count();
            assert!(left == 0 || hit.starts_with("remove") || ["enter", "identity", "lock"].contains(&&*hit), "{hit}");
        }
    }
}

/// Somebody who looks at any moment sees the old file or the new one, and never half a backup.
#[test]
fn at_every_moment_both_are_whole() {
    let place = Place::new();
    for way in place.ways() {
        place.reset();
        let look = |effect: &str| {
            let now = place.bytes();
            assert!(now == OLD || now == NEW, "{effect}");
            let backup = backup_of(&place);
            assert!(!backup.exists() || fs::read(backup).unwrap() == OLD, "{effect}");
        };
        let effects = Effects::new(Fault::Watch(&look), 0);
        replace(&FaultyDisk(&effects), &place.file, way).unwrap();
        assert!(effects.count() > 40);
    }
}
