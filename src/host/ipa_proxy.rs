//! The web server of a FreeIPA host: where its rule for the CRL is, whether its configuration is in
//! order, and its reload.
#![allow(clippy::disallowed_methods, reason = "this module looks for files and names the commands that are run")]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use strum::{EnumDiscriminants, EnumIter, IntoStaticStr};
use thiserror::Error;

use super::child::{Keep, Run, RunError, last_lines};
use super::deadline::Deadline;
use super::roots::Roots;
use super::services::{Active, ServiceError, after_colon};
use super::small_file::read_small;
use super::store::{Os, Replacement, StoreError, Target};
use super::systemctl::Systemctl;
use crate::pki::{IpaProxy, IpaRule, Timestamp, VerifiedRule};

/// Where FreeIPA puts the rule, and the unit of the web server that reads it there: on Fedora and Red
/// Hat, on Debian and Ubuntu, on SUSE.
const PLACES: [(&str, &str); 3] = [
    ("etc/httpd/conf.d/ipa-pki-proxy.conf", "httpd.service"),
    ("etc/apache2/conf-enabled/ipa-pki-proxy.conf", "apache2.service"),
    ("etc/apache2/conf.d/ipa-pki-proxy.conf", "apache2.service"),
];
/// The instance of FreeIPA's CA.
pub const INSTANCE: &str = "pki-tomcat";
/// The CRL that its CA publishes, and that the web server serves where the rule is not in force.
const PUBLISHED: &str = "var/lib/ipa/pki-ca/publish/MasterCRL.bin";
/// FreeIPA's own settings, which name this host.
const SETTINGS: &str = "etc/ipa/default.conf";
/// How long they may be, in bytes.
const MOST_SETTINGS: usize = 64 * 1024;
/// How long a test of the configuration may take.
const TEST: Duration = Duration::from_secs(60);
/// How much of what it prints is kept, in bytes.
const OUTPUT: usize = 16 * 1024;

impl Replacement for VerifiedRule {
    fn bytes(&self) -> &[u8] {
        self.bytes()
    }
}

/// The web server's file with the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyFile {
    /// Where it is.
    pub path: PathBuf,
    /// The unit of the web server.
    pub unit: &'static str,
}

impl ProxyFile {
    /// The one of this host; none where it is no FreeIPA host.
    pub fn find(roots: &Roots) -> Option<ProxyFile> {
        let places = PLACES.map(|(path, unit)| ProxyFile { path: roots.path(path), unit });
        places.into_iter().find(|place| place.path.symlink_metadata().is_ok())
    }

    /// What it says.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub fn read(&self) -> Result<IpaProxy, StoreError> {
        let rule = IpaRule::of(&Target::open(&Os, &self.path)?.read()?.bytes);
        Ok(IpaProxy { file: self.path.display().to_string(), rule: rule.state, host: rule.host })
    }
}

/// This host's name, as FreeIPA knows it.
pub fn host_name(roots: &Roots) -> Option<String> {
    let settings = read_small(&roots.path(SETTINGS), MOST_SETTINGS).ok()?;
    let settings = String::from_utf8_lossy(&settings).into_owned();
    let mut pairs = settings.lines().filter_map(|line| line.split_once('='));
    pairs.find(|(key, _)| key.trim() == "host").map(|(_, value)| value.trim().to_owned())
}

/// The CRL that this host's CA has published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedCrl {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// When it was written; nothing where there is none.
    pub written: Option<Timestamp>,
}

impl PublishedCrl {
    /// Looks at it.
    pub fn look(roots: &Roots) -> PublishedCrl {
        let path = roots.path(PUBLISHED);
        let modified = path.metadata().and_then(|about| about.modified()).ok();
        let seconds =
            modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_secs());
        let written = seconds.and_then(|seconds| Timestamp::from_unix(i64::try_from(seconds).ok()?));
        PublishedCrl { path, written }
    }
}

/// The effects on the web server; a test scripts them.
pub trait WebServer {
    /// The name of its unit.
    fn unit(&self) -> &str;

    /// Has it test its configuration; why that was not possible, if it was not.
    ///
    /// # Errors
    /// [`IpaProxyError::WebServerConfigBroken`].
    fn test(&self) -> Result<Option<String>, IpaProxyError>;

    /// What its unit does; nothing where no service may be touched.
    ///
    /// # Errors
    /// [`ServiceError`] where systemd cannot be asked.
    fn state(&self) -> Result<Option<Active>, ServiceError>;

    /// Has it read its configuration again, whatever signals arrive.
    fn reload(&self) -> Result<(), ServiceError>;

    /// Starts it, whatever signals arrive.
    fn start(&self) -> Result<(), ServiceError>;
}

/// What can go wrong with the rule.
#[derive(Debug, Error, EnumDiscriminants)]
#[strum_discriminants(name(IpaProxyErrorCode), derive(EnumIter, IntoStaticStr), strum(serialize_all = "kebab-case"))]
#[strum_discriminants(doc = "The stable names of [`IpaProxyError`].", allow(missing_docs))]
#[allow(missing_docs, reason = "each variant's message says what its fields are")]
pub enum IpaProxyError {
    #[error("the file of the web server's rule")]
    IpaProxyFile { source: StoreError },
    #[error("the web server's configuration is broken: {command}{}", after_colon(output))]
    WebServerConfigBroken { command: String, output: String },
    #[error("the web server cannot be asked to read its configuration again")]
    WebServerNotReloaded { unit: String, source: ServiceError },
    #[error("{} is {state} after its reload", unit)]
    WebServerDown { unit: String, state: Active },
    #[error("the rule in {} cannot be appended, since this host's name is not known", path.display())]
    HostNameUnknown { path: PathBuf },
    #[error("the new text of {} would not be what it has to be", path.display())]
    RuleNotVerified { path: PathBuf },
}

impl From<StoreError> for IpaProxyError {
    fn from(source: StoreError) -> IpaProxyError {
        IpaProxyError::IpaProxyFile { source }
    }
}

impl IpaProxyError {
    /// The error's stable name.
    pub fn code(&self) -> &'static str {
        IpaProxyErrorCode::from(self).into()
    }
}

/// Apache.
pub struct Apache<'s> {
    /// Its unit.
    pub unit: String,
    /// The systemctl that reaches its unit; nothing where no service may be touched.
    pub systemctl: Option<Systemctl<'s>>,
    /// The programs that can test its configuration, the first one that is there; none below another
    /// root, where they would test this host's own.
    pub tests: Vec<(OsString, &'static str)>,
}

impl<'s> Apache<'s> {
    /// The usual commands, where this is the host itself.
    pub fn new(file: &ProxyFile, roots: &Roots, systemctl: Option<Systemctl<'s>>) -> Apache<'s> {
        let usual = [("apachectl", "configtest"), ("apache2ctl", "configtest"), ("httpd", "-t")];
        let tests = usual.map(|(program, argument)| (program.into(), argument));
        let tests = if roots.is_host() { tests.to_vec() } else { Vec::new() };
        Apache { unit: file.unit.to_owned(), systemctl, tests }
    }
}

impl WebServer for Apache<'_> {
    fn unit(&self) -> &str {
        &self.unit
    }

    fn test(&self) -> Result<Option<String>, IpaProxyError> {
        if self.tests.is_empty() {
            return Ok(Some("below another --root it is not run".to_owned()));
        }
        for (program, argument) in &self.tests {
            let mut command = Command::new(program);
            command.arg(argument).env("LC_ALL", "C");
            let run = Run {
                deadline: Deadline::after(TEST),
                signal: &|| None,
                watch: &|_| {},
                keep: Keep::Last(OUTPUT),
                terminal: None,
            };
            let typed = format!("{} {argument}", program.display());
            let broken = |output| Err(IpaProxyError::WebServerConfigBroken { command: typed.clone(), output });
            match run.run(command) {
                Ok(ran) if ran.status.success() => return Ok(None),
                Ok(ran) if ran.stderr.is_empty() => return broken(last_lines(&ran.stdout)),
                Ok(ran) => return broken(ran.stderr),
                Err(RunError::CannotRun(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Ok(Some(format!("{typed}: {error}"))),
            }
        }
        let programs: Vec<String> = self.tests.iter().map(|(program, _)| program.display().to_string()).collect();
        Ok(Some(format!("none of these is here: {}", programs.join(", "))))
    }

    fn state(&self) -> Result<Option<Active>, ServiceError> {
        self.systemctl.as_ref().map(|systemctl| systemctl.state_of(&self.unit)).transpose()
    }

    fn reload(&self) -> Result<(), ServiceError> {
        self.systemctl.as_ref().map_or(Ok(()), |systemctl| systemctl.reload(&self.unit))
    }

    fn start(&self) -> Result<(), ServiceError> {
        self.systemctl.as_ref().map_or(Ok(()), |systemctl| systemctl.start_again(&self.unit))
    }
}
