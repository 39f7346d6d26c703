//! The command that was typed, so that remedies can be spelled for it.

use std::path::PathBuf;

use super::command::ShellCommand;
use crate::pki::Subsystem;

/// A command that was typed, and what became known of its target.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// The command's name.
    pub command: &'static str,
    /// The arguments behind the program's name, as they were typed.
    pub typed: Vec<String>,
    /// The file, as it was named or found.
    pub config: PathBuf,
    /// The instance that was named.
    pub named_instance: Option<String>,
    /// The instance that the file belongs to.
    pub instance: Option<String>,
    /// The file's subsystem.
    pub subsystem: Option<Subsystem>,
    /// The root, where it is another than `/`.
    pub root: Option<PathBuf>,
    /// The systemctl that was named.
    pub systemctl: Option<PathBuf>,
    /// The unit that was named.
    pub named_unit: Option<String>,
    /// The unit that serves the file.
    pub unit: Option<String>,
    /// Where the subsystem writes what it does: a pattern, as a shell takes it.
    pub debug_log: Option<String>,
    /// Host and agent port of this server.
    pub address: Option<(String, u16)>,
}

impl Invocation {
    /// The same command again.
    pub fn again(&self) -> ShellCommand {
        ShellCommand::of(std::iter::once("pki-role".to_owned()).chain(self.typed.iter().cloned()))
    }

    /// The same command again with one more option, without those that cannot be used beside it.
    pub fn again_with(&self, option: &str) -> ShellCommand {
        let is_in_the_way = |word: &str| match option {
            "--no-service" => word == "--service" || word.starts_with("--service=") || word == "--issue-crl",
            "--no-start" => word == "--issue-crl",
            _ => false,
        };
        let mut kept = Vec::new();
        let mut typed = self.typed.iter();
        while let Some(word) = typed.next() {
            match is_in_the_way(word) {
                true if word == "--service" => drop(typed.next()),
                true => {}
                false => kept.push(word.clone()),
            }
        }
        Invocation { typed: kept, ..self.clone() }.again().arg(option)
    }

    /// Another command of this program on the same file, here.
    pub fn on_target(&self, name: &str) -> ShellCommand {
        let command = match &self.named_instance {
            Some(instance) => ShellCommand::pki_role(name).option("-i", instance.clone()),
            None => ShellCommand::pki_role(name).path("--to", &self.config),
        };
        let command = match &self.named_unit {
            Some(unit) => command.option("--service", unit.clone()),
            None => command,
        };
        self.with_surroundings(command)
    }

    /// A command of this program that only looks at the same file, or asks its server, here. Most of
    /// them know nothing of units.
    pub fn looking(&self, name: &str) -> ShellCommand {
        let command = ShellCommand::pki_role(name);
        self.with_surroundings(match (&self.named_instance, name) {
            (Some(instance), _) => command.option("-i", instance.clone()),
            (None, "status") => command.file(&self.config),
            (None, _) => command.path("--to", &self.config),
        })
    }

    /// A restore of the same file; of an instance that was named, with the subsystem.
    pub fn restore(&self) -> ShellCommand {
        let command = self.on_target("restore");
        match (&self.named_instance, self.subsystem) {
            (Some(_), Some(subsystem)) => command.option("--subsystem", subsystem.folder()),
            _ => command,
        }
    }

    /// A command of this program about everything on this host.
    pub fn on_this_host(&self, name: &str) -> ShellCommand {
        self.with_surroundings(ShellCommand::pki_role(name))
    }

    /// The command that shows the end of the subsystem's debug log, where that is known. The pattern is
    /// for the shell; its folders are names that need no quotes.
    pub fn tail_debug_log(&self) -> Option<String> {
        self.debug_log.as_ref().map(|pattern| format!("tail -n 50 {pattern}"))
    }

    fn with_surroundings(&self, command: ShellCommand) -> ShellCommand {
        let command = self.root.iter().fold(command, |command, root| command.path("--root", root));
        self.systemctl.iter().fold(command, |command, systemctl| command.path("--systemctl", systemctl))
    }
}
