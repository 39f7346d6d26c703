//! `check`: judges a topology from its files and from saved status.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::look::{Looking, observe, server_of};
use crate::cli::{CheckArgs, CheckOutput};
use crate::convert::{Failure, Obstacle};
use crate::host::store::{Os, Patience, Stream, Target, is_stream, read_stream};
use crate::pki::{Observation, PlanRequest, Surroundings, check, plan};
use crate::text::{Console, SCHEMA_VERSION, VerdictForm, failed, verdict};

/// Judges: exit code 0 or 1, or 3 where a file is neither a CS.cfg nor a saved status.
pub fn run(args: &CheckArgs, context: &Context<'_>, console: &Console) -> u8 {
    let observations = match read_all(&args.files, context) {
        Ok(observations) => observations,
        Err(failure) => return failed(&failure, &context.invocation("check"), console),
    };
    let judged = check(&observations, context.now, &args.accept.iter().copied().collect());
    let files = args.files.iter().map(|path| path.display().to_string()).collect();
    let plan = plan(&observations, &PlanRequest { files, ..PlanRequest::default() }, context.now);
    let form = if args.output == CheckOutput::Mermaid { VerdictForm::Mermaid } else { VerdictForm::Report };
    verdict(&judged, &plan, &observations, form, context.now, console);
    u8::from(!judged.is_right())
}

/// The servers that several files describe.
///
/// # Errors
/// [`Failure`] where one of them is neither a CS.cfg nor a saved status.
pub fn read_all(paths: &[PathBuf], context: &Context<'_>) -> Result<Vec<Observation>, Failure> {
    let mut observations = Vec::new();
    for path in paths {
        observations.extend(read(path, context).map_err(|failure| failure.about(path))?);
    }
    Ok(observations)
}

/// A saved status, or a CS.cfg; both may come through a pipe.
///
/// # Errors
/// [`Failure`] where it is neither.
fn read(path: &Path, context: &Context<'_>) -> Result<Vec<Observation>, Failure> {
    let stream = match path {
        path if path == Path::new("-") => Some(Stream::StandardInput),
        path if is_stream(&Os, path) => Some(Stream::Pipe(path)),
        _ => None,
    };
    let bytes = match &stream {
        Some(stream) => read_stream(&Os, *stream, Patience::default(), &|| false).map_err(Failure::refused)?,
        None => Target::open(&Os, path).and_then(|target| target.read()).map_err(Failure::refused)?.bytes,
    };
    // A saved status begins with a brace, which a CS.cfg does not.
    if bytes.trim_ascii_start().starts_with(b"{") {
        let path = path.display().to_string();
        return saved(&bytes, &path).map_err(|why| Failure::refused(Obstacle::NoStatus { path, why }));
    }
    if stream.is_some() {
        let server = server_of(&bytes, &Surroundings::default())?;
        return Ok(vec![Observation::of_file(path.display().to_string(), server)]);
    }
    Ok(vec![observe(path, &mut Looking::at_files(context.root))?])
}

/// What `status --output json` prints.
fn saved(bytes: &[u8], path: &str) -> Result<Vec<Observation>, String> {
    #[derive(serde::Deserialize)]
    struct Saved {
        schema_version: Option<u32>,
        #[serde(default)]
        errors: Vec<serde_json::Value>,
        files: Vec<serde_json::Value>,
    }
    let saved: Saved = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    match saved.schema_version {
        Some(SCHEMA_VERSION) => {}
        Some(other) => {
            return Err(format!("it is of version {other}, and this program reads version {SCHEMA_VERSION}"));
        }
        None => return Err("it was made by an older version of this program".to_owned()),
    }
    if let Some(error) = saved.errors.first() {
        return Err(format!("not every file could be looked at: {}", error["message"]));
    }
    let observation = |value| {
        let read: Observation = serde_json::from_value(value).map_err(|error| error.to_string())?;
        Ok(Observation { saved_in: Some(path.to_owned()), ..read })
    };
    saved.files.into_iter().map(observation).collect()
}
