//! A topology as a picture, in the language of mermaid.

use super::summary::title;
use crate::pki::{Finding, Observation, Reported, Role, Subsystem, Verdict};

/// The picture: servers with their roles, redirects, publishers, problems.
pub(super) fn mermaid(verdict: &Verdict, servers: &[Observation]) -> String {
    let is_left_out = |id: usize| {
        verdict
            .findings
            .iter()
            .any(|reported| reported.subject == Some(id) && matches!(reported.finding, Finding::SameServerTwice { .. }))
    };
    let shown: Vec<(usize, &Observation)> = servers.iter().enumerate().filter(|(id, _)| !is_left_out(*id)).collect();
    let mut text = "flowchart LR\n".to_owned();
    for (id, observation) in &shown {
        let server = &observation.server;
        let is_about = |problem: &&Reported| problem.subject == Some(*id) || problem.finding.servers().contains(id);
        let problems = verdict.problems().filter(is_about);
        let problems: String = problems.map(|problem: &Reported| format!("<br/>{}", problem.finding.code())).collect();
        let label = format!("{} {}<br/>{}{problems}", server.subsystem(), escaped(&title(observation)), server.role());
        let class = match (problems.is_empty(), server.role()) {
            (false, _) => "problem",
            (true, Role::Master) => "master",
            (true, _) => "clone",
        };
        text += &format!("  s{id}[\"{label}\"]:::{class}\n");
    }
    let to = |subsystem: Subsystem, host: &str, port: Option<&str>| {
        let is_it = |server: &&(usize, &Observation)| {
            let server = &server.1.server;
            server.subsystem() == subsystem
                && server.is_host(host)
                && port.is_none_or(|port| server.ports.has_secure(port).unwrap_or(true))
        };
        shown.iter().find(is_it).map(|(id, _)| format!("s{id}"))
    };
    let mut unknown = 0;
    let mut other = |text: &mut String, host: &str| {
        unknown += 1;
        *text += &format!("  x{unknown}[\"{}<br/>no file\"]:::unknown\n", escaped(host));
        format!("x{unknown}")
    };
    for (id, observation) in &shown {
        let Some(ca) = observation.server.ca() else { continue };
        if let (Some(host), port) = ca.redirect() {
            let target = to(Subsystem::Ca, host, port).unwrap_or_else(|| other(&mut text, host));
            text += &format!("  s{id} -. redirects agents .-> {target}\n");
        }
        for publisher in ca.publishing.active().filter(|publisher| publisher.is_ocsp) {
            let Some(host) = &publisher.host else { continue };
            let target = to(Subsystem::Ocsp, host, publisher.port.as_deref());
            let target = target.unwrap_or_else(|| other(&mut text, host));
            text += &format!("  s{id} -- publishes CRLs --> {target}\n");
        }
    }
    text += "  classDef master fill:#d5f0d5,stroke:#2a7a2a\n";
    text += "  classDef clone fill:#eeeeee,stroke:#777777\n";
    text += "  classDef problem fill:#f8d0d0,stroke:#b02020\n";
    text += "  classDef unknown fill:#ffffff,stroke:#777777,stroke-dasharray: 4\n";
    text
}

/// A text in a label: whatever mermaid could take for more than text is a numbered character.
fn escaped(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '(' | ')' | ':' | '/');
    text.chars().map(|c| if plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect()
}
