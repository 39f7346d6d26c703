//! What is written about the program, and what it writes about itself.

mod advice;
mod codes;
mod completions;
mod contributing;
mod mentions;
mod readme;
mod reference;
mod security;
mod vocabulary;
