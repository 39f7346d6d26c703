//! From a name or a path to a CS.cfg and its instance.
//!
//! Dogtag 10 and later keep a CS.cfg in `/etc/pki/<instance>/<subsystem>/`, with links to it below
//! `/var/lib/pki/<instance>/`; in containers `/var/lib/pki/<instance>/conf` leads elsewhere. Dogtag 9
//! kept it in `/etc/<instance>/` or `/var/lib/<instance>/conf/`.
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use indexmap::{IndexMap, IndexSet};
use strum::{EnumDiscriminants, EnumIter, IntoEnumIterator, IntoStaticStr};
use thiserror::Error;

use super::instance::{Instance, is_instance_name};
use super::trail::trail;
use crate::pki::Subsystem;

/// Where the host keeps its files; a test, or an image that is not running, has another root.
#[derive(Clone, Debug)]
pub struct Roots {
    root: PathBuf,
}

/// Which file something is, whatever its name: device and inode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// The device.
    pub device: u64,
    /// The inode on it.
    pub inode: u64,
}

/// The CS.cfg files of a host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Each file once, in the order of the instances' names. What is not a regular file is among them,
    /// and the first place of each instance where this account may not look, so that whoever reads them
    /// reports it.
    pub files: Vec<PathBuf>,
    /// The folders of instances that this account may not list.
    pub denied: Vec<PathBuf>,
}

/// Why no CS.cfg was found, or none that may be changed as an instance's.
#[derive(Clone, Debug, Error, PartialEq, Eq, EnumDiscriminants)]
#[strum_discriminants(name(NotFoundErrorCode), derive(EnumIter, IntoStaticStr), strum(serialize_all = "kebab-case"))]
#[strum_discriminants(doc = "The stable names of [`NotFoundError`].", allow(missing_docs))]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum NotFoundError {
    #[error("`{name}` is not the name of an instance")]
    InvalidInstanceName { name: String },
    #[error("there is no instance {instance} here; looked for {}", list(tried))]
    NoInstance { instance: String, tried: Vec<PathBuf> },
    #[error("instance {instance} has no {subsystem} here; looked for {}", list(tried))]
    NoSubsystem { instance: String, subsystem: Subsystem, tried: Vec<PathBuf> },
    #[error("this account may not look at {}", path.display())]
    PermissionDenied { path: PathBuf },
    #[error("{} is not a regular file", path.display())]
    NotAFile { path: PathBuf },
    #[error("{} of instance {instance} leads to {}, outside of the instance", given.display(), resolved.display())]
    LinkLeavesInstance { given: PathBuf, resolved: PathBuf, instance: String },
    #[error("{} belongs to more than one instance: {}", path.display(), instances.join(", "))]
    SharedByInstances { path: PathBuf, instances: Vec<String> },
}

impl NotFoundError {
    /// The error's stable name.
    pub fn code(&self) -> &'static str {
        NotFoundErrorCode::from(self).into()
    }
}

impl FileId {
    /// The file that a path leads to.
    ///
    /// # Errors
    /// The system's, where it cannot be looked at.
    pub fn of(path: &Path) -> std::io::Result<FileId> {
        std::fs::metadata(path).map(|metadata| FileId::from(&metadata))
    }
}

impl From<&std::fs::Metadata> for FileId {
    fn from(metadata: &std::fs::Metadata) -> FileId {
        FileId { device: metadata.dev(), inode: metadata.ino() }
    }
}

impl Roots {
    /// The roots below `root`, usually `/`.
    pub fn below(root: &Path) -> Roots {
        // Without links, since it is compared with paths that were resolved.
        Roots { root: root.canonicalize().unwrap_or_else(|_| root.to_owned()) }
    }

    /// Whether this is the host itself, not a copy or an image of one.
    pub fn is_host(&self) -> bool {
        self.root == Path::new("/")
    }

    /// A path of the host.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The instance of that name, whether or not it is there.
    ///
    /// # Errors
    /// [`NotFoundError::InvalidInstanceName`].
    pub fn instance(&self, name: &str) -> Result<Instance, NotFoundError> {
        match is_instance_name(name) {
            true => Ok(Instance { name: name.to_owned(), root: self.root.clone() }),
            false => Err(NotFoundError::InvalidInstanceName { name: name.to_owned() }),
        }
    }

    /// The CS.cfg of an instance's subsystem.
    ///
    /// # Errors
    /// [`NotFoundError`], with the places that were looked at.
    pub fn find(&self, instance: &str, subsystem: Subsystem) -> Result<PathBuf, NotFoundError> {
        let instance = self.instance(instance)?;
        let tried = [&instance.configurations(subsystem)[..], &instance.old_configurations()].concat();
        let name = instance.name;
        for path in &tried {
            match PathKind::of(path) {
                PathKind::File => return Ok(path.clone()),
                PathKind::Denied => return Err(NotFoundError::PermissionDenied { path: path.clone() }),
                PathKind::Other => return Err(NotFoundError::NotAFile { path: path.clone() }),
                PathKind::Nothing => {}
            }
        }
        Err(match self.has_instance(&name) {
            true => NotFoundError::NoSubsystem { instance: name, subsystem, tried },
            false => NotFoundError::NoInstance { instance: name, tried },
        })
    }

    /// Every CS.cfg of an instance, each file once; what is not a regular file among them.
    ///
    /// # Errors
    /// [`NotFoundError`], where there is none.
    pub fn all_of(&self, instance: &str) -> Result<Vec<PathBuf>, NotFoundError> {
        let mut found = IndexMap::new();
        let mut denied = None;
        for subsystem in Subsystem::iter() {
            match self.find(instance, subsystem) {
                // Dogtag 9 has one file, whatever its subsystem.
                Ok(path) | Err(NotFoundError::NotAFile { path }) => add(&mut found, path),
                Err(NotFoundError::NoInstance { .. } | NotFoundError::NoSubsystem { .. }) => {}
                Err(error) => denied = denied.or(Some(error)),
            }
        }
        match (found.is_empty(), denied) {
            // It is among them, so that whoever reads them reports it.
            (false, Some(NotFoundError::PermissionDenied { path })) => Ok(found.into_values().chain([path]).collect()),
            (false, _) => Ok(found.into_values().collect()),
            (true, Some(error)) => Err(error),
            (true, None) => self.find(instance, Subsystem::Ca).map(|path| vec![path]),
        }
    }

    /// Every CS.cfg of this host.
    pub fn all(&self) -> Inventory {
        let mut denied = IndexSet::new();
        let mut found = IndexMap::new();
        let mut closed = Vec::new();
        for instance in self.instances(&mut denied) {
            let mut first_closed = None;
            for subsystem in Subsystem::iter() {
                for path in instance.configurations(subsystem) {
                    match PathKind::of(&path) {
                        PathKind::File | PathKind::Other => add(&mut found, path),
                        PathKind::Denied => first_closed = first_closed.or(Some(path)),
                        PathKind::Nothing => {}
                    }
                }
            }
            closed.extend(first_closed);
        }
        let files = found.into_values().chain(closed).collect();
        Inventory { files, denied: denied.into_iter().collect() }
    }

    /// The names below `/etc/pki` and `/var/lib/pki` that can be instances', in order.
    fn instances(&self, denied: &mut IndexSet<PathBuf>) -> Vec<Instance> {
        let mut names = IndexSet::new();
        for top in ["etc/pki", "var/lib/pki"].map(|top| self.path(top)) {
            match std::fs::read_dir(&top) {
                Ok(entries) => names.extend(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok())),
                Err(error) if error.kind() == ErrorKind::PermissionDenied => drop(denied.insert(top)),
                Err(_) => {}
            }
        }
        names.sort();
        names.iter().filter_map(|name| self.instance(name).ok()).collect()
    }

    fn has_instance(&self, name: &str) -> bool {
        ["etc/pki", "var/lib/pki"].iter().any(|top| self.path(top).join(name).is_dir())
    }

    /// The path without links, as far as it can be resolved.
    pub fn resolve(&self, path: &Path) -> PathBuf {
        path.canonicalize().unwrap_or_else(|_| path.to_owned())
    }

    /// The backups of this program beside a file, oldest first. A name with a control character is
    /// none of them.
    ///
    /// # Errors
    /// The system's, where the folder cannot be read.
    pub fn backups_of(&self, path: &Path) -> std::io::Result<Vec<String>> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(Vec::new()) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let prefix = format!("{}.pki-role.", name.to_string_lossy());
        let entries = std::fs::read_dir(folder)?.flatten();
        let is_backup = |name: &String| {
            let stamp = name.strip_prefix(&prefix).unwrap_or_default();
            stamp.starts_with(|first: char| first.is_ascii_digit())
                && stamp.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
                && !stamp.contains(".tmp")
        };
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut backups: Vec<String> = names.filter(is_backup).collect();
        backups.sort();
        Ok(backups)
    }

    /// The instance whose server reads this very file, by whatever links it was named; or the one that
    /// a path without links is of, since the file may be exchanged just now.
    ///
    /// # Errors
    /// [`NotFoundError::SharedByInstances`] where several instances have it and the path does not say
    /// which one is meant.
    pub fn live_instance_of(&self, path: &Path, file: FileId) -> Result<Option<Instance>, NotFoundError> {
        let all = self.instances(&mut IndexSet::new());
        let reads = |instance: &&Instance| {
            let mut places = Subsystem::iter().flat_map(|subsystem| instance.configurations(subsystem));
            places.any(|place| place == path || FileId::of(&place).is_ok_and(|id| id == file))
        };
        let readers: Vec<&Instance> = all.iter().filter(reads).collect();
        if readers.is_empty() {
            return Ok(None);
        }
        // The first instance that the path leads through is the one that was named; whether the
        // file is its own is another question.
        let tops = self.tops();
        let named = trail(path).iter().find_map(|place| self.instance_at(place, &tops));
        match (named, readers.as_slice()) {
            (Some(instance), _) => Ok(Some(instance)),
            (None, [instance]) => Ok(Some((*instance).clone())),
            (None, several) => {
                let instances = several.iter().map(|instance| instance.name.clone()).collect();
                Err(NotFoundError::SharedByInstances { path: path.to_owned(), instances })
            }
        }
    }

    /// `/etc/pki` and `/var/lib/pki`, each as it is written and without links.
    fn tops(&self) -> Vec<PathBuf> {
        let tops = ["etc/pki", "var/lib/pki"].map(|top| self.path(top));
        tops.into_iter().flat_map(|top| [self.resolve(&top), top]).collect()
    }

    /// The instance in whose folder below one of the tops a place is.
    fn instance_at(&self, place: &Path, tops: &[PathBuf]) -> Option<Instance> {
        tops.iter().find_map(|top| {
            let mut inside = place.strip_prefix(top).ok()?.components();
            self.instance(inside.next()?.as_os_str().to_str()?).ok()
        })
    }

    /// Looks whether the file that an instance's name or path has led to is the instance's own: in
    /// `/etc/pki/<instance>`, in `/var/lib/pki/<instance>`, or where the latter's `conf` leads,
    /// unless that is another instance's. A file that was given by its own path, without links, was
    /// meant.
    ///
    /// # Errors
    /// [`NotFoundError::LinkLeavesInstance`].
    pub fn check_containment(&self, given: &Path, resolved: &Path, instance: &Instance) -> Result<(), NotFoundError> {
        if std::path::absolute(given).is_ok_and(|given| given == resolved) {
            return Ok(());
        }
        let own = instance.own_folders();
        let is_below_root = resolved.starts_with(&self.root);
        let is_of_another = || {
            let all = self.instances(&mut IndexSet::new());
            all.iter().any(|other| other != instance && other.own_folders().hold(resolved))
        };
        let is_own = own.name(resolved) || own.hold(resolved) && !is_of_another();
        if is_below_root && (is_own || instance.holds_as_dogtag_9(given, resolved)) {
            return Ok(());
        }
        Err(NotFoundError::LinkLeavesInstance {
            given: given.to_owned(),
            resolved: resolved.to_owned(),
            instance: instance.name.clone(),
        })
    }
}

/// Adds a file that is not there yet by another name.
fn add(found: &mut IndexMap<FileId, PathBuf>, path: PathBuf) {
    let id = FileId::of(&path).or_else(|_| std::fs::symlink_metadata(&path).map(|metadata| FileId::from(&metadata)));
    if let Ok(id) = id {
        found.entry(id).or_insert(path);
    }
}

/// What is at a path.
enum PathKind {
    File,
    Nothing,
    Denied,
    /// A folder, a pipe, a link that leads nowhere.
    Other,
}

impl PathKind {
    fn of(path: &Path) -> PathKind {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => PathKind::File,
            Ok(_) => PathKind::Other,
            Err(error) if error.kind() == ErrorKind::PermissionDenied => PathKind::Denied,
            Err(_) if std::fs::symlink_metadata(path).is_ok() => PathKind::Other,
            Err(_) => PathKind::Nothing,
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
