//! Generated servers: each parameter of the role free, in the shapes that files really have.

use std::fmt::Write;

use pki_role::pki::{Origin, RuleState, Surroundings};

use super::dice::Dice;
use super::{Bench, Seat};

const SWITCH_ON: [(usize, Option<&str>); 5] =
    [(60, Some("true")), (15, Some("false")), (15, None), (5, Some("True")), (1, Some("true "))];
const SWITCH_OFF: [(usize, Option<&str>); 5] =
    [(70, Some("false")), (8, Some("true")), (8, None), (5, Some("FALSE")), (1, Some(" x"))];
const ENABLE: [(usize, Option<&str>); 5] =
    [(70, Some("true")), (20, None), (8, Some("false")), (5, Some("True")), (1, Some("true "))];
const INTERVAL: [(usize, Option<&str>); 6] =
    [(40, Some("0")), (30, None), (20, Some("600")), (10, Some("900")), (4, Some("")), (1, Some("-5"))];
const LISTENER: [(usize, Option<&str>); 4] = [(30, None), (30, Some("true")), (30, Some("false")), (1, Some("true "))];
const POINTS: [&str; 3] = ["MasterCRL", "Partial", "Delta"];

/// A topology: one to six CAs, up to three responders, in any order.
pub fn topology(numbers: &[u16]) -> Bench {
    let dice = &mut Dice::new(numbers);
    let cas = dice.below(6) + 1;
    let responders = dice.pick(&[(50, 0), (20, 1), (20, 2), (10, 3)]);
    let domains = dice.pick(&[(9, 1), (1, 2)]);
    let tame = !dice.odds(30);
    let generator = dice.below(cas);
    let mut seats: Vec<Seat> = Vec::new();
    for nth in 0..cas {
        let is_master = (nth == generator && !dice.odds(15)) || dice.odds(5);
        seats.push(ca(dice, nth, cas, domains, responders, is_master, tame));
    }
    for nth in 0..responders {
        let place = dice.below(seats.len() + 1);
        seats.insert(place, responder(dice, nth, tame));
    }
    Bench { seats }
}

fn line(text: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        let _ = writeln!(text, "{key}={value}");
    }
}

/// The host of a CA, or of a responder.
fn host(kind: &str, nth: usize) -> String {
    format!("{kind}{}.example.com", nth + 1)
}

fn ca(
    dice: &mut Dice<'_>,
    nth: usize,
    cas: usize,
    domains: usize,
    responders: usize,
    is_master: bool,
    tame: bool,
) -> Seat {
    let mut text = String::new();
    let whole = !dice.odds(if tame { 5 } else { 30 });
    if whole {
        text += "accessEvaluator.impl.group.class=a\nauths.impl.x=b\nauthz.impl.x=c\n";
    }
    line(&mut text, "ca.certStatusUpdateInterval", dice.pick(&INTERVAL));
    let mut points: Vec<&str> = POINTS[..dice.pick(&[(70, 1), (20, 2), (10, 3)])].to_vec();
    if dice.odds(3) {
        points.clear();
    }
    for point in points {
        let switches = if is_master { &SWITCH_ON } else { &SWITCH_OFF };
        let of = |name: &str| format!("ca.crl.{point}.{name}");
        if !dice.odds(if tame { 0 } else { 8 }) {
            line(&mut text, &of("class"), Some("com.netscape.ca.CRLIssuingPoint"));
        }
        let description = if dice.odds(2) { "Überblick" } else { "all" };
        line(&mut text, &of("description"), Some(description));
        line(&mut text, &of("autoUpdateInterval"), dice.pick(&[(4, Some("240")), (1, Some("60")), (1, None)]));
        let enable = dice.pick(&ENABLE);
        line(&mut text, &of("enable"), enable.filter(|enable| !tame || *enable != "true "));
        line(&mut text, &of("enableCRLCache"), dice.pick(switches));
        line(&mut text, &of("enableCRLUpdates"), dice.pick(switches));
    }
    if dice.odds(2) {
        text += "ca.crl=ca.other\n";
    }
    line(&mut text, "ca.listenToCloneModifications", dice.pick(&LISTENER));
    publishing(dice, &mut text, responders);
    let is_old = !dice.odds(40);
    line(&mut text, "ca.signing.certnickname", Some("caSigningCert"));
    line(&mut text, "cs.type", is_old.then_some("CA"));
    // Now and then two servers share a host.
    let seat = if dice.odds(8) { dice.below(cas) } else { nth };
    let (name, instance) = (host("ca", seat), format!("pki-ca{nth}"));
    let port = 8443 + 1000 * (nth as u16);
    line(&mut text, "instanceId", is_old.then_some(&*instance));
    let domain = dice.below(domains);
    let has_identity = !dice.odds(10);
    let base_dn = format!("o=ca{domain}");
    line(&mut text, "internaldb.basedn", has_identity.then_some(&*base_dn));
    line(&mut text, "machineName", (!dice.odds(4)).then_some(&*name));
    redirect(dice, &mut text, cas, is_master);
    line(&mut text, "proxy.securePort", dice.pick(&[(4, None), (1, Some("443"))]));
    line(&mut text, "securitydomain.name", has_identity.then_some(if domain == 0 { "EXAMPLE" } else { "OTHER" }));
    line(&mut text, "service.securePort", (is_old && !dice.odds(8)).then_some(&*port.to_string()));
    line(&mut text, "https.port", (!is_old && !dice.odds(30)).then_some(&*port.to_string()));
    odd_lines(dice, &mut text, tame);
    if whole && !dice.odds(if tame { 0 } else { 5 }) {
        text += "usrgrp.ldap=internaldb\n";
    }
    let seat = seat_of(dice, text, "ca", nth, instance, port);
    let rules = [RuleState::InForce, RuleState::CommentedOut, RuleState::Absent];
    let is_ipa = seat.origin != Origin::Copy && dice.odds(20);
    Seat { rule: is_ipa.then(|| rules[dice.below(3)]), has_agent: is_ipa && !dice.odds(20), ..seat }
}

fn redirect(dice: &mut Dice<'_>, text: &mut String, cas: usize, is_master: bool) {
    let named = dice.below(cas);
    let (name, port) = (host("ca", named), (8443 + 1000 * named as u16).to_string());
    let address = |host, port| (Some(host), Some(port));
    let (host, port) =
        match dice.pick(&[(if is_master { 70 } else { 20 }, 0), (60, 1), (5, 2), (5, 3), (5, 4), (5, 5), (5, 6)]) {
            0 => (None, None),
            1 => address(name.as_str(), port.as_str()),
            2 => address("gone.example.com", "8443"),
            3 => address(name.split('.').next().unwrap(), port.as_str()),
            4 => address(name.as_str(), "443"),
            5 => (Some(name.as_str()), None),
            _ => address("10.0.0.7", "-1"),
        };
    line(text, "master.ca.agent.host", host);
    line(text, "master.ca.agent.port", port);
}

fn publishing(dice: &mut Dice<'_>, text: &mut String, responders: usize) {
    let count = dice.pick(&[(60, 0), (30, 1), (10, 2)]);
    if count == 0 {
        return;
    }
    line(text, "ca.publish.enable", dice.pick(&[(5, Some("true")), (1, Some("false"))]));
    for nth in 0..count {
        let name = format!("P{}", dice.below(3));
        let of = |last: &str| format!("ca.publish.publisher.instance.{name}.{last}");
        if responders > 0 && !dice.odds(20) {
            let named = dice.below(responders + 1);
            let host = if named == responders { "gone-ocsp.example.com".to_owned() } else { host("ocsp", named) };
            line(text, &of("host"), Some(&host));
            line(text, &of("pluginName"), Some("OCSPPublisher"));
            let port = (10443 + 1000 * named).to_string();
            line(text, &of("port"), Some(dice.pick(&[(9, port.as_str()), (1, "011443")])));
        } else {
            line(text, &of("pluginName"), Some("FileBasedPublisher"));
        }
        let rule = format!("ca.publish.rule.instance.R{nth}");
        line(text, &format!("{rule}.enable"), dice.pick(&[(4, Some("true")), (1, Some("false"))]));
        line(text, &format!("{rule}.publisher"), Some(&name));
    }
}

/// Lines that somebody edited by hand.
fn odd_lines(dice: &mut Dice<'_>, text: &mut String, tame: bool) {
    if tame {
        return;
    }
    match dice.pick(&[(80, 0), (4, 1), (4, 2), (4, 3), (4, 4)]) {
        1 => *text += "subsystem.note\n",
        2 => *text += "subsystem.note=a \n",
        3 => *text += "subsystem.note=a\\\\\nsubsystem.other=b\n",
        4 => *text += "! note=c\n",
        _ => {}
    }
}

fn seat_of(dice: &mut Dice<'_>, text: String, kind: &str, nth: usize, instance: String, port: u16) -> Seat {
    let origin = dice.pick(&[(4, Origin::Collected), (3, Origin::Copy), (1, Origin::Live)]);
    if origin == Origin::Copy {
        let config = match dice.pick(&[(30, 0), (1, 1), (1, 2)]) {
            0 => format!("{kind}{nth}.cfg"),
            1 => format!("{kind}{nth}/CS.cfg.bak"),
            _ => format!("/dev/fd/{}", 60 + nth),
        };
        return Seat::copy(&config, &text);
    }
    let surroundings = Surroundings { instance: Some(instance), secure_port: Some(port), plain_port: Some(port - 363) };
    Seat { text, origin, config: format!("/etc/pki/{kind}{nth}/CS.cfg"), surroundings, rule: None, has_agent: false }
}

fn responder(dice: &mut Dice<'_>, nth: usize, tame: bool) -> Seat {
    let mut text = String::new();
    let whole = !dice.odds(10);
    if whole {
        text += "accessEvaluator.impl.group.class=a\nauths.impl.x=b\nauthz.impl.x=c\n";
    }
    let is_old = !dice.odds(40);
    let instance = format!("pki-ocsp{nth}");
    let port = 10443 + 1000 * (nth as u16);
    line(&mut text, "cs.type", (is_old || !whole).then_some("OCSP"));
    line(&mut text, "ocsp.signing.certnickname", whole.then_some("ocspSigningCert"));
    line(&mut text, "instanceId", is_old.then_some(&*instance));
    line(&mut text, "internaldb.basedn", dice.pick(&[(9, Some("o=ocsp")), (1, None)]));
    line(&mut text, "machineName", Some(&host("ocsp", nth)));
    let interval = dice.pick(&[(3, None), (4, Some("21600")), (3, Some("14400")), (1, Some("0")), (1, Some("15000"))]);
    let interval = if tame { interval } else { dice.pick(&[(8, interval), (1, Some("x")), (1, Some("14400 "))]) };
    match dice.pick(&[(70, 0), (8, 1), (8, 2), (8, 3), (4, 4), (2, 5)]) {
        0 => store(&mut text, "defStore", "DefStore", interval),
        1 => store(&mut text, "mine", "DefStore", interval),
        2 => store(&mut text, "ldapStore", "LDAPStore", interval),
        3 => line(&mut text, "OCSP.Responder.store.defStore.refreshInSec", interval.or(Some("21600"))),
        4 => {
            line(&mut text, "OCSP.Responder.store.defStore.refreshInSec", interval);
            store(&mut text, "defStore", "DefStore", dice.pick(&[(1, None), (1, Some("21600"))]));
        }
        _ => line(&mut text, "ocsp.store.defStore.refreshInSec", interval.or(Some("0"))),
    }
    line(&mut text, "securitydomain.name", dice.pick(&[(9, Some("EXAMPLE")), (1, None)]));
    line(&mut text, "service.securePort", (is_old && !dice.odds(8)).then_some(&*port.to_string()));
    odd_lines(dice, &mut text, tame);
    if whole {
        text += "usrgrp.ldap=internaldb\n";
    }
    seat_of(dice, text, "ocsp", nth, instance, port)
}

fn store(text: &mut String, id: &str, class: &str, interval: Option<&str>) {
    line(text, &format!("ocsp.store.{id}.class"), Some(&format!("com.netscape.cms.ocsp.{class}")));
    line(text, &format!("ocsp.store.{id}.refreshInSec"), interval);
    line(text, "ocsp.storeId", Some(id));
}
