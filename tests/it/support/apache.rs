//! A real Apache on a loopback port, in front of a CA: with a rule file of FreeIPA's shape, and the folder
//! that the CA publishes to.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

use super::fake_systemctl::wait_until;
use super::needs;

const MODULES: &str = "/usr/lib/apache2/modules";
const NAMES: [&str; 7] = ["mpm_event", "authz_core", "alias", "rewrite", "proxy", "proxy_http", "mime"];

/// Apache with its folder.
pub struct RealApache {
    pub folder: TempDir,
    pub port: u16,
}

impl RealApache {
    /// Before the CA at a port, with the rule in `rule`; none where this machine has no Apache.
    pub fn before(ca_port: u16, rule: &Path) -> Option<RealApache> {
        let is_there = NAMES.iter().all(|name| Path::new(MODULES).join(format!("mod_{name}.so")).exists());
        if !needs::present(is_there, "apache2 is not installed") || !needs::tool("curl") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        // Its workers are another account.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(folder.path().join("publish")).unwrap();
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let apache = RealApache { folder, port };
        let modules: String =
            NAMES.iter().map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n")).collect();
        let own = apache.folder.path().display();
        let configuration = format!(
            "{modules}ServerRoot {own}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile {own}/pid\n\
             ErrorLog {own}/error.log\nUser www-data\nGroup www-data\nDocumentRoot {own}/publish\n\
             StartServers 1\nThreadsPerChild 4\nServerLimit 2\nMaxRequestWorkers 8\nGracefulShutdownTimeout 1\n\
             Mutex file:{own}\nTypesConfig /dev/null\nRewriteEngine on\nAlias /ipa/crl/ {own}/publish/\n\
             <Directory {own}/publish>\nRequire all granted\n</Directory>\n\
             ProxyPass /ca/ee/ca http://127.0.0.1:{ca_port}/ca/ee/ca\nInclude {}\n",
            rule.display()
        );
        fs::write(apache.configuration(), configuration).unwrap();
        Some(apache)
    }

    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("httpd.conf")
    }

    /// The file that the CA publishes.
    pub fn published(&self) -> PathBuf {
        self.folder.path().join("publish/MasterCRL.bin")
    }

    /// A line of shell: this Apache with an argument.
    pub fn shell(&self, argument: &str) -> String {
        format!("apache2 -f {} {argument}", self.configuration().display())
    }

    pub fn start(&self) {
        assert!(self.ran("-k start"));
        wait_until("Apache to listen", || std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok());
    }

    fn ran(&self, argument: &str) -> bool {
        let mut command = Command::new("sh");
        command.arg("-c").arg(self.shell(argument)).stdin(Stdio::null());
        command.output().unwrap().status.success()
    }

    /// What a relying party gets, redirects followed.
    pub fn crl(&self) -> Vec<u8> {
        let url = format!("http://127.0.0.1:{}/ipa/crl/MasterCRL.bin", self.port);
        let output = Command::new("curl").args(["-q", "-sfL", "--noproxy", "*", &url]).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    }

    /// Where it redirects to, if it does.
    pub fn redirect(&self) -> String {
        let url = format!("http://127.0.0.1:{}/ipa/crl/MasterCRL.bin", self.port);
        let arguments = ["-q", "-s", "--noproxy", "*", "-o", "/dev/null", "-w", "%{redirect_url}", &url];
        String::from_utf8(Command::new("curl").args(arguments).output().unwrap().stdout).unwrap()
    }
}

/// By its number: its configuration may be gone, or broken.
impl Drop for RealApache {
    fn drop(&mut self) {
        let Ok(pid) = fs::read_to_string(self.folder.path().join("pid")) else { return };
        let Some(pid) = pid.trim().parse().ok().and_then(Pid::from_raw) else { return };
        let _ = kill_process(pid, Signal::TERM);
        wait_until("Apache to end", || test_kill_process(pid).is_err());
    }
}
