//! Pipes in place of a file: read to their end, bounded in time and size.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pki_role::cs_cfg::MAX_SIZE;
use pki_role::host::store::{Excess, Os, Patience, StoreError, Stream, is_stream, read_stream};
use rustix::fs::{Mode, OFlags};
use tempfile::TempDir;

use crate::support::child;
use crate::support::folder::run;
use crate::support::store::OLD;

const SHORT: Duration = Duration::from_millis(150);

fn fifo() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    assert!(run("mkfifo", &[], &path));
    (folder, path)
}

fn read(path: &Path, patience: Patience) -> Result<Vec<u8>, StoreError> {
    read_stream(&Os, Stream::Pipe(path), patience, &|| false)
}

/// Reads while somebody else writes, who does not mind if nobody reads any more.
fn read_while(path: &Path, write: impl FnOnce(&mut fs::File) + Send) -> Result<Vec<u8>, StoreError> {
    std::thread::scope(|scope| {
        scope.spawn(|| write(&mut writer_of(path)));
        read(path, Patience::default())
    })
}

/// Opens a pipe for writing once it has a reader. To wait in `open` would be to wait for ever where the
/// reader has given up.
fn writer_of(pipe: &Path) -> fs::File {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match rustix::fs::open(pipe, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()) {
            Ok(writer) => {
                rustix::fs::fcntl_setfl(&writer, OFlags::WRONLY).unwrap();
                return writer.into();
            }
            Err(_) => assert!(Instant::now() < deadline, "nobody reads {}", pipe.display()),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn what_is_a_stream() {
    let (folder, pipe) = fifo();
    let file = folder.path().join("file");
    fs::write(&file, OLD).unwrap();
    let (reader, _writer) = std::io::pipe().unwrap();
    assert!(is_stream(&Os, &pipe));
    // As a process substitution of the shell names it.
    assert!(is_stream(&Os, Path::new(&format!("/dev/fd/{}", reader.as_raw_fd()))));
    for path in [&*file, folder.path(), Path::new("/dev/zero"), Path::new("/no/such/file"), Path::new("-")] {
        assert!(!is_stream(&Os, path), "{}", path.display());
    }
    let error = read(&file, Patience::default()).unwrap_err();
    assert_eq!(error.code(), "not-a-file");
    assert_eq!(read(Path::new("/no/such/file"), Patience::default()).unwrap_err().code(), "not-found");
}

#[test]
fn a_pipe_is_read_to_its_end() {
    let (_folder, pipe) = fifo();
    let bytes = read_while(&pipe, |writer| {
        for byte in OLD {
            writer.write_all(&[*byte]).unwrap();
        }
    });
    assert_eq!(bytes.unwrap(), OLD);
    // More than a pipe holds.
    let many = OLD.repeat(10_000);
    assert_eq!(read_while(&pipe, |writer| writer.write_all(&many).unwrap()).unwrap(), many);
    assert_eq!(read_while(&pipe, |_| ()).unwrap(), b"");
}

#[test]
fn a_process_substitution() {
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(OLD).unwrap();
    drop(writer);
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    assert_eq!(read(Path::new(&path), Patience::default()).unwrap(), OLD);
}

/// Nobody writes; somebody has written and stays; somebody writes for ever.
#[test]
fn it_is_not_waited_for_without_end() {
    let (_folder, pipe) = fifo();
    let patience = Patience { silence: SHORT, ..Patience::default() };
    let error = read(&pipe, patience).unwrap_err();
    assert!(matches!(error, StoreError::NoData { .. }), "{error:?}");
    let mut writer = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
    writer.write_all(OLD).unwrap();
    let error = read(&pipe, patience).unwrap_err();
    assert!(matches!(error, StoreError::NoData { .. }), "{error:?}");
    let patience = Patience { total: SHORT, ..Patience::default() };
    let writes = std::sync::atomic::AtomicBool::new(true);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while writes.load(Ordering::Relaxed) {
                writer.write_all(b"x").unwrap();
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        let error = read(&pipe, patience).unwrap_err();
        writes.store(false, Ordering::Relaxed);
        assert!(matches!(error, StoreError::NoData { .. }), "{error:?}");
    });
}

#[test]
fn bounds_and_content() {
    let (_folder, pipe) = fifo();
    let size = usize::try_from(MAX_SIZE).unwrap();
    let error = read_while(&pipe, |writer| drop(writer.write_all(&vec![b'x'; size + 1]))).unwrap_err();
    assert!(matches!(error, StoreError::TooLarge { excess: Excess::Bytes, .. }), "{error:?}");
    let error = read_while(&pipe, |writer| writer.write_all(b"a=\0\n").unwrap()).unwrap_err();
    assert!(matches!(error, StoreError::ContainsNul { offset: 2, .. }), "{error:?}");
}

#[test]
fn a_signal_ends_the_wait() {
    let (_folder, pipe) = fifo();
    let asked = AtomicUsize::new(0);
    let is_interrupted = || asked.fetch_add(1, Ordering::Relaxed) == 3;
    let error = read_stream(&Os, Stream::Pipe(&pipe), Patience::default(), &is_interrupted).unwrap_err();
    assert!(matches!(error, StoreError::Interrupted { .. }), "{error:?}");
}

/// A pipe, a file, nothing at all.
#[test]
fn standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let (result, file) = (folder.path().join("result"), folder.path().join("file"));
    fs::write(&file, OLD).unwrap();
    let ask = |input: Stdio, wanted: &str| {
        let status = child::command(FROM_STANDARD_INPUT, &result).stdin(input).stdout(Stdio::null()).status();
        assert!(status.unwrap().success());
        assert_eq!(fs::read_to_string(&result).unwrap(), wanted);
    };
    let old = String::from_utf8(OLD.to_vec()).unwrap();
    ask(fs::File::open(&file).unwrap().into(), &old);
    ask(Stdio::null(), "");
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(OLD).unwrap();
    drop(writer);
    ask(reader.into(), &old);
    ask(fs::File::open(folder.path()).unwrap().into(), "cannot read standard input");
    let (reader, _writer) = std::io::pipe().unwrap();
    ask(reader.into(), "standard input sent nothing for 1 s, or did not end in time");
}

const FROM_STANDARD_INPUT: &str = "protocol::store_stream::from_standard_input";

#[test]
#[ignore = "a child process of standard_input"]
fn from_standard_input() {
    let patience = Patience { silence: Duration::from_secs(1), ..Patience::default() };
    let read = read_stream(&Os, Stream::StandardInput, patience, &|| false);
    fs::write(child::argument(), read.unwrap_or_else(|error| error.to_string().into_bytes())).unwrap();
}
