//! The rule by which the web server of a FreeIPA host redirects requests for the CRL to the CA: the
//! text of its file in, the rule as data out; and an edit as a value.
//!
//! On the CA that generates the CRLs the rule is commented out or absent, and the web server serves the
//! published file; on every other one it is in force. Nothing but lines of this rule is ever changed:
//! [`VerifiedRule`] holds a text that was read again.

use std::ops::Range;

use super::RuleState;

/// The start of the rule's pattern.
const PATTERN: &str = "^/ipa/crl/MasterCRL";
/// What redirects.
const DIRECTIVE: &str = "RewriteRule";

/// The rule, as a file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpaRule {
    /// What the web server does with it.
    pub state: RuleState,
    /// The host to which it redirects, or would.
    pub host: Option<String>,
    /// Its lines: there may be any number of them.
    pub lines: Vec<RuleLine>,
}

/// A line of the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLine {
    /// Its number, from 1.
    pub number: usize,
    /// It is no comment.
    pub is_in_force: bool,
    /// The host to which it redirects.
    pub host: Option<String>,
    /// Where what precedes the directive is: blanks and comment signs.
    lead: Range<usize>,
}

/// What an edit does.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each variant says what its field is")]
pub enum RuleEdit {
    /// A commented-out line is put in force, in its place.
    PutInForce { line: usize },
    /// Every line that is in force is commented out.
    CommentOut { lines: Vec<usize> },
    /// FreeIPA's line is appended, with the host to which it redirects.
    Append { host: String },
    /// The lines of an earlier state are put back.
    PutBack,
}

/// A text that was read again: but for the rule it is what was there before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedRule {
    edit: RuleEdit,
    bytes: Vec<u8>,
}

/// Why the rule cannot be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleEditError {
    /// The line to append would need this host's name, which is not known, or no name.
    NoHost,
    /// Read again, the new text is not as it has to be.
    NotVerified,
}

impl IpaRule {
    /// Reads a file's text.
    pub fn of(text: &[u8]) -> IpaRule {
        let lines: Vec<RuleLine> = apache_lines(text).filter_map(|line| line.rule(text)).collect();
        let in_force = lines.iter().find(|line| line.is_in_force);
        let state = match (in_force, lines.is_empty()) {
            (Some(_), _) => RuleState::InForce,
            (None, false) => RuleState::CommentedOut,
            (None, true) => RuleState::Absent,
        };
        let host = in_force.or(lines.last()).and_then(|line| line.host.clone());
        IpaRule { state, host, lines }
    }

    /// The edit that puts the rule in force, or takes it out of force; nothing where it is so already.
    /// `host` is this host, which a line that has to be appended names.
    ///
    /// # Errors
    /// [`RuleEditError::NoHost`].
    pub fn edit(&self, in_force: bool, host: Option<&str>) -> Result<Option<RuleEdit>, RuleEditError> {
        if (self.state == RuleState::InForce) == in_force {
            return Ok(None);
        }
        if !in_force {
            let lines = self.lines.iter().filter(|line| line.is_in_force).map(|line| line.number).collect();
            return Ok(Some(RuleEdit::CommentOut { lines }));
        }
        let names_host = |line: &&RuleLine| host.is_some() && line.host.as_deref() == host;
        match (self.lines.iter().rfind(names_host).or(self.lines.last()), host) {
            (Some(line), _) => Ok(Some(RuleEdit::PutInForce { line: line.number })),
            (None, Some(host)) if is_host_name(host) => Ok(Some(RuleEdit::Append { host: host.to_owned() })),
            (None, _) => Err(RuleEditError::NoHost),
        }
    }
}

impl VerifiedRule {
    /// Puts the rule in force in a text, or takes it out of force; nothing where it is so already.
    pub fn of(text: &[u8], in_force: bool, host: Option<&str>) -> Result<Option<VerifiedRule>, RuleEditError> {
        let rule = IpaRule::of(text);
        let Some(edit) = rule.edit(in_force, host)? else { return Ok(None) };
        let bytes = edited(text, &rule, &edit);
        let is_reached = (IpaRule::of(&bytes).state == RuleState::InForce) == in_force;
        match is_reached && others(text).eq(others(&bytes)) {
            true => Ok(Some(VerifiedRule { edit, bytes })),
            false => Err(RuleEditError::NotVerified),
        }
    }

    /// Puts the lines of the rule back as an earlier text has them.
    ///
    /// # Errors
    /// [`RuleEditError::NotVerified`] where the texts differ in other lines too.
    pub fn back(text: &[u8], earlier: &[u8]) -> Result<VerifiedRule, RuleEditError> {
        match others(text).eq(others(earlier)) {
            true => Ok(VerifiedRule { edit: RuleEdit::PutBack, bytes: earlier.to_vec() }),
            false => Err(RuleEditError::NotVerified),
        }
    }

    /// The new text.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was done to it.
    pub fn edit(&self) -> &RuleEdit {
        &self.edit
    }
}

/// FreeIPA's line.
fn line_for(host: &str) -> String {
    format!("{DIRECTIVE} {PATTERN}.bin http://{host}/ca/ee/ca/getCRL?op=getCRL&crlIssuingPoint=MasterCRL [L,R=301,NC]")
}

fn edited(text: &[u8], rule: &IpaRule, edit: &RuleEdit) -> Vec<u8> {
    if let RuleEdit::Append { host } = edit {
        return appended(text, &line_for(host));
    }
    let mut bytes = Vec::with_capacity(text.len() + rule.lines.len());
    let mut at = 0;
    let part = |range: Range<usize>| text.get(range).unwrap_or(b"");
    for line in &rule.lines {
        let lead = part(line.lead.clone());
        let lead: Vec<u8> = match edit {
            RuleEdit::PutInForce { line: number } if *number == line.number => {
                // What was behind the comment sign stays, so that commenting it out again gives the same line.
                lead.iter().copied().filter(|byte| *byte != b'#').collect()
            }
            RuleEdit::CommentOut { lines } if lines.contains(&line.number) => [b"#", lead].concat(),
            _ => continue,
        };
        bytes.extend_from_slice(part(at..line.lead.start));
        bytes.extend(lead);
        at = line.lead.end;
    }
    bytes.extend_from_slice(part(at..text.len()));
    bytes
}

/// A text with one more line, which ends as the last one does.
fn appended(text: &[u8], line: &str) -> Vec<u8> {
    let end: &[u8] = if text.windows(2).any(|two| two == b"\r\n") { b"\r\n" } else { b"\n" };
    match text {
        [] | [.., b'\n'] => [text, line.as_bytes(), end].concat(),
        _ => [text, end, line.as_bytes()].concat(),
    }
}

/// The lines that do not speak of the rule, without their ends.
fn others(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    apache_lines(text)
        .filter(|line| line.parts(text).is_none())
        .map(|line| text.get(line.range).unwrap_or(b""))
        .map(|line| line.strip_suffix(b"\n").unwrap_or(line))
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// A line as the web server sees it: one that ends with a backslash goes on in the next one.
struct ApacheLine {
    number: usize,
    range: Range<usize>,
}

fn apache_lines(text: &[u8]) -> impl Iterator<Item = ApacheLine> {
    let mut physical = text.split_inclusive(|byte| *byte == b'\n');
    let (mut number, mut at) = (1, 0);
    std::iter::from_fn(move || {
        let mut line = ApacheLine { number, range: at..at };
        for part in physical.by_ref() {
            number += 1;
            at += part.len();
            line.range.end = at;
            let content = part.strip_suffix(b"\n").unwrap_or(part);
            if !content.strip_suffix(b"\r").unwrap_or(content).ends_with(b"\\") {
                break;
            }
        }
        (!line.range.is_empty()).then_some(line)
    })
}

impl ApacheLine {
    /// The line of the rule that this is, if it is one.
    fn rule(&self, text: &[u8]) -> Option<RuleLine> {
        let (lead, rest) = self.parts(text)?;
        // As the web server joins them.
        let rest = rest.replace("\\\r\n", "").replace("\\\n", "");
        let mut parts = rest.split_whitespace().skip(1);
        let target = parts.next()?.trim_matches('"');
        let is_in_force = !lead.contains('#');
        let url = ["http://", "https://"].iter().find_map(|scheme| target.strip_prefix(scheme));
        let flags: Vec<&str> = parts.collect();
        // A sentence about the rule is no rule that could be put in force.
        let is_whole = url.is_some() && flags.first().is_none_or(|flag| flag.starts_with('['));
        let is_whole = is_whole && flags.last().is_none_or(|flag| flag.ends_with(']'));
        let host = url.map(|url| url.split(['/', ':', '?']).next().unwrap_or(url).to_owned());
        (is_in_force || is_whole).then(|| RuleLine {
            number: self.number,
            is_in_force,
            host: host.filter(|host| !host.is_empty()),
            lead: self.range.start..self.range.start + lead.len(),
        })
    }

    /// What precedes the directive and what follows it, where it is one for the CRL, in force or not.
    fn parts<'t>(&self, text: &'t [u8]) -> Option<(&'t str, &'t str)> {
        let line = std::str::from_utf8(text.get(self.range.clone())?).ok()?;
        let directive = line.trim_start_matches(|character: char| character == '#' || is_blank(character));
        let (name, rest) = directive.split_at_checked(DIRECTIVE.len())?;
        let is_one = name.eq_ignore_ascii_case(DIRECTIVE) && rest.starts_with(is_blank);
        let is_one = is_one && rest.split_whitespace().next().is_some_and(is_pattern);
        is_one.then(|| (line.get(..line.len() - directive.len()).unwrap_or(""), rest))
    }
}

/// Whether a pattern is that of the CRL, as FreeIPA writes it or more strictly.
fn is_pattern(pattern: &str) -> bool {
    let Some(behind) = pattern.trim_matches('"').strip_prefix(PATTERN) else { return false };
    matches!(behind.trim_end_matches('$'), ".bin" | "\\.bin")
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\x0b' | '\x0c')
}

/// Whether a text is a host's name and nothing else: it is written into the web server's configuration.
fn is_host_name(host: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    !host.is_empty() && host.len() <= 253 && !host.starts_with(['.', '-']) && host.bytes().all(is_plain)
}
