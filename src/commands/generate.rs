//! What is printed of the program itself: man pages, completions, the JSON Schema, the reference.

use clap::CommandFactory;
use clap::error::ErrorKind;
use clap_complete::Shell;

use super::completion::completion;
use super::context::Context;
use super::man::{main_page, pages};
use super::reference::reference;
use super::usage::usage;
use crate::cli::{Cli, GenerateArgs, Generated};
use crate::convert::Ending;
use crate::host::page::write_page;
use crate::text::Console;

/// Prints one of them, or writes all man pages.
pub fn run(args: &GenerateArgs, context: &Context<'_>, console: &Console) -> u8 {
    match (args.what, &args.out) {
        (Generated::Man, Some(folder)) => {
            for (name, text) in pages() {
                if let Err(error) = write_page(folder, &name, &text) {
                    let path = folder.join(name);
                    console.error(&format!("pki-role: {} cannot be written: {error}\n", path.display()));
                    return Ending::Restored.exit_code();
                }
            }
        }
        (_, Some(_)) => {
            let text = "the argument '--out <DIR>' is for 'man' alone";
            return usage(Cli::command().error(ErrorKind::ArgumentConflict, text), &context.typed);
        }
        (Generated::Man, None) => console.raw(&main_page()),
        (Generated::Bash, None) => console.raw(completion(Shell::Bash).as_bytes()),
        (Generated::Zsh, None) => console.raw(completion(Shell::Zsh).as_bytes()),
        (Generated::Fish, None) => console.raw(completion(Shell::Fish).as_bytes()),
        (Generated::Schema, None) => console.json(&crate::text::schema()),
        (Generated::Reference, None) => console.raw(reference().as_bytes()),
    }
    0
}
