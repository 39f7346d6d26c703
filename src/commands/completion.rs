//! Completions of shells, made of the command line's own description. The names of instances, which only
//! the shell can know, are added.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

/// The script of a shell.
pub fn completion(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pki-role", &mut script);
    let script = String::from_utf8_lossy(&script);
    match shell {
        Shell::Bash => bash(&script),
        Shell::Zsh => zsh(&script),
        _ => fish(&script),
    }
}

fn bash(script: &str) -> String {
    // The generator spells the hyphen of the program's name in two ways, so that bash would complete
    // nothing behind a command.
    let mut script = script.replace("pki__subcmd__role", "pki__role");
    let files = "COMPREPLY=($(compgen -f \"${cur}\"))";
    for option in ["--instance", "-i"] {
        let before = format!("{option})\n                    ");
        script = script.replace(&format!("{before}{files}"), &format!("{before}_pki_role_instances \"${{cur}}\""));
    }
    include_str!("completion/instances.bash").to_owned() + &script
}

fn zsh(script: &str) -> String {
    // It leaves the colon in a value's name, where zsh would begin an action.
    let script = script.replace(":HOST:PORT:", ":HOST\\:PORT:");
    let names = ["'-i+[", "'*-i+[", "'--instance=[", "'*--instance=["];
    let with_names = |line: &str| match names.iter().any(|name| line.contains(name)) {
        true => line.replace(":NAME:_default", ":NAME:_pki_role_instances"),
        false => line.to_owned(),
    };
    let script: Vec<_> = script.split('\n').map(with_names).collect();
    // Behind the line `#compdef`, which must stay the first.
    script.join("\n").replacen(
        "_pki-role() {",
        &format!("{}_pki-role() {{", include_str!("completion/instances.zsh")),
        1,
    )
}

fn fish(script: &str) -> String {
    let with_names = |line: &str| match line.contains(" -s i -l instance ") {
        true => format!("{line} -f -a '(__fish_pki_role_instances)'"),
        false => line.to_owned(),
    };
    let script: Vec<_> = script.split('\n').map(with_names).collect();
    include_str!("completion/instances.fish").to_owned() + &script.join("\n")
}
