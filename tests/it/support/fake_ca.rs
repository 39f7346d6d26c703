//! A host whose CA answers: files below a root, a `systemctl`, and a small server that runs while the
//! unit does, knows CRLs, and takes an agent's requests by TLS.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::agent_tls::AgentTls;
use super::crl::CrlSpec;
use super::dogtag::{DOMAIN, STATUS, error, variable};
use super::fake_systemctl::{FakeSystemctl, UNIT};
use super::small_server::{Reply, SmallServer};
use super::test::{Ran, Test, small};

/// The name that the fixtures' master has, and its clone.
pub const MASTER: &str = "primary.example.com";
pub const CLONE: &str = "secondary.example.com";

/// What the CA does when an agent has it update a CRL.
#[derive(Clone, Debug)]
pub enum Update {
    /// It generates one, which has the next number.
    Generate,
    /// It says that it generates one, and does it at the request after the next one.
    Later(&'static str),
    /// It says this in the header of the XML, and does nothing.
    Header(&'static str),
    /// It shows a page.
    Page(String),
    /// An HTTP status.
    Status(u16),
    /// It generates one, and cannot publish it.
    Unpublished,
    /// It says that it has generated one, and shows no CRL from then on.
    Hidden,
    /// Nothing: the connection is kept open.
    Silence,
}

/// What the CA knows.
pub struct CaState {
    /// The last CRL of each issuing point.
    pub crls: BTreeMap<String, CrlSpec>,
    /// What comes of each request, one after the other; then each generates.
    pub updates: VecDeque<Update>,
    /// With which HTTP status the question whether it runs is answered, if it is not 200.
    pub status: Option<u16>,
    /// What the caches are, whatever the file says.
    pub caches: Option<bool>,
    /// While this file is there, if one is named.
    pub caches_while: Option<PathBuf>,
    pub domain: Option<String>,
    /// Whether no CRL is shown to anybody.
    pub hides_crls: bool,
    /// Where a CRL is published that is generated, if anywhere.
    pub publishes_to: Option<PathBuf>,
    /// Requests for a CRL until one that was promised is there.
    promised: Option<(String, u32)>,
}

/// The host.
pub struct FakeCa {
    pub test: Test,
    pub systemctl: FakeSystemctl,
    pub server: SmallServer,
    pub tls: Option<AgentTls>,
    pub state: Arc<Mutex<CaState>>,
}

impl FakeCa {
    /// A CA of the fixture's shape that runs, with a CRL that was issued an hour ago and is valid for
    /// three more.
    pub fn new(fixture: &str) -> FakeCa {
        FakeCa::with(&small(fixture), None)
    }

    /// The same, with a TLS port for agents; none where this machine lacks what it takes.
    pub fn with_agents(fixture: &str, host: &str) -> Option<FakeCa> {
        let ca = FakeCa::with(&small(fixture), Some(host));
        ca.tls.is_some().then_some(ca)
    }

    fn with(text: &str, host: Option<&str>) -> FakeCa {
        let crl = |point: &str| (point.to_owned(), CrlSpec::around(now(), 3600, 3 * 3600, 7));
        let crls = ["DeltaUsers", "MasterCRL"].map(crl).into();
        let state = CaState {
            crls,
            updates: VecDeque::new(),
            status: None,
            caches: None,
            caches_while: None,
            domain: None,
            hides_crls: false,
            publishes_to: None,
            promised: None,
        };
        let state = Arc::new(Mutex::new(state));
        let test = Test::new().file("etc/pki/pki-tomcat/ca/CS.cfg", text).file("run/empty", "");
        let systemctl = FakeSystemctl::new();
        systemctl.set(UNIT, "active");
        systemctl.enable(UNIT);
        let (shared, unit) = (Arc::clone(&state), systemctl.file(&format!("state-{UNIT}")));
        let file = test.path("etc/pki/pki-tomcat/ca/CS.cfg");
        let server = SmallServer::routed(move |target| {
            let runs = std::fs::read_to_string(&unit).is_ok_and(|state| state.trim() == "active");
            if runs { answer(&mut shared.lock().unwrap(), &file, target) } else { Reply::Close }
        });
        let tls = host.and_then(|host| AgentTls::before(&server, host));
        let secure =
            tls.as_ref().map(|tls| format!("<Connector port=\"{}\" scheme=\"https\" SSLEnabled=\"true\"/>", tls.port));
        let xml = format!(
            "<Server><Service name=\"Catalina\"><Connector port=\"{}\"/>{}</Service></Server>",
            server.port(),
            secure.unwrap_or_default()
        );
        let test = test.file("etc/pki/pki-tomcat/server.xml", xml);
        FakeCa { test, systemctl, server, tls, state }
    }

    pub fn state(&self) -> std::sync::MutexGuard<'_, CaState> {
        self.state.lock().unwrap()
    }

    /// CRLs that were issued some seconds ago, and are valid for some more.
    pub fn set_crls(&self, since: i64, left: i64, number: u8) {
        self.state().crls.values_mut().for_each(|crl| *crl = CrlSpec::around(now(), since, left, number));
    }

    pub fn on_update(&self, updates: &[Update]) {
        self.state().updates = updates.iter().cloned().collect();
    }

    /// Arguments with the host's root and systemctl.
    pub fn args(&self, args: &str) -> String {
        format!("{args} --root . --systemctl {}", self.systemctl.program().display())
    }

    pub fn run(&self, args: &str) -> Ran {
        self.test.ran(&self.args(args))
    }

    #[track_caller]
    pub fn json(&self, args: &str, code: i32) -> serde_json::Value {
        self.test.json(&self.args(args), code)
    }

    /// The options that name an agent's files.
    pub fn agent(&self, name: &str) -> String {
        let tls = self.tls.as_ref().unwrap();
        let file = |name: &str| tls.file(name).display().to_string();
        let (pem, key) = (file(&format!("{name}.pem")), file(&format!("{name}.key")));
        format!("--agent-cert {pem} --agent-key {key} --cacert {}", file("ca.pem"))
    }

    /// How often an agent had it update a CRL.
    pub fn updates(&self) -> usize {
        self.server.requests().iter().filter(|request| request.contains("/ca/agent/ca/updateCRL?")).count()
    }

    pub fn config(&self) -> PathBuf {
        self.test.path("etc/pki/pki-tomcat/ca/CS.cfg")
    }
}

fn answer(state: &mut CaState, file: &Path, target: &str) -> Reply {
    let point = target.split(['=', '&', '?']).skip_while(|part| *part != "crlIssuingPoint").nth(1).unwrap_or_default();
    if let Some(status) = state.status.filter(|_| target == STATUS) {
        return Reply::Body(status, String::new());
    }
    if target == STATUS {
        return Reply::xml("CA", "running");
    }
    if target == DOMAIN {
        return state.domain.clone().map_or(Reply::Body(404, String::new()), Reply::ok);
    }
    if target.starts_with("/ca/agent/ca/updateCRL?") {
        assert!(target.contains("&waitForUpdate=true") && target.ends_with("&xml=true"), "{target}");
        return update(state, point);
    }
    if target.contains("op=checkCRLcache") {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let is_on = || text.contains(&format!("ca.crl.{point}.enableCRLCache=true"));
        let is_so = state.caches_while.as_ref().is_none_or(|file| file.exists());
        return Reply::ok(match state.caches.filter(|_| is_so).unwrap_or_else(is_on) {
            true => variable("isOnCRL", "false"),
            false => error(&format!("CRL cache is not enabled for {point} issuing point.")),
        });
    }
    if target.contains("op=getCRL") && state.hides_crls {
        return Reply::Body(503, String::new());
    }
    if target.contains("op=getCRL") {
        if let Some((promised, left)) = state.promised.take().filter(|(promised, _)| promised == point) {
            match left {
                0 => generate(state, &promised),
                left => state.promised = Some((promised, left - 1)),
            }
        }
        return match state.crls.get(point) {
            Some(crl) => Reply::bytes(&crl.der()),
            None => Reply::ok(error("CRL was not yet updated or could not be found.")),
        };
    }
    Reply::Body(404, String::new())
}

fn update(state: &mut CaState, point: &str) -> Reply {
    match state.updates.pop_front().unwrap_or(Update::Generate) {
        Update::Generate => {
            generate(state, point);
            Reply::ok(xml(point, "<time>12</time>"))
        }
        Update::Unpublished => {
            generate(state, point);
            Reply::ok(xml(point, "<crlPublished>Failure</crlPublished><error>cannot reach ocsp</error>"))
        }
        Update::Later(word) => {
            state.promised = Some((point.to_owned(), 2));
            Reply::ok(xml(point, &format!("<crlUpdate>{word}</crlUpdate>")))
        }
        Update::Header(header) => Reply::ok(xml(point, header)),
        Update::Page(page) => Reply::ok(page),
        Update::Status(status) => Reply::Body(status, String::new()),
        Update::Hidden => {
            state.hides_crls = true;
            Reply::ok(xml(point, "<time>12</time>"))
        }
        Update::Silence => Reply::Silence,
    }
}

fn generate(state: &mut CaState, point: &str) {
    let last = state.crls.get(point).and_then(|crl| crl.number.as_ref()?.last().copied());
    let crl = CrlSpec::around(now(), 0, 4 * 3600, last.unwrap_or(0) + 1);
    if let Some(path) = state.publishes_to.as_ref().filter(|_| point == "MasterCRL") {
        std::fs::write(path, crl.der()).unwrap();
    }
    state.crls.insert(point.to_owned(), crl);
}

/// As Dogtag writes it.
fn xml(point: &str, header: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?><xml><header>\
         <crlIssuingPoint>{point}</crlIssuingPoint>{header}</header><fixed/><records/></xml>"
    )
}

pub fn now() -> i64 {
    pki_role::host::clock::now().unix()
}
