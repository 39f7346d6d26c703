//! A conversion on a FreeIPA host, with the web server's rule: effect number n fails, for every n until a
//! run goes through. Whatever failed, the exit code and what is said of both files and both services is so.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use pki_role::convert::{
    BackupPlace, Ending, Failure, FileSeen, Job, Outcome, Readiness, RuleJob, ServiceMode, UnitJob, Until, convert,
};
use pki_role::host::endpoint::{Endpoint, Scheme};
use pki_role::host::roots::Roots;
use pki_role::host::run_note::RunNotes;
use pki_role::host::services::Active;
use pki_role::host::store::Target;
use pki_role::pki::{Circumstances, Conversion, IpaRule, RuleState, Subsystem, VerifiedRule, prepare};
use tempfile::TempDir;

use crate::support::faulty_cases::Files;
use crate::support::faulty_disk::{EIO, Effects, Fault, FaultyDisk};
use crate::support::faulty_services::{FaultyServices, SIGTERM};
use crate::support::faulty_web::FaultyWeb;
use crate::support::folder::names;

const IN_FORCE: &str =
    "# VERSION 19\nProxyRequests Off\n\nRewriteRule ^/ipa/crl/MasterCRL.bin http://ca1.example.com/ca [L]\n";

struct Ground {
    _folder: TempDir,
    config: PathBuf,
    proxy: PathBuf,
    notes: RunNotes,
}

impl Ground {
    fn new() -> Ground {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        for name in ["ca", "conf.d", "run"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let (config, proxy) = (folder.path().join("ca/CS.cfg"), folder.path().join("conf.d/ipa-pki-proxy.conf"));
        let notes = RunNotes::below(folder.path());
        Ground { _folder: folder, config, proxy, notes }
    }

    fn reset(&self, config: &[u8], proxy: &[u8]) {
        for file in [&self.config, &self.proxy] {
            let folder = file.parent().unwrap();
            for path in names(folder).into_iter().map(|name| folder.join(name)) {
                if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
            }
        }
        let _ = fs::remove_dir_all(self.config.parent().unwrap().with_file_name("run").join("pki-role"));
        fs::write(&self.config, config).unwrap();
        fs::write(&self.proxy, proxy).unwrap();
    }

    fn backups(&self) -> Vec<String> {
        let names = names(self.proxy.parent().unwrap());
        names.into_iter().filter(|name| name.contains(".pki-role.2")).collect()
    }
}

#[derive(Clone, Copy, Debug)]
struct Way {
    rollback: bool,
    first_start_fails: bool,
    breaks: bool,
    web_runs: bool,
    /// The CS.cfg is right already.
    only_rule: bool,
}

struct Ran {
    result: Result<Outcome, Failure>,
    config: Vec<u8>,
    proxy: Vec<u8>,
    ca: Active,
    web: Active,
    loaded: RuleState,
    verbs: Vec<&'static str>,
    backups: Vec<String>,
    hits: Vec<String>,
}

struct Case<'c> {
    conversion: &'c Conversion<'c>,
    config: Vec<u8>,
    proxy: Vec<u8>,
    way: Way,
}

impl Case<'_> {
    fn run(&self, ground: &Ground, effects: &Effects<'_>, signal: &Cell<Option<u8>>) -> Ran {
        let disk = FaultyDisk(effects);
        let mut services = FaultyServices::new(effects, signal, true);
        services.first_start_fails.set(self.way.first_start_fails);
        let web = FaultyWeb {
            effects,
            file: &ground.proxy,
            state: Cell::new(if self.way.web_runs { Active::Active } else { Active::Inactive }),
            breaks: self.way.breaks,
            loaded: Cell::new(IpaRule::of(&self.proxy).state),
        };
        let endpoint = Endpoint { scheme: Scheme::Http, address: None, port: 1, subsystem: Subsystem::Ca };
        let roots = Roots::below(ground.proxy.parent().unwrap());
        let job = Job {
            conversion: self.conversion.clone(),
            around: Circumstances { is_live: true, file_name: "CS.cfg".to_owned(), ..Circumstances::default() },
            looked_at: None,
            is_contradicted: false,
            until: Until::Done,
            unit: Some(UnitJob {
                name: "unit".to_owned(),
                mode: ServiceMode::Manage,
                cannot_ask_for_passwords: false,
                systemctl_was_named: true,
                readiness: Readiness::Ask(endpoint),
            }),
            rule: Some(RuleJob {
                disk: &disk,
                file: ground.proxy.clone(),
                host: Some("ca1.example.com".to_owned()),
                changes: true,
                web: &web,
                roots: &roots,
                now: pki_role::host::clock::now(),
            }),
            backup: BackupPlace::Beside,
            stamp: "20260101T000000Z".to_owned(),
            start: true,
            rollback: self.way.rollback,
            issue: None,
            command: "pki-role test",
            notes: &ground.notes,
        };
        let result = Target::open(&disk, &ground.config)
            .map_err(Failure::refused)
            .and_then(|target| convert(target, &job, &mut services, &|_| ()));
        Ran {
            result,
            config: fs::read(&ground.config).unwrap(),
            proxy: fs::read(&ground.proxy).unwrap(),
            ca: services.state.get(),
            web: web.state.get(),
            loaded: web.loaded.get(),
            verbs: services.verbs.take(),
            backups: ground.backups(),
            hits: effects.hits(),
        }
    }

    /// What the run reports and is not so, if anything.
    fn lie(&self, ran: &Ran, new_config: &[u8], new_proxy: &[u8]) -> Option<&'static str> {
        let is_old = ran.config == self.config && ran.proxy == self.proxy;
        let (config_is_new, proxy_is_new) = (ran.config == new_config, ran.proxy == new_proxy);
        let was_web = if self.way.web_runs { Active::Active } else { Active::Inactive };
        let is_stale = ran.web.runs() && ran.loaded != IpaRule::of(&ran.proxy).state;
        let as_before = is_old && ran.ca.runs() && ran.web == was_web && !is_stale;
        let lies = match &ran.result {
            Ok(outcome) => vec![
                (!config_is_new || !proxy_is_new, "done, and not both files are changed"),
                (!ran.ca.runs() || is_stale || ran.web != was_web, "done, and not both services are as asked"),
                (self.way.only_rule && ran.verbs.contains(&"stop"), "the CA was stopped for the rule alone"),
                (outcome.rule.as_ref().unwrap().reloaded != self.way.web_runs, "a reload"),
                (ran.backups.len() != 1 || outcome.rule.as_ref().unwrap().backup.is_none(), "the rule's backup"),
            ],
            Err(failure) => {
                let in_doubt = !failure.on_the_way_back.is_empty()
                    || failure.cause.code() == "not-flushed"
                    || failure.seen.file == FileSeen::Unreadable
                    || failure
                        .seen
                        .unit
                        .as_ref()
                        .is_some_and(|unit| unit.state.is_none() || unit.answers == Some(false))
                    || failure.seen.rule.as_ref().is_some_and(|rule| {
                        rule.file == FileSeen::Unreadable || rule.web.as_ref().is_some_and(|web| web.state.is_none())
                    });
                let rule = failure.seen.rule.as_ref();
                let rule_is_so = rule.is_none_or(|rule| match rule.file {
                    FileSeen::Untouched | FileSeen::AsItWas => ran.proxy == self.proxy,
                    FileSeen::Converted => proxy_is_new,
                    FileSeen::Unreadable => true,
                    _ => false,
                });
                vec![
                    (ran.proxy != self.proxy && !proxy_is_new, "half a file"),
                    (failure.ending != Ending::Changed && !as_before, "everything is as it was"),
                    (failure.ending == Ending::Changed && as_before && !in_doubt, "something is changed"),
                    (failure.ending == Ending::Refused && !ran.verbs.is_empty(), "refused, and something was stopped"),
                    (!rule_is_so, "what the rule's file is"),
                    (rule.is_none() && ran.proxy != self.proxy, "nothing said of the rule"),
                    (rule.is_some_and(|rule| !rule.is_stale) && is_stale && !in_doubt, "a stale web server"),
                    (
                        ran.proxy == self.proxy
                            && !ran.backups.is_empty()
                            && !ran.hits.iter().any(|hit| hit.contains("remove"))
                            && !in_doubt,
                        "a backup of nothing is left",
                    ),
                ]
            }
        };
        lies.into_iter().find_map(|(is_so, lie)| is_so.then_some(lie))
    }
}

/// Every n, until a run does not meet the fault; notes what was wrong.
fn every_effect(case: &Case<'_>, fault: Kind, ground: &Ground, wrong: &mut BTreeMap<String, String>) {
    let around = Circumstances { is_live: true, file_name: "CS.cfg".to_owned(), ..Circumstances::default() };
    let prepared = prepare(&case.config, case.conversion, &around).unwrap();
    let new_config = prepared.bytes.map_or(case.config.clone(), |bytes| bytes.bytes().to_vec());
    let in_force = case.conversion.is_demotion();
    let new_proxy = VerifiedRule::of(&case.proxy, in_force, Some("ca1.example.com")).unwrap().unwrap();
    for at in 0.. {
        ground.reset(&case.config, &case.proxy);
        let signal = Cell::new(None);
        let arrive = || signal.set(Some(SIGTERM));
        let effects = Effects::new(
            match fault {
                Kind::Error => Fault::Error(EIO),
                Kind::Lasting => Fault::Lasting(EIO),
                Kind::Signal => Fault::Act(&arrive),
            },
            at,
        );
        let ran = case.run(ground, &effects, &signal);
        if let Some(lie) = case.lie(&ran, &new_config, new_proxy.bytes()) {
            let seen =
                ran.result.as_ref().map_err(|failure| (failure.cause.code(), &failure.seen, &failure.on_the_way_back));
            let about = format!("{fault:?} at {at}: {:?} {:?} {:?}", case.way, ran.hits, seen.err());
            wrong.entry(format!("{lie}: {:?}", ran.hits.first())).or_insert(about);
        }
        if ran.hits.is_empty() {
            let failure = ran.result.as_ref().map(|_| ()).map_err(|failure| (failure.cause.code(), &failure.cause));
            let may_fail = case.way.first_start_fails;
            assert!(at > 40 && (failure.is_ok() || may_fail), "{at} effects, {:?}: {failure:?}", case.way);
            return;
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Error,
    Lasting,
    Signal,
}

fn everything(kinds: &[Kind], ways: &[Way]) {
    let (files, ground, mut wrong) = (Files::new(), Ground::new(), BTreeMap::new());
    let conversions = files.conversions();
    let lifted = IN_FORCE.replace("RewriteRule", "#RewriteRule").into_bytes();
    for (nth, proxy) in [(0, &lifted), (0, &b"# no rule\n".to_vec()), (2, &IN_FORCE.as_bytes().to_vec())] {
        let (conversion, old) = &conversions[nth];
        for way in ways {
            let config = match way.only_rule {
                false => old.to_vec(),
                true => {
                    let around = Circumstances { is_live: true, ..Circumstances::default() };
                    prepare(old, conversion, &around).unwrap().bytes.unwrap().bytes().to_vec()
                }
            };
            let case = Case { conversion, config, proxy: proxy.clone(), way: *way };
            kinds.iter().for_each(|kind| every_effect(&case, *kind, &ground, &mut wrong));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

const WAY: Way = Way { rollback: false, first_start_fails: false, breaks: false, web_runs: true, only_rule: false };

#[test]
fn an_effect_fails() {
    everything(&[Kind::Error, Kind::Signal], &[WAY, Way { only_rule: true, ..WAY }]);
}

#[test]
fn an_effect_fails_and_all_is_put_back() {
    everything(
        &[Kind::Error],
        &[Way { rollback: true, ..WAY }, Way { rollback: true, first_start_fails: true, ..WAY }],
    );
}

#[test]
#[ignore = "long: run by .ci/run"]
fn in_every_way() {
    let mut ways = Vec::new();
    for bits in 0..16u8 {
        let is = |bit: u8| bits & bit != 0;
        ways.push(Way { rollback: is(1), first_start_fails: is(2), web_runs: !is(4), only_rule: is(8), breaks: false });
    }
    everything(&[Kind::Error, Kind::Lasting, Kind::Signal], &ways);
}

/// The new text is one that the web server does not take: everything is put back.
#[test]
fn a_configuration_that_breaks_with_the_rule() {
    let (files, ground) = (Files::new(), Ground::new());
    let conversions = files.conversions();
    let (conversion, old) = &conversions[0];
    let proxy = IN_FORCE.replace("RewriteRule", "#RewriteRule").into_bytes();
    let case = Case { conversion, config: old.to_vec(), proxy: proxy.clone(), way: Way { breaks: true, ..WAY } };
    ground.reset(old, &proxy);
    let ran = case.run(&ground, &Effects::new(Fault::Error(EIO), usize::MAX), &Cell::new(None));
    let failure = ran.result.unwrap_err();
    assert_eq!((failure.ending, failure.cause.code()), (Ending::Restored, "web-server-config-broken"));
    assert_eq!((ran.config, ran.proxy, ran.backups.len(), ran.verbs.len()), (old.to_vec(), proxy, 0, 0));
}
