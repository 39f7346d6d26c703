//! What `status` prints: a few lines for each server, the parameters where they are asked for or
//! contradict each other.

use std::fmt::Write;

use super::ipa_proxy::rule_line;
use super::json::{FailureJson, StatusJson};
use super::list::{list, shorten};
use super::live::live_lines;
use super::{Console, Invocation, SCHEMA_VERSION, ServerReportJson, Table, explain, failed, one_line, place, summary};
use crate::convert::Failure;
use crate::pki::{AmbiguousLine, Ca, Observation, Role, Server, Service, Setting, Timestamp};

/// How many backups are named.
const BACKUPS: usize = 3;

/// Prints statuses, and errors for files that could not be looked at.
pub fn statuses(
    looked_at: &[Result<Observation, Failure>],
    now: Timestamp,
    invocation: &Invocation,
    console: &Console,
) {
    if console.manner().json {
        let (mut files, mut errors) = (Vec::new(), Vec::new());
        for result in looked_at {
            match result {
                Ok(observation) => files.push(ServerReportJson::of(observation, now)),
                Err(failure) => errors.push(FailureJson::of(failure, invocation)),
            }
        }
        return console.json(&StatusJson { schema_version: SCHEMA_VERSION, files, errors });
    }
    for (nth, result) in looked_at.iter().enumerate() {
        match result {
            Ok(observation) => {
                let blank = if nth > 0 { "\n" } else { "" };
                console.data(&format!("{blank}{}", status_text(observation, now, console)));
            }
            Err(failure) => drop(failed(failure, invocation, console)),
        }
    }
}

fn status_text(observation: &Observation, now: Timestamp, console: &Console) -> String {
    let server = &observation.server;
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{}", one_line(&observation.config));
    let _ = writeln!(text, "  {} on {}", subject(server), place(server));
    let _ = writeln!(text, "  role: {}: {}", server.role(), summary(server));
    let settings: Vec<&Setting> = match server.role() {
        _ if console.manner().verbose => server.settings(),
        Role::Mixed => server.contradictions(),
        _ => Vec::new(),
    };
    if !settings.is_empty() {
        text += &parameters(&settings, console.columns());
    }
    if let Some(points) = server.ca().filter(|ca| !ca.issuing_points.is_empty()).map(issuing_points) {
        let _ = writeln!(text, "  issuing points: {points}");
    }
    if let Some(service) = &observation.service {
        let _ = writeln!(text, "  service: {}", service_line(service));
    }
    if let Some(proxy) = &observation.ipa_proxy {
        let _ = writeln!(text, "  web server: {}", rule_line(proxy));
    }
    if let Some(live) = &observation.live {
        text += &live_lines(live, now, console.manner().verbose);
    }
    for line in &server.ambiguities {
        text += &ambiguous(line);
    }
    for finding in observation.findings(now) {
        text += &explain(&finding, &[]).lines("  ", &finding.severity().to_string(), finding.code());
    }
    if !observation.backups.is_empty() {
        let _ = writeln!(text, "  backups: {}", newest(&observation.backups));
    }
    text
}

/// The last few backups, which are the newest.
fn newest(backups: &[String]) -> String {
    let older = backups.len().saturating_sub(BACKUPS);
    let (_, shown) = backups.split_at(older);
    let shown = list(shown);
    if older == 0 { shown } else { format!("{shown} (the newest last; {older} older)") }
}

fn subject(server: &Server) -> String {
    let subsystem = server.subsystem();
    match &server.instance {
        Some(instance) => format!("{subsystem} of instance {}", one_line(instance)),
        None => subsystem.to_string(),
    }
}

fn issuing_points(ca: &Ca) -> String {
    let points = ca.issuing_points.iter().map(|point| {
        let state = match (point.is_enabled(), ca.generates_at(point)) {
            (false, _) => " (disabled)",
            (true, true) => " (generates)",
            (true, false) => "",
        };
        format!("{}{state}", one_line(&point.id))
    });
    list(&points.collect::<Vec<_>>())
}

fn service_line(service: &Service) -> String {
    let state = service.active.map_or("systemd could not be asked", Into::into);
    let enabled = match service.enabled {
        Some(true) => ", enabled",
        Some(false) => ", not enabled",
        None => "",
    };
    format!("{}: {state}{enabled}", one_line(&service.unit))
}

/// A trailing blank somewhere is not worth a line; what makes another key is. What stops a start is a
/// finding of its own.
fn ambiguous(line: &AmbiguousLine) -> String {
    let keys = |texts: &[String]| -> Vec<String> {
        texts.iter().filter_map(|text| text.split('=').next().map(str::to_owned)).collect()
    };
    if line.stops_start.is_some() || keys(&line.server) == keys(&line.pki_server) {
        return String::new();
    }
    let shown = |texts: &[String]| match texts.is_empty() {
        true => "nothing".to_owned(),
        false => list(&texts.iter().map(|text| format!("`{}`", shorten(text))).collect::<Vec<_>>()),
    };
    format!(
        "  line {}: the server reads {}, pki-server {}; with the service stopped rewrite it as plain key=value\n",
        line.line,
        shown(&line.server),
        shown(&line.pki_server)
    )
}

fn parameters(settings: &[&Setting], columns: usize) -> String {
    let mut table = Table::new(["parameter", "in the file", "effective", "master", "clone"]);
    for setting in settings {
        let or = |value: &str, none: &str| if value.is_empty() { none.to_owned() } else { shorten(value) };
        let in_file = match &setting.value {
            Some(value) if setting.is_unreadable() => format!("`{}`", shorten(value)),
            Some(value) => or(value, "(empty)"),
            None => "(absent)".to_owned(),
        };
        let default = if setting.is_default() { " (default)" } else { "" };
        let effective = format!("{}{default}", or(&setting.effective.to_string(), "(none)"));
        let is_redirect = setting.row.kind == crate::pki::parameters::Kind::Text;
        let clone = if is_redirect { "the master's" } else { "any" };
        table.row([
            one_line(&setting.key).into_owned(),
            in_file,
            effective,
            or(setting.row.master, "(absent)"),
            or(setting.row.clone, clone),
        ]);
    }
    table.text("    ", columns)
}
