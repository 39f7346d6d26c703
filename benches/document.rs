//! The pure core on documents of the real size (84 KB) and of some 4 MB: `cargo bench`.
//!
//! For comparing two versions of the code on one machine; `benches/compare` compares the program with
//! other programs.
#![allow(clippy::expect_used, missing_docs, reason = "a benchmark")]

use std::fmt::Write;
use std::path::Path;
use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use pki_role::cs_cfg::{CsCfg, Key, Patch, apply, verify};
use pki_role::pki::{
    Circumstances, Conversion, Prepared, Promotion, Server, Surroundings, export_ca, of_server, prepare,
};
use pki_role::text::unified_diff;

const MASTER: &str = include_str!("../fixtures/ca-master.CS.cfg");
const CLONE: &str = include_str!("../fixtures/ca-clone.CS.cfg");
const REAL_SIZE: usize = 84_000;

/// Which documents, by how many issuing points they have besides the fixtures' two.
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

impl Documents {
    fn with_points(points: usize) -> Documents {
        Documents { master: document(MASTER, points), clone: document(CLONE, points) }
    }
}

impl Size {
    fn documents(self) -> &'static Documents {
        static REAL: LazyLock<Documents> = LazyLock::new(|| Documents::with_points(0));
        static LARGE: LazyLock<Documents> = LazyLock::new(|| Documents::with_points(800));
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

fn promotion(documents: &Documents) -> Prepared {
    let former = Some(documents.master.as_bytes());
    let conversion =
        Conversion::PromoteCa(Promotion { former, interval: None, with_publishing: false, enable: Vec::new() });
    prepare(documents.clone.as_bytes(), &conversion, &Circumstances::default()).expect("the clone can be promoted")
}

fn demotion(documents: &Documents) -> Prepared {
    let conversion = Conversion::DemoteCa { new_master: "ca2.example.com:8443".parse().expect("a host and a port") };
    prepare(documents.master.as_bytes(), &conversion, &Circumstances::default()).expect("the master can be demoted")
}

/// A patch of one line.
fn removal() -> Patch<'static> {
    let mut patch = Patch::new();
    patch.remove(Key::literal("master.ca.agent.host"));
    patch
}

fn main() {
    divan::main();
}

#[divan::bench(args = SIZES)]
fn parsing(bencher: Bencher<'_, '_>, size: Size) {
    let clone = &size.documents().clone;
    bencher
        .counter(BytesCount::of_str(clone))
        .bench(|| black_box(CsCfg::parse(black_box(clone.as_bytes()))).is_empty());
}

#[divan::bench(args = SIZES)]
fn applying(bencher: Bencher<'_, '_>, size: Size) {
    let clone = &size.documents().clone;
    let document = CsCfg::parse(clone.as_bytes());
    let patch = removal();
    bencher.counter(BytesCount::of_str(clone)).bench_local(|| apply(&document, &patch));
}

#[divan::bench(args = SIZES)]
fn verifying(bencher: Bencher<'_, '_>, size: Size) {
    let clone = &size.documents().clone;
    let document = CsCfg::parse(clone.as_bytes());
    let patch = removal();
    let bytes = apply(&document, &patch).expect("nothing is ambiguous").bytes;
    bencher
        .counter(BytesCount::new(clone.len() + bytes.len()))
        .with_inputs(|| bytes.clone())
        .bench_local_values(|bytes| verify(&document, &patch, bytes, |_| Ok::<(), ()>(())));
}

#[divan::bench(args = SIZES)]
fn promoting(bencher: Bencher<'_, '_>, size: Size) {
    let documents = size.documents();
    bencher.counter(BytesCount::new(documents.clone.len() + documents.master.len())).bench(|| promotion(documents));
}

#[divan::bench(args = SIZES)]
fn demoting(bencher: Bencher<'_, '_>, size: Size) {
    let documents = size.documents();
    bencher.counter(BytesCount::of_str(&documents.master)).bench(|| demotion(documents));
}

/// What `status` reports of a file, of a document that is parsed already.
#[divan::bench(args = SIZES)]
fn judging(bencher: Bencher<'_, '_>, size: Size) {
    let cfg = CsCfg::parse(size.documents().master.as_bytes());
    bencher.bench_local(|| Server::of(&cfg, &Surroundings::default()).map(|server| of_server(&server)));
}

#[divan::bench(args = SIZES)]
fn exporting(bencher: Bencher<'_, '_>, size: Size) {
    let cfg = CsCfg::parse(size.documents().master.as_bytes());
    bencher.bench_local(|| export_ca(&cfg, &[], &[]));
}

#[divan::bench(args = SIZES)]
fn comparing(bencher: Bencher<'_, '_>, size: Size) {
    let clone = size.documents().clone.as_bytes();
    let made = promotion(size.documents()).bytes.expect("something changes");
    let after = made.bytes();
    bencher
        .counter(BytesCount::new(clone.len() + after.len()))
        .bench(|| unified_diff(clone, after, Path::new("CS.cfg")));
}
