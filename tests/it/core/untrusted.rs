//! Saved status is untrusted: whatever stands in it, judging and planning end, and every command that is
//! printed is one that the program takes.

use indexmap::IndexSet;
use pki_role::pki::{Observation, PlanRequest, check, plan};
use pki_role::text::explain;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::bench::dice::Dice;
use crate::support::bench::steps::parsed;
use crate::support::bench::{now, servers};

/// What may stand where a text was.
const TEXTS: [&str; 12] = [
    "",
    "-",
    "--dead",
    "ca1",
    "ca1.example.com",
    "localhost",
    "[::1]",
    "a b\n\u{202e}\"",
    "@",
    "ca1.example.com:99999",
    "../../etc",
    "=",
];

/// Replaces some of the values by others.
fn garble(value: &mut Value, dice: &mut Dice<'_>) {
    match value {
        Value::String(text) if dice.odds(6) => *text = TEXTS[dice.below(TEXTS.len())].to_owned(),
        Value::Number(_) if dice.odds(10) => *value = json!(dice.pick(&[(1, 0_u64), (1, 65_535), (1, 8443)])),
        Value::Bool(on) if dice.odds(10) => *on = !*on,
        Value::String(_) | Value::Number(_) | Value::Bool(_) if dice.odds(2) => *value = Value::Null,
        Value::Array(items) => {
            if !items.is_empty() && dice.odds(5) {
                items.push(items[0].clone());
            }
            items.iter_mut().for_each(|item| garble(item, dice));
        }
        Value::Object(fields) => fields.values_mut().for_each(|field| garble(field, dice)),
        _ => {}
    }
}

/// What a running server is said to have answered.
fn live(dice: &mut Dice<'_>) -> Value {
    let time = |dice: &mut Dice<'_>| {
        dice.pick(&[(3, "2026-03-01T11:00:00Z"), (1, "0000-01-01T00:00:00Z"), (1, "9999-12-31T23:59:59Z")])
    };
    let host = dice.pick(&[(2, "ca1.example.com"), (1, "ca9.example.com"), (1, "--x")]);
    json!({
        "observed_at": time(dice),
        "answer": "running",
        "caches": {"MasterCRL": dice.odds(50)},
        "crls": [{"issuing_point": "MasterCRL", "number": dice.below(3), "this_update": time(dice),
            "next_update": time(dice), "entries": 0, "sha256": dice.pick(&[(1, "aa"), (1, "bb"), (1, "")])}],
        "members": [{"subsystem": dice.pick(&[(1, "CA"), (1, "OCSP")]), "host": host, "port": 8443, "agent_port": null,
            "clone": null}],
    })
}

fn observations(numbers: &[u16]) -> Vec<Observation> {
    let (first, second) = numbers.split_at(numbers.len() / 2);
    let dice = &mut Dice::new(second);
    let garbled = servers::topology(first).observations().into_iter().filter_map(|observation| {
        let mut value = serde_json::to_value(observation).unwrap();
        if dice.odds(50) {
            value["live"] = live(dice);
        }
        garble(&mut value, dice);
        serde_json::from_value(value).ok()
    });
    garbled.collect()
}

proptest! {
    #[test]
    fn nothing_that_is_said_harms(numbers in vec(any::<u16>(), 2_000), ask in vec(any::<u16>(), 4)) {
        let observations = observations(&numbers);
        let verdict = check(&observations, now(), &IndexSet::new());
        for reported in &verdict.findings {
            let explained = explain(&reported.finding, &observations);
            prop_assert!(!explained.message().contains(['\n', '\u{202e}']), "{}", explained.message());
        }
        let dice = &mut Dice::new(&ask);
        let new_master = dice.odds(60).then(|| TEXTS[dice.below(TEXTS.len())].to_owned());
        let dead = (0..dice.below(2)).map(|_| TEXTS[dice.below(TEXTS.len())].to_owned()).collect();
        let files = vec!["-x".to_owned(), "a.json".to_owned()];
        let request = PlanRequest { files, new_master, ocsp: dice.odds(20), dead, with_publishing: None };
        let plan = plan(&observations, &request, now());
        prop_assert!(plan.steps.is_empty() || plan.questions.is_empty());
        let asked = plan.questions.iter().flat_map(|question| &question.commands);
        for argv in plan.steps.iter().map(|step| &step.argv).chain(asked) {
            prop_assert!(parsed(argv).is_ok(), "{:?}: {:?}", argv, parsed(argv).err());
        }
    }
}
