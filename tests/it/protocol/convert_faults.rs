//! The whole way of a change against a disk and a service of which effect number n fails, for every n
//! until a run goes through without meeting it.
//!
//! After each run the file has the old bytes or the new ones, nothing is left behind, and what the exit
//! code and the message say of file, unit, backup and note is so.

use std::cell::Cell;
use std::collections::BTreeMap;

use crate::support::faulty_cases::Files;
use crate::support::faulty_disk::{EIO, ENOSPC, ENOTSUP, Effects, Fault};
use crate::support::faulty_run::{Backup, Case, Ground};
use crate::support::faulty_services::SIGTERM;

/// What happens at an effect.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Error(i32),
    Lasting(i32),
    Bug,
    Signal,
}

/// Every n, until a run does not meet the fault; gives how many there were, and notes what was wrong.
fn every_effect(case: &Case<'_>, kind: Kind, ground: &Ground, wrong: &mut BTreeMap<String, String>) -> usize {
    let new = case.new_bytes();
    for at in 0.. {
        ground.reset(case.old);
        let signal = Cell::new(None);
        let arrive = || signal.set(Some(SIGTERM));
        let fault = match kind {
            Kind::Error(errno) => Fault::Error(errno),
            Kind::Lasting(errno) => Fault::Lasting(errno),
            Kind::Bug => Fault::Panic,
            Kind::Signal => Fault::Act(&arrive),
        };
        let effects = Effects::new(fault, at);
        let ran = case.run(ground, &effects, &signal);
        if let Some(lie) = case.lie(&ran, &new) {
            let Case { service, rollback, first_start_fails, backup, is_askable, is_silent, start, .. } = case;
            let conversion = format!("{:?}", case.conversion);
            let conversion = conversion.split([' ', '(', '{']).next().unwrap_or_default();
            let failure = ran.result.as_ref().map(|result| result.as_ref().map_err(|failure| &failure.seen).err());
            let about = format!(
                "{conversion}: {kind:?} at {at}, service {service:?}, asks {is_askable}, silent {is_silent}, \
                 start {start}, rollback {rollback}, fails {first_start_fails}, backup {backup:?}, verbs {:?}, \
                 hits {:?}, {failure:?}",
                ran.verbs, ran.hits,
            );
            // One example of each is enough.
            wrong.entry(format!("{lie}: {:?}", ran.hits.last())).or_insert(about);
        }
        if ran.hits.is_empty() {
            return at;
        }
    }
    unreachable!()
}

/// The ways to convert with a service that is there or not, and with one that comes up or not.
fn ways<'c>(base: Case<'c>) -> Vec<Case<'c>> {
    let mut ways = vec![Case { service: None, ..base }];
    for service in [Some(true), Some(false)] {
        for is_askable in [true, false] {
            let case = Case { service, is_askable, ..base };
            ways.extend([case, Case { first_start_fails: true, ..case }]);
            if is_askable {
                ways.extend([
                    Case { rollback: true, ..case },
                    Case { rollback: true, first_start_fails: true, ..case },
                ]);
            }
        }
        ways.push(Case { start: false, service, ..base });
    }
    ways.push(Case { is_silent: true, service: Some(true), ..base });
    ways
}

fn case<'c>(conversion: &'c pki_role::pki::Conversion<'c>, old: &'c [u8]) -> Case<'c> {
    Case {
        conversion,
        old,
        service: None,
        is_askable: true,
        is_silent: false,
        start: true,
        rollback: false,
        first_start_fails: false,
        backup: Backup::Beside,
    }
}

#[track_caller]
fn assert_right(wrong: &BTreeMap<String, String>) {
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Every conversion in every way.
fn everything(kinds: &[Kind]) {
    let (files, ground, mut wrong) = (Files::new(), Ground::new(), BTreeMap::new());
    for (conversion, old) in &files.conversions() {
        for way in ways(case(conversion, old)) {
            for backup in [Backup::Beside, Backup::Elsewhere, Backup::Nowhere] {
                // Backups do not differ between the ways in which a start fails.
                if backup == Backup::Beside || !way.first_start_fails && !way.rollback {
                    for kind in kinds {
                        let effects = every_effect(&Case { backup, ..way }, *kind, &ground, &mut wrong);
                        assert!(effects > 20, "only {effects} effects");
                    }
                }
            }
        }
    }
    assert_right(&wrong);
}

/// The shortest conversion of each kind, and each kind of fault.
#[test]
fn a_sample() {
    let (files, ground, mut wrong) = (Files::new(), Ground::new(), BTreeMap::new());
    let conversions = files.conversions();
    for (nth, kind) in
        [(5, Kind::Error(EIO)), (6, Kind::Lasting(EIO)), (6, Kind::Signal), (5, Kind::Signal), (6, Kind::Bug)]
    {
        let (conversion, old) = &conversions[nth];
        for service in [None, Some(true)] {
            every_effect(&Case { service, ..case(conversion, old) }, kind, &ground, &mut wrong);
        }
        let failing = Case { service: Some(true), rollback: true, first_start_fails: true, ..case(conversion, old) };
        every_effect(&failing, kind, &ground, &mut wrong);
    }
    assert_right(&wrong);
}

#[test]
#[ignore = "long: run by .ci/run"]
fn an_effect_fails() {
    everything(&[Kind::Error(EIO)]);
}

#[test]
#[ignore = "long: run by .ci/run"]
fn every_effect_fails_from_one_on() {
    everything(&[Kind::Lasting(EIO)]);
}

#[test]
#[ignore = "long: run by .ci/run"]
fn no_room_and_not_supported() {
    everything(&[Kind::Error(ENOSPC), Kind::Error(ENOTSUP)]);
}

#[test]
#[ignore = "long: run by .ci/run"]
fn a_bug_shows_at_an_effect() {
    everything(&[Kind::Bug]);
}

#[test]
#[ignore = "long: run by .ci/run"]
fn a_signal_arrives_at_an_effect() {
    everything(&[Kind::Signal]);
}
