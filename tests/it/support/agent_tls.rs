//! TLS as a CA has it: a certificate for its own name, and one of an agent's that it asks for.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::needs;
use super::small_server::SmallServer;

/// TLS in front of a server; what speaks to it must show the agent's certificate.
pub struct AgentTls {
    pub port: u16,
    folder: TempDir,
    program: Child,
}

impl AgentTls {
    /// For a host's name. None where this machine lacks what it takes; that is counted.
    pub fn before(server: &SmallServer, host: &str) -> Option<AgentTls> {
        if !(needs::tool("python3") && needs::tool("openssl") && needs::tool("curl")) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        certificate(folder.path(), "ca", "CA", None);
        certificate(folder.path(), "other-ca", "Other CA", None);
        certificate(folder.path(), "server", host, Some("ca"));
        certificate(folder.path(), "agent", "agent", Some("ca"));
        certificate(folder.path(), "stranger", "stranger", Some("other-ca"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/support/tls-proxy.py");
        let mut program = Command::new("python3")
            .arg(script)
            .args([path("server.key"), path("server.pem")])
            .arg(server.port().to_string())
            .arg(path("ca.pem"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(AgentTls { port: line.trim().parse().unwrap(), folder, program })
    }

    /// One of the files: `agent.pem`, `agent.key`, `stranger.pem`, `stranger.key`, `ca.pem`, `other-ca.pem`.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for AgentTls {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// A certificate `<name>.pem` for a common name, with its key `<name>.key`.
fn certificate(folder: &Path, name: &str, common_name: &str, issuer: Option<&str>) {
    let path = |name: String| folder.join(name);
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
    command.args(["-subj", &format!("/CN={common_name}")]);
    command.arg("-keyout").arg(path(format!("{name}.key"))).arg("-out").arg(path(format!("{name}.pem")));
    if let Some(issuer) = issuer {
        command.arg("-CA").arg(path(format!("{issuer}.pem"))).arg("-CAkey").arg(path(format!("{issuer}.key")));
        command.args(["-addext", &format!("subjectAltName=DNS:{common_name}")]);
        command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let made = command.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}
