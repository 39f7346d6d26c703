//! What `status` and `check` print: tables of 80 columns, or JSON.

use std::fmt::Write;

use serde::Serialize;

use super::Console;
use crate::error::Failure;
use crate::status::{Key, Status};
use crate::topology::Verdict;

/// Widths of the table's columns: key, in file, effective, master, clone. With the mark and the
/// blanks between them they make 80.
const WIDTHS: [usize; 5] = [35, 11, 10, 8, 8];
/// The longest value that is shown.
const VALUE: usize = 56;

#[derive(Serialize)]
struct Statuses<'a> {
    files: Vec<&'a Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<super::json::Error>,
}

impl Console {
    /// Prints statuses, and errors for files that are none; gives the exit code.
    pub fn statuses(&self, told: &[Result<Status, Failure>]) -> u8 {
        if self.is_json() {
            let files = told.iter().filter_map(|told| told.as_ref().ok()).collect();
            let errors = told.iter().filter_map(|told| told.as_ref().err()).map(super::json::Error::of).collect();
            self.json(&Statuses { files, errors });
        }
        for (nth, status) in told.iter().enumerate() {
            match status {
                Ok(_) if self.is_json() => {}
                Ok(status) => self.data(&format!("{}{}", if nth > 0 { "\n" } else { "" }, status_text(status))),
                Err(failure) if !self.is_json() => self.error(&format!("pki-role: {failure}\n")),
                Err(_) => {}
            }
        }
        told.iter().filter_map(|told| told.as_ref().err()).map(|failure| failure.ending.exit_code()).max().unwrap_or(0)
    }

    /// Prints a verdict; gives the exit code.
    pub fn verdict(&self, verdict: &Verdict) -> u8 {
        if self.is_json() {
            self.json(verdict);
        } else {
            self.data(&verdict_text(verdict));
        }
        u8::from(!verdict.ok)
    }

    /// Prints a failure of a command that changes nothing; gives the exit code.
    pub fn failure(&self, failure: &Failure) -> u8 {
        if self.is_json() {
            #[derive(Serialize)]
            struct Failed {
                error: super::json::Error,
            }
            self.json(&Failed { error: super::json::Error::of(failure) });
        } else {
            self.error(&format!("pki-role: {failure}\n"));
        }
        failure.ending.exit_code()
    }
}

fn status_text(status: &Status) -> String {
    let mut text = String::new();
    let instance = status.instance.as_ref().map_or_else(String::new, |instance| format!(" of instance {instance}"));
    let _ = writeln!(text, "{}", status.config);
    let _ = writeln!(text, "  {}{instance} on {}", status.subsystem, status.address());
    let _ = writeln!(text, "  role: {}: {}", status.role, status.summary);
    if !status.evidence.is_empty() {
        text += &table(&status.evidence);
    }
    if !status.issuing_points.is_empty() {
        let points = status.issuing_points.iter().map(|point| match (point.enabled, point.generates) {
            (false, _) => format!("{} (not enabled)", point.id),
            (true, true) => format!("{} (generates)", point.id),
            (true, false) => point.id.clone(),
        });
        let _ = writeln!(text, "  issuing points: {}", points.collect::<Vec<_>>().join(", "));
    }
    if let Some(service) = &status.service {
        let state = match service.active {
            Some(true) => "active",
            Some(false) => "not active",
            None => "systemd could not be asked",
        };
        let _ = writeln!(text, "  unit: {} ({state})", service.unit);
    }
    // A trailing blank somewhere is no news; what stops a start or makes another key is.
    for dispute in &status.disputes {
        let keys = |texts: &[String]| {
            texts.iter().filter_map(|text| text.split('=').next().map(str::to_owned)).collect::<Vec<_>>()
        };
        match &dispute.stops_start {
            Some(why) => {
                let _ = writeln!(
                    text,
                    "  line {}: {why}: the service will not start again; {}",
                    dispute.line, dispute.mend
                );
            }
            None if keys(&dispute.server) != keys(&dispute.pki_server) => {
                let shown = |texts: &[String]| {
                    texts.iter().map(|text| format!("`{}`", shorten(text))).collect::<Vec<_>>().join(", ")
                };
                let _ = writeln!(
                    text,
                    "  line {}: the server reads {}, pki-server {}; {}",
                    dispute.line,
                    nothing(shown(&dispute.server)),
                    nothing(shown(&dispute.pki_server)),
                    dispute.mend
                );
            }
            None => {}
        }
    }
    if let Some(freeipa) = &status.freeipa {
        let _ = writeln!(text, "  FreeIPA: {}", freeipa.message);
    }
    for warning in &status.warnings {
        let _ = writeln!(text, "  warning: {} [{}]", warning.message, warning.code);
    }
    if !status.backups.is_empty() {
        let _ = writeln!(text, "  backups: {}", status.backups.join(", "));
    }
    if status.role == "mixed" {
        let _ = writeln!(text, "  to mend it:");
        for command in status.mend() {
            let _ = writeln!(text, "    {command}");
        }
    }
    text
}

fn nothing(shown: String) -> String {
    if shown.is_empty() { "nothing".to_owned() } else { shown }
}

fn table(keys: &[Key]) -> String {
    let mut text = row(' ', ["key", "in file", "effective", "master", "clone"].map(str::to_owned));
    for key in keys {
        let is_redirect = key.key.starts_with("master.ca.");
        let or = |value: &str, empty: &str| if value.is_empty() { empty.to_owned() } else { value.to_owned() };
        let in_file = match &key.value {
            Some(value) if key.says == "unreadable" => format!("`{}`", shorten(value).replace('\t', "\\t")),
            Some(value) => or(&shorten(value), "(empty)"),
            None => "(absent)".to_owned(),
        };
        let effective = or(&shorten(&key.effective), "(empty)") + if key.is_default { "*" } else { "" };
        let clone = or(&key.clone, if is_redirect { "master's" } else { "any" });
        let mark = if key.odd { '!' } else { ' ' };
        text += &row(mark, [key.key.clone(), in_file, effective, or(&key.master, "(absent)"), clone]);
    }
    if keys.iter().any(|key| key.is_default) {
        text += "  (* the server's default, since the key is absent or empty)\n";
    }
    text
}

/// One row; cells that are too wide for their columns get lines of their own.
fn row(mark: char, cells: [String; 5]) -> String {
    let fits = cells.iter().zip(WIDTHS).all(|(cell, width)| cell.chars().count() <= width);
    let [key, in_file, effective, master, clone] = &cells;
    if fits {
        let [a, b, c, d, e] = WIDTHS;
        let line = format!("  {mark} {key:<a$} {in_file:<b$} {effective:<c$} {master:<d$} {clone:<e$}");
        return line.trim_end().to_owned() + "\n";
    }
    format!(
        "  {mark} {key}\n      in file: {in_file}\n      effective: {effective}\n      master: {master}, clone: {clone}\n"
    )
}

fn shorten(value: &str) -> String {
    if value.chars().count() <= VALUE {
        return value.to_owned();
    }
    value.chars().take(VALUE).collect::<String>() + "..."
}

fn verdict_text(verdict: &Verdict) -> String {
    let mut text = String::new();
    for file in &verdict.files {
        let host = file.host.as_deref().unwrap_or("host unknown");
        let _ = writeln!(text, "{}: {} on {host}: {}: {}", file.config, file.subsystem, file.role, file.summary);
    }
    for problem in &verdict.problems {
        let _ = writeln!(text, "problem: {} [{}]\n  mend: {}", problem.message, problem.code, problem.remedy);
    }
    for warning in &verdict.warnings {
        let _ = writeln!(text, "warning: {} [{}]", warning.message, warning.code);
    }
    text + match (verdict.ok, verdict.warnings.is_empty()) {
        (true, false) if verdict.warnings.iter().all(|warning| warning.code == "nothing-to-check") => {
            "nothing to judge\n"
        }
        (true, true) => "the topology is right\n",
        (true, false) => "the topology is right, with warnings\n",
        (false, _) => "the topology is wrong\n",
    }
}
