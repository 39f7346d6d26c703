//! What is read as a CS.cfg, and how each thing that is none is refused.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use pki_role::cs_cfg::{MAX_LINES, MAX_SIZE};
use pki_role::host::store::{Disk, Excess, FileType, Os, Snapshot, StoreError, Target};

use crate::support::folder::run;
use crate::support::store::OLD;

fn read(path: &Path) -> Result<Snapshot, StoreError> {
    Target::open(&Os, path)?.read()
}

#[track_caller]
fn refused(path: &Path) -> StoreError {
    let error = read(path).unwrap_err();
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    error
}

#[test]
fn a_file_through_links() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    fs::create_dir_all(root.join("etc/ca")).unwrap();
    let file = root.join("etc/ca/CS.cfg");
    fs::write(&file, OLD).unwrap();
    symlink("etc/ca", root.join("conf")).unwrap();
    symlink("conf/CS.cfg", root.join("link.cfg")).unwrap();
    let target = Target::open(&Os, &root.join("link.cfg")).unwrap();
    assert_eq!((target.path(), target.directory()), (&*file, &*root.join("etc/ca")));
    let seen = target.read().unwrap();
    assert_eq!(seen.bytes, OLD);
    assert!(target.is_still(&seen).unwrap() && seen.is_same_file(&read(&file).unwrap()));
    assert_eq!(seen.hard_links(), 1);
    fs::hard_link(&file, root.join("other-name")).unwrap();
    let other = read(&root.join("other-name")).unwrap();
    assert_eq!((other.hard_links(), other.device_and_inode()), (2, seen.device_and_inode()));
    // Another name is no change; other bytes are, and so are other rights, and another file.
    assert!(target.is_still(&seen).unwrap());
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(!target.is_still(&seen).unwrap());
    let seen = target.read().unwrap();
    fs::write(&file, OLD.to_ascii_uppercase()).unwrap();
    assert!(!target.is_still(&seen).unwrap());
    // Even where size and time say nothing, as within one tick of the clock.
    let seen = target.read().unwrap();
    let modified = fs::metadata(&file).unwrap().modified().unwrap();
    fs::write(&file, OLD).unwrap();
    fs::OpenOptions::new().write(true).open(&file).unwrap().set_modified(modified).unwrap();
    assert!(!target.is_still(&seen).unwrap());
    fs::remove_file(&file).unwrap();
    assert!(!target.is_still(&seen).unwrap());
    fs::create_dir(&file).unwrap();
    assert!(!target.is_still(&seen).unwrap());
}

#[test]
fn each_thing_that_is_no_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().canonicalize().unwrap().join(name);
    assert!(matches!(refused(&path("missing")), StoreError::NotFound { .. }));
    assert!(matches!(refused(&path("missing/CS.cfg")), StoreError::NotFound { .. }));
    symlink("nowhere", path("dangling")).unwrap();
    let error = refused(&path("dangling"));
    assert!(matches!(&error, StoreError::DanglingLink { target, .. } if target == Path::new("nowhere")), "{error:?}");
    symlink("circle", path("circle")).unwrap();
    assert!(matches!(refused(&path("circle")), StoreError::Unreadable { .. }));
    fs::create_dir(path("directory")).unwrap();
    assert!(run("mkfifo", &[], &path("pipe")));
    let _socket = UnixListener::bind(path("socket")).unwrap();
    for (path, wanted) in [
        (path("directory"), FileType::Directory),
        (path("pipe"), FileType::Pipe),
        (path("socket"), FileType::Socket),
        (PathBuf::from("/dev/zero"), FileType::Device),
        (PathBuf::from("/"), FileType::Directory),
        (PathBuf::from("/.."), FileType::Directory),
    ] {
        let error = refused(&path);
        assert!(matches!(error, StoreError::NotAFile { kind, .. } if kind == wanted), "{error:?}");
        assert!(error.to_string().ends_with(&format!("is a {wanted}, not a regular file")), "{error}");
    }
    assert!(matches!(read(Path::new("")), Err(StoreError::NotFound { .. })));
    fs::write(path("file"), "").unwrap();
    assert!(matches!(refused(&path("file/CS.cfg")), StoreError::Unreadable { .. }));
}

/// A pipe's writer waits until somebody opens it: nobody does.
#[test]
fn a_pipe_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().canonicalize().unwrap().join("CS.cfg");
    assert!(run("mkfifo", &[], &pipe));
    let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::NONBLOCK;
    let has_reader = || rustix::fs::open(&pipe, flags, rustix::fs::Mode::empty()).is_ok();
    refused(&pipe);
    assert!(!has_reader());
}

#[test]
fn what_is_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("CS.cfg");
    fs::write(&file, b"ca.crl.MasterCRL.enable=true\nca.x=\0\n").unwrap();
    let error = refused(&file);
    assert!(matches!(error, StoreError::ContainsNul { offset: 34, .. }), "{error:?}");
    // A program with lines that look right, and our own through /proc.
    let mut binary = fs::read("/proc/self/exe").unwrap();
    binary.truncate(1 << 20);
    binary.extend(OLD);
    fs::write(&file, binary).unwrap();
    assert!(matches!(refused(&file), StoreError::ContainsNul { .. }));
    assert!(!matches!(read(Path::new("/proc/self/exe")), Ok(_) | Err(StoreError::Io { .. })));
}

#[test]
fn bounds_by_size() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("CS.cfg");
    let sparse = fs::File::create(&file).unwrap();
    sparse.set_len(MAX_SIZE + 1).unwrap();
    let error = refused(&file);
    assert!(matches!(error, StoreError::TooLarge { excess: Excess::Bytes, .. }), "{error:?}");
    sparse.set_len(MAX_SIZE).unwrap();
    assert!(matches!(refused(&file), StoreError::ContainsNul { .. }));
}

/// Its size is 0, and it goes on as far as memory has addresses.
#[test]
fn a_file_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("CS.cfg");
    symlink("/proc/self/pagemap", &file).unwrap();
    let error = read(&file).unwrap_err();
    // The kernel refuses to read a single byte of it, as the last one within the bound is.
    assert!(["too-large", "contains-nul", "unreadable"].contains(&error.code()), "{error:?}");
}

/// It claims to be small, and is written while it is read.
#[test]
fn a_file_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("CS.cfg");
    fs::write(&file, "").unwrap();
    let grow = || fs::write(&file, vec![b'x'; usize::try_from(MAX_SIZE).unwrap() + 4096]).unwrap();
    use crate::support::faulty_disk::{Effects, Fault, FaultyDisk};
    for at in 0.. {
        fs::write(&file, "").unwrap();
        let effects = Effects::new(Fault::Act(&grow), at);
        let disk = FaultyDisk(&effects);
        let read = Target::open(&disk, &file).and_then(|target| target.read());
        if effects.hits().is_empty() {
            return read.map(drop).unwrap();
        }
        assert!(matches!(read, Err(StoreError::TooLarge { excess: Excess::Bytes, .. })), "{:?}", effects.hits());
    }
}

/// Every end of a line that one of the readers knows is counted, CR LF once.
#[test]
fn bounds_by_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().canonicalize().unwrap().join("CS.cfg");
    let ends = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\u{85}", "\u{2028}", "\u{2029}"];
    for end in ends {
        fs::write(&file, end.repeat(MAX_LINES)).unwrap();
        assert_eq!(read(&file).unwrap().bytes.len(), end.len() * MAX_LINES, "{end:?}");
        fs::write(&file, end.repeat(MAX_LINES + 1)).unwrap();
        let error = refused(&file);
        assert!(matches!(error, StoreError::TooLarge { excess: Excess::Lines, .. }), "{end:?}: {error:?}");
    }
    fs::write(&file, ends.concat().repeat(MAX_LINES / ends.len() + 1)).unwrap();
    assert!(matches!(refused(&file), StoreError::TooLarge { excess: Excess::Lines, .. }));
}

/// A file system that knows no flush of a directory keeps nobody from replacing a file there.
#[test]
fn what_cannot_be_flushed() {
    let directory = Os.open_directory(Path::new("/proc/self")).unwrap();
    assert!(rustix::fs::fsync(&directory).is_err());
    Os.sync(&directory).unwrap();
}
