//! The pure core on documents of the real size (84 KB) and of some 4 MB: `cargo bench`.
//!
//! Times to compare two versions of the code on one machine with; `benches/compare` compares the
//! program with other programs.
#![allow(clippy::expect_used, missing_docs, reason = "a benchmark")]

use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pki_role::cs_cfg::CsCfg;
use pki_role::report::unified_diff;
use pki_role::role::{Conversion, Plan, plan, role};
use pki_role::status::Status;

const MASTER: &str = include_str!("../fixtures/ca-master.CS.cfg");
const CLONE: &str = include_str!("../fixtures/ca-clone.CS.cfg");
const REAL_SIZE: usize = 84_000;

/// Which documents, and how many issuing points they have besides the fixtures' two.
const SIZES: [Size; 2] = [Size::Real, Size::Large];

#[derive(Clone, Copy, Debug)]
enum Size {
    Real,
    Large,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Size::Real => "84 KB",
            Size::Large => "4 MB",
        })
    }
}

struct Documents {
    master: String,
    clone: String,
}

impl Size {
    fn documents(self) -> &'static Documents {
        static REAL: LazyLock<Documents> =
            LazyLock::new(|| Documents { master: document(MASTER, 0), clone: document(CLONE, 0) });
        static LARGE: LazyLock<Documents> =
            LazyLock::new(|| Documents { master: document(MASTER, 800), clone: document(CLONE, 800) });
        match self {
            Size::Real => &REAL,
            Size::Large => &LARGE,
        }
    }
}

/// The fixture at the size of a real file, with more issuing points like its first, in key order.
fn document(fixture: &str, points: usize) -> String {
    let mut lines: Vec<String> = fixture.lines().map(str::to_owned).collect();
    let mut size = fixture.len();
    for number in 0.. {
        if size >= REAL_SIZE {
            break;
        }
        let line =
            format!("profile.extra{number:03}.config=/var/lib/pki/pki-tomcat/ca/profiles/ca/extra{number:03}.cfg");
        size += line.len() + 1;
        lines.push(line);
    }
    let point: Vec<String> = lines.iter().filter(|line| line.starts_with("ca.crl.DeltaUsers.")).cloned().collect();
    for number in 0..points {
        let name = format!("Point{number:05}");
        lines.extend(point.iter().map(|line| line.replace("DeltaUsers", &name)));
    }
    lines.sort_by(|one, other| one.split('=').next().cmp(&other.split('=').next()));
    lines.iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").expect("a String takes all");
        text
    })
}

fn promotion(documents: &Documents) -> Plan {
    let conversion =
        Conversion::PromoteCa { former: documents.master.as_bytes(), interval: 600, with_publishing: false };
    plan(documents.clone.as_bytes(), &conversion).expect("the clone can be promoted")
}

fn demotion(documents: &Documents) -> Plan {
    let conversion = Conversion::DemoteCa { new_master: "ca2.example.com:8443".parse().expect("a host and a port") };
    plan(documents.master.as_bytes(), &conversion).expect("the master can be demoted")
}

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES)]
fn parse(bencher: Bencher<'_, '_>, size: Size) {
    let clone = &size.documents().clone;
    bencher
        .counter(BytesCount::of_str(clone))
        .bench(|| black_box(CsCfg::parse(black_box(clone.as_bytes()))).is_empty());
}

/// An edited document written out: as a whole file, with all its lines in place.
#[divan::bench(args = SIZES)]
fn to_bytes(bencher: Bencher<'_, '_>, size: Size) {
    let clone = &size.documents().clone;
    let mut cfg = CsCfg::parse(clone.as_bytes());
    cfg.remove(b"master.ca.agent.host").expect("nothing is disputed");
    bencher.counter(BytesCount::of_str(clone)).bench_local(|| cfg.to_bytes());
}

#[divan::bench(args = SIZES)]
fn promote(bencher: Bencher<'_, '_>, size: Size) {
    let documents = size.documents();
    bencher.counter(BytesCount::new(documents.clone.len() + documents.master.len())).bench(|| promotion(documents));
}

#[divan::bench(args = SIZES)]
fn demote(bencher: Bencher<'_, '_>, size: Size) {
    let documents = size.documents();
    bencher.counter(BytesCount::of_str(&documents.master)).bench(|| demotion(documents));
}

/// The role alone, of a document that is parsed already.
#[divan::bench(args = SIZES)]
fn judge(bencher: Bencher<'_, '_>, size: Size) {
    let cfg = CsCfg::parse(size.documents().master.as_bytes());
    bencher.bench_local(|| role(&cfg));
}

/// What `status` tells of a file, from its bytes.
#[divan::bench(args = SIZES)]
fn status(bencher: Bencher<'_, '_>, size: Size) {
    let master = &size.documents().master;
    bencher.counter(BytesCount::of_str(master)).bench(|| Status::of(&CsCfg::parse(master.as_bytes()), "CS.cfg"));
}

#[divan::bench(args = SIZES)]
fn diff(bencher: Bencher<'_, '_>, size: Size) {
    let clone = size.documents().clone.as_bytes();
    let after = promotion(size.documents()).bytes.expect("something changes");
    bencher
        .counter(BytesCount::new(clone.len() + after.bytes().len()))
        .bench(|| unified_diff(clone, after.bytes(), Path::new("CS.cfg")));
}
