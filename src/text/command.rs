//! Commands that messages print to be typed: of this program, and of others.

use std::fmt;
use std::path::Path;

/// A command, as its arguments. Its text can be typed into a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellCommand(Vec<String>);

impl ShellCommand {
    /// A command of this program.
    pub fn pki_role(name: &str) -> ShellCommand {
        ShellCommand(vec!["pki-role".to_owned(), name.to_owned()])
    }

    /// Any command, by its arguments.
    pub fn of<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> ShellCommand {
        ShellCommand(argv.into_iter().map(Into::into).collect())
    }

    /// With one more argument.
    pub fn arg(mut self, argument: impl Into<String>) -> ShellCommand {
        self.0.push(argument.into());
        self
    }

    /// With an option and its value; a value that looks like an option is joined with a long name.
    pub fn option(self, option: &str, value: impl Into<String>) -> ShellCommand {
        let value = value.into();
        match value.starts_with('-') && value != "-" && option.starts_with("--") {
            true => self.arg(format!("{option}={value}")),
            false => self.arg(option).arg(value),
        }
    }

    /// With an option and a path as its value.
    pub fn path(self, option: &str, path: &Path) -> ShellCommand {
        self.option(option, path.display().to_string())
    }

    /// With a file. One that looks like an option is named by its folder.
    pub fn file(self, path: &Path) -> ShellCommand {
        let path = path.display().to_string();
        self.arg(if path.starts_with('-') { format!("./{path}") } else { path })
    }

    /// With the files of an agent, by names that stand for them.
    pub fn agent_files(self) -> ShellCommand {
        self.option("--agent-cert", "agent.pem").option("--agent-key", "agent.key").option("--cacert", "ca.pem")
    }

    /// With a flag, if it is wanted.
    pub fn flag(self, flag: &str, is_wanted: bool) -> ShellCommand {
        if is_wanted { self.arg(flag) } else { self }
    }

    /// Its arguments.
    pub fn argv(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for ShellCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, argument) in self.0.iter().enumerate() {
            if nth > 0 {
                f.write_str(" ")?;
            }
            f.write_str(&quoted(argument))?;
        }
        Ok(())
    }
}

/// A text as one word of a shell. What a terminal would not show is spelled out, which bash, zsh and
/// ksh read back.
pub fn quoted(text: &str) -> String {
    if super::escape::one_line(text) != text {
        let spelled: String = text.bytes().map(spelled).collect();
        return format!("$'{spelled}'");
    }
    match shlex::try_quote(text) {
        Ok(quoted) => quoted.into_owned(),
        // Only a NUL cannot be quoted, and that is a control, spelled out above.
        Err(_) => String::new(),
    }
}

fn spelled(byte: u8) -> String {
    match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted() {
        assert_eq!(quoted("/etc/pki/a-b/ca/CS.cfg"), "/etc/pki/a-b/ca/CS.cfg");
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("a\nb'"), "$'a\\x0ab\\''");
        let command = ShellCommand::pki_role("status").flag("-v", true).option("-i", "a b");
        assert_eq!(command.to_string(), "pki-role status -v -i 'a b'");
        let odd = Path::new("-x.cfg");
        let command = ShellCommand::pki_role("promote-ca").path("--to", odd).option("--from", "-");
        assert_eq!(command.to_string(), "pki-role promote-ca '--to=-x.cfg' --from -");
        assert_eq!(ShellCommand::pki_role("status").file(odd).to_string(), "pki-role status ./-x.cfg");
    }
}
