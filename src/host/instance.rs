//! An instance: its folders, its units, what else goes down with it.
use std::path::{Path, PathBuf};

use strum::IntoEnumIterator;

use super::services::Services;
use super::small_file::read_small;
use crate::pki::Subsystem;

/// How long a file of settings may be, in bytes.
const MOST_SETTINGS: usize = 64 * 1024;

/// An instance of this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its name: letters, digits, `.`, `_`, `-`.
    pub name: String,
    /// What the host's paths are below.
    pub(super) root: PathBuf,
}

impl Instance {
    /// The units that may serve it: the usual one, and the one that asks for passwords at start.
    pub fn units(&self) -> [String; 2] {
        ["pki-tomcatd", "pki-tomcatd-nuxwdog"].map(|unit| format!("{unit}@{}.service", self.name))
    }

    /// The one of the two units that serves it: the one that is active, else the one that is enabled,
    /// else the one that the instance's settings name.
    pub fn serving_unit(&self, services: &mut dyn Services) -> String {
        let [usual, asking] = self.units();
        let is_asking = self.is_asking_by_systemd(services).unwrap_or_else(|| self.is_asking_by_settings());
        if is_asking { asking } else { usual }
    }

    /// None where systemd cannot be asked, or where both units are alike. A failed question is not
    /// followed by others: each may take its time.
    fn is_asking_by_systemd(&self, services: &mut dyn Services) -> Option<bool> {
        let [usual, asking] = self.units();
        let is_up =
            |services: &mut dyn Services, unit: &str| services.unit_now(unit).map(|state| !state.active.is_down());
        if is_up(services, &usual).ok()? {
            return Some(false);
        }
        if is_up(services, &asking).ok()? {
            return Some(true);
        }
        match (services.is_enabled(&usual), services.is_enabled(&asking)) {
            (Some(true), _) => Some(false),
            (_, Some(true)) => Some(true),
            _ => None,
        }
    }

    /// Whether `USE_NUXWDOG` is on in the settings that pki-server reads, too.
    fn is_asking_by_settings(&self) -> bool {
        // The latter on Debian.
        let places = ["etc/sysconfig", "etc/default"].map(|place| self.root.join(place).join(&self.name));
        let Some(settings) = places.iter().find_map(|place| read_small(place, MOST_SETTINGS).ok()) else {
            return false;
        };
        let settings = String::from_utf8_lossy(&settings);
        let value = settings.lines().filter_map(|line| line.trim().strip_prefix("USE_NUXWDOG=")).next_back();
        value.is_some_and(|value| value.trim().trim_matches(['"', '\'']).eq_ignore_ascii_case("true"))
    }

    /// The other subsystems of the instance, which its unit serves too.
    pub fn others(&self, subsystem: Subsystem) -> Vec<Subsystem> {
        let has = |other: &Subsystem| match other {
            // It has no CS.cfg.
            Subsystem::Acme => self.folders().iter().any(|folder| folder.join(other.folder()).is_dir()),
            _ => self.configurations(*other).iter().any(|path| path.is_file()),
        };
        Subsystem::iter().filter(|other| *other != subsystem).filter(has).collect()
    }

    /// The instance's `server.xml`; where there is none, the place where it should be.
    pub fn server_xml(&self) -> PathBuf {
        let [etc, conf] = self.folders().map(|folder| folder.join("server.xml"));
        if !etc.exists() && conf.exists() { conf } else { etc }
    }

    /// Where a subsystem writes what it does: a pattern, as a shell takes it.
    pub fn debug_log(&self, subsystem: Subsystem) -> PathBuf {
        self.root.join("var/log/pki").join(&self.name).join(subsystem.folder()).join("debug*")
    }

    /// The folders that hold its configuration, by either of their names.
    fn folders(&self) -> [PathBuf; 2] {
        [self.root.join("etc/pki").join(&self.name), self.root.join("var/lib/pki").join(&self.name).join("conf")]
    }

    /// Where Dogtag 10 and later may keep a subsystem's CS.cfg.
    pub(super) fn configurations(&self, subsystem: Subsystem) -> [PathBuf; 3] {
        let [etc, conf] = self.folders();
        let folder = subsystem.folder();
        let var = self.root.join("var/lib/pki").join(&self.name);
        [etc.join(folder).join("CS.cfg"), conf.join(folder).join("CS.cfg"), var.join(folder).join("conf/CS.cfg")]
    }

    /// Whether a path is one of those at which Dogtag 10 and later read a CS.cfg of this instance.
    pub fn is_configuration(&self, path: &Path) -> bool {
        Subsystem::iter().any(|subsystem| self.configurations(subsystem).iter().any(|place| place == path))
    }

    /// Where Dogtag 9 kept the CS.cfg of an instance, which was one subsystem.
    pub(super) fn old_configurations(&self) -> [PathBuf; 2] {
        let [etc, var] = self.old_folders();
        [etc.join("CS.cfg"), var.join("conf/CS.cfg")]
    }

    fn old_folders(&self) -> [PathBuf; 2] {
        [self.root.join("etc").join(&self.name), self.root.join("var/lib").join(&self.name)]
    }

    /// Whether a path is one of Dogtag 9's, and what it leads to is in the instance's folders.
    pub(super) fn holds_as_dogtag_9(&self, given: &Path, resolved: &Path) -> bool {
        let folders = self.old_folders().into_iter().filter_map(|folder| folder.canonicalize().ok());
        self.old_configurations().iter().any(|place| place == given)
            && folders.into_iter().any(|folder| resolved.starts_with(folder))
    }

    /// The folders that are the instance's own, without links. Where `conf` leads is exchanged by the
    /// server's account at will: see [`Roots::check_containment`](super::roots::Roots::check_containment).
    pub(super) fn own_folders(&self) -> OwnFolders {
        let [etc, conf] = self.folders();
        let var = self.root.join("var/lib/pki").join(&self.name);
        let resolve = |path: PathBuf| path.canonicalize().ok();
        OwnFolders { named: [etc, var].into_iter().filter_map(resolve).collect(), conf: resolve(conf) }
    }
}

/// An instance's folders, without links.
pub(super) struct OwnFolders {
    /// Those that root named: `/etc/pki/<instance>`, `/var/lib/pki/<instance>`.
    named: Vec<PathBuf>,
    /// Where `/var/lib/pki/<instance>/conf` leads.
    conf: Option<PathBuf>,
}

impl OwnFolders {
    /// Whether a path without links is in one of the folders that root named.
    pub(super) fn name(&self, path: &Path) -> bool {
        self.named.iter().any(|folder| path.starts_with(folder))
    }

    /// Whether a path without links is in any of the folders.
    pub(super) fn hold(&self, path: &Path) -> bool {
        self.name(path) || self.conf.as_ref().is_some_and(|conf| path.starts_with(conf))
    }
}

/// Letters, digits, `.`, `_`, `-`, no leading dot: nothing that leads out of a folder.
pub(super) fn is_instance_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}
