//! One line in the system's journal for each change, so that a later reader knows who moved what.
//!
//! It is one datagram to the syslog socket, which the systemd journal and every syslog daemon read:
//! RFC 3164 without a time, which they add. Where there is no socket, or nobody reads it, nothing is
//! recorded, and nothing fails or waits.

use std::os::unix::net::UnixDatagram;
use std::path::Path;

/// The socket, below the root.
pub const SOCKET: &str = "dev/log";

/// The facility authpriv (10) and the severity notice (5).
const PRIORITY: u8 = 10 << 3 | 5;
// Together these keep a line below 2048 bytes, which every journal takes.

/// How long a path may be, before it is cut.
const MAX_PATH: usize = 400;
/// How long any other value may be.
const MAX_VALUE: usize = 100;
/// How long a key may be.
const MAX_KEY: usize = 80;
/// What all keys may take of the line.
const MAX_KEYS: usize = 500;
/// What stands for the rest.
const CUT: &str = "..";

/// What is recorded of a change.
#[derive(Clone, Copy, Debug)]
pub struct JournalEntry<'e> {
    /// The command.
    pub command: &'e str,
    /// How it ended.
    pub result: &'e str,
    /// The file.
    pub config: &'e str,
    /// The instance, if the file is in one.
    pub instance: Option<&'e str>,
    /// The subsystem.
    pub subsystem: &'e str,
    /// The role before.
    pub role_before: &'e str,
    /// The role after.
    pub role_after: &'e str,
    /// The keys of the parameters that were changed.
    pub keys: &'e [&'e str],
    /// The backup.
    pub backup: Option<&'e str>,
    /// Who did it: [`invoking_user`].
    pub user: &'e str,
}

/// Records a change; whether it was taken.
pub fn record(socket: &Path, entry: &JournalEntry<'_>) -> bool {
    let send = || {
        let sender = UnixDatagram::unbound()?;
        // A journal that takes nothing must not hold up a conversion.
        sender.set_nonblocking(true)?;
        sender.send_to(entry.line(std::process::id()).as_bytes(), socket)
    };
    send().is_ok()
}

/// The account that called sudo; without sudo, the number of our own.
pub fn invoking_user() -> String {
    let sudo = std::env::var("SUDO_USER").ok().filter(|user| !user.is_empty());
    sudo.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

impl JournalEntry<'_> {
    /// The line, of a process.
    fn line(&self, pid: u32) -> String {
        let JournalEntry { command, result, config, instance, subsystem, role_before, role_after, .. } = self;
        let role = format!("{role_before}->{role_after}");
        let mut line =
            format!("<{PRIORITY}>pki-role[{pid}]: {} {}:", value(command, MAX_VALUE), value(result, MAX_VALUE));
        for (name, text, bound) in [
            ("config", *config, MAX_PATH),
            ("instance", instance.unwrap_or("-"), MAX_VALUE),
            ("subsystem", subsystem, MAX_VALUE),
            ("role", &role, MAX_VALUE),
            ("backup", self.backup.unwrap_or("-"), MAX_PATH),
            ("user", self.user, MAX_VALUE),
        ] {
            line += &format!(" {name}={}", value(text, bound));
        }
        line += " keys=";
        line += &keys(self.keys);
        line
    }
}

/// As many keys as have room, and the number of the others.
fn keys(keys: &[&str]) -> String {
    let mut line = String::new();
    for (nth, key) in keys.iter().enumerate() {
        let escaped =
            key.chars().map(|c| if is_plain(c) && c != ',' { c.to_string() } else { c.escape_unicode().to_string() });
        let key = up_to(escaped, MAX_KEY);
        if line.len() + key.len() > MAX_KEYS {
            return format!("{line},+{} more", keys.len() - nth);
        }
        line += if nth == 0 { "" } else { "," };
        line += &key;
    }
    line
}

/// One value, in quotes where it could be taken for more than one, or for a line of its own.
fn value(text: &str, bound: usize) -> String {
    if text.len() <= bound && !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("\"{}\"", up_to(text.chars().map(|c| c.escape_debug().to_string()), bound))
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_./:@+,>".contains(character)
}

/// The first of some pieces of text, as many as have room.
fn up_to(pieces: impl Iterator<Item = String>, bound: usize) -> String {
    let mut text = String::new();
    for piece in pieces {
        if text.len() + piece.len() > bound {
            return text + CUT;
        }
        text += &piece;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever the values are, the line is one line, and within its bound.
    #[test]
    fn a_line_is_bounded() {
        let long = "\u{202e}\n".repeat(5000);
        let many = vec![long.as_str(); 5000];
        for (text, keys) in [(long.as_str(), &many[..]), ("a", &[]), ("", &["x"])] {
            let entry = JournalEntry {
                command: text,
                result: text,
                config: text,
                instance: Some(text),
                subsystem: text,
                role_before: text,
                role_after: text,
                keys,
                backup: Some(text),
                user: text,
            };
            let line = entry.line(u32::MAX);
            assert!(line.len() <= 2048, "{}", line.len());
            assert!(line.chars().all(|c| (' '..='~').contains(&c)), "{line}");
        }
    }
}
