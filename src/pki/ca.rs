//! What a CS.cfg says about a CA: its issuing points, its redirect, what it publishes, its role.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::names::{can_be_written, is_on, named, names_below, text_of};
use super::parameters::{
    CACHE, CONNECTOR_PREFIX, CRL_PREFIX, ENABLE, INTERVAL, LISTENER, PUBLISH_PREFIX, REDIRECT_HOST, REDIRECT_PORT,
    RoleParameter, Scope, UPDATES, rows,
};
use super::{Reference, Role, Setting};
use crate::cs_cfg::{Children, CsCfg, Section};

/// A CA as its file describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ca {
    /// The parameters that stand once in the file, one for each row of the table.
    settings: Vec<Setting>,
    /// Every `<id>` for which a key `ca.crl.<id>.<anything>` exists, in key order.
    pub issuing_points: Vec<IssuingPoint>,
    /// What it publishes, and where.
    pub publishing: Publishing,
    /// The names of its connectors to other subsystems.
    pub connectors: Vec<String>,
    /// Issuing point and publishing parameters that a promotion elsewhere could not copy, since they
    /// cannot be written; none as long as nobody looked for them.
    pub uncopyable: Vec<Reference>,
}

/// An issuing point of a CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuingPoint {
    /// What stands between `ca.crl.` and the next dot; may be empty.
    pub id: String,
    /// It has a `class`, without which the CA does not start.
    pub has_class: bool,
    /// It has a `description`, without which the CA does not start.
    pub has_description: bool,
    /// The first physical line of its parameters.
    pub line: Option<usize>,
    settings: Vec<Setting>,
}

/// What a CA publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Publishing {
    /// `ca.publish.enable`.
    pub on: bool,
    /// The publishers, in key order.
    pub publishers: Vec<Publisher>,
}

/// One publisher of a CA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Publisher {
    /// Its name.
    pub name: String,
    /// It sends CRLs to an OCSP responder.
    pub is_ocsp: bool,
    /// An enabled rule uses it, and publishing is on.
    pub active: bool,
    /// The host to which it publishes.
    pub host: Option<String>,
    /// The port that goes with the host.
    pub port: Option<String>,
}

/// Which switches of an issuing point are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Switches {
    On,
    Off,
    Contradictory,
}

impl Ca {
    /// Reads a CA from its file; `crl` is what is below [`CRL_PREFIX`].
    pub fn of(cfg: &CsCfg<'_>, crl: &Children<'_, '_>) -> Ca {
        let settings = rows(Scope::Ca).map(|row| Setting::read(&cfg.parameters(), row, "")).collect();
        let issuing_points = named(crl).into_iter().map(|(id, own)| IssuingPoint::of(id, own)).collect();
        let connectors = names_below(cfg, CONNECTOR_PREFIX);
        Ca { settings, issuing_points, publishing: Publishing::of(cfg), connectors, uncopyable: Vec::new() }
    }

    /// Looks for what a promotion elsewhere could not copy.
    pub(super) fn find_uncopyable(&mut self, cfg: &CsCfg<'_>) {
        let copied = [CRL_PREFIX, PUBLISH_PREFIX].into_iter().flat_map(|prefix| cfg.below(prefix.as_bytes()));
        let uncopyable = copied.filter(|found| !can_be_written(found.key(), &found.value()));
        let uncopyable = uncopyable
            .map(|found| Reference { key: String::from_utf8_lossy(found.key()).into_owned(), line: found.line() });
        self.uncopyable = uncopyable.collect();
    }

    /// Puts a CA together from parts; a row that is not among the settings counts as absent.
    pub(super) fn from_parts(
        settings: &[Setting],
        points: Vec<IssuingPoint>,
        publishing: Publishing,
        connectors: Vec<String>,
        uncopyable: Vec<Reference>,
    ) -> Ca {
        Ca { settings: complete(settings, Scope::Ca, ""), issuing_points: points, publishing, connectors, uncopyable }
    }

    /// The effective role, decided by which issuing points generate CRLs.
    pub fn role(&self) -> Role {
        if self.all_settings().any(Setting::is_unreadable) {
            return Role::Mixed;
        }
        let (mut on, mut off) = (false, false);
        for point in self.issuing_points.iter().filter(|point| point.is_enabled()) {
            match point.switches() {
                Switches::On => on = true,
                Switches::Off => off = true,
                Switches::Contradictory => return Role::Mixed,
            }
        }
        match (on, off) {
            (true, true) => Role::Mixed,
            (true, false) => Role::Master,
            (false, _) => Role::Clone,
        }
    }

    /// Whether any issuing point generates CRLs.
    pub fn generates(&self) -> bool {
        self.issuing_points.iter().any(|point| self.generates_at(point))
    }

    /// Whether an issuing point generates CRLs. With the cache off it does so from the database, as
    /// long as the status update task runs.
    pub fn generates_at(&self, point: &IssuingPoint) -> bool {
        point.is_enabled() && point.setting(&UPDATES).is(true) && (point.setting(&CACHE).is(true) || self.runs_task())
    }

    /// Whether the status update task runs.
    pub fn runs_task(&self) -> bool {
        self.setting(&INTERVAL).number().is_some_and(|seconds| seconds > 0)
    }

    /// Whether the CA listens to changes made on clones; it never does without the task.
    pub fn listens(&self) -> bool {
        self.setting(&LISTENER).is(true) && self.runs_task()
    }

    /// Host and port of the redirect, each where it is there.
    pub fn redirect(&self) -> (Option<&str>, Option<&str>) {
        (self.setting(&REDIRECT_HOST).text(), self.setting(&REDIRECT_PORT).text())
    }

    /// The setting of a row that stands once in the file.
    pub fn setting(&self, row: &RoleParameter) -> &Setting {
        find(&self.settings, row)
    }

    /// Every parameter of the role, in the order of the table.
    pub fn all_settings(&self) -> impl Iterator<Item = &Setting> {
        let is_redirect = |setting: &&Setting| [REDIRECT_HOST.name, REDIRECT_PORT.name].contains(&setting.row.name);
        let (redirect, own): (Vec<_>, Vec<_>) = self.settings.iter().partition(is_redirect);
        let points = self.issuing_points.iter().flat_map(|point| &point.settings);
        own.into_iter().chain(points).chain(redirect)
    }

    /// The enabled issuing points whose CRL cache is not in the running server as it is here.
    pub fn contradicted_by(&self, caches: &IndexMap<String, bool>) -> Vec<String> {
        let enabled = self.issuing_points.iter().filter(|point| point.is_enabled());
        let contradicts = |point: &&IssuingPoint| {
            let here = point.setting(&CACHE).is(true);
            caches.get(&point.id).is_some_and(|running| *running != here)
        };
        enabled.filter(contradicts).map(|point| point.id.clone()).collect()
    }

    /// Whether the file itself switches every enabled issuing point on or off, there being one at all.
    pub fn is_explicitly(&self, on: bool) -> bool {
        let mut points = self.issuing_points.iter().filter(|point| point.is_enabled()).peekable();
        points.peek().is_some()
            && points.all(|point| [&CACHE, &UPDATES].iter().all(|row| point.setting(row).is_explicitly(on)))
    }
}

impl IssuingPoint {
    fn of(id: String, own: &Section<'_, '_>) -> IssuingPoint {
        let has = |name: &str| {
            let found = own.parameter([CRL_PREFIX, &id, ".", name].concat().as_bytes());
            found.is_some_and(|found| !found.value().trim_ascii().is_empty())
        };
        IssuingPoint {
            has_class: has("class"),
            has_description: has("description"),
            line: own.first_line(),
            settings: rows(Scope::IssuingPoint).map(|row| Setting::read(own, row, &id)).collect(),
            id,
        }
    }

    /// Puts a point together from parts; a row that is not among the settings counts as absent.
    pub(super) fn from_parts(
        id: String,
        has_class: bool,
        has_description: bool,
        line: Option<usize>,
        settings: &[Setting],
    ) -> IssuingPoint {
        let settings = complete(settings, Scope::IssuingPoint, &id);
        IssuingPoint { id, has_class, has_description, line, settings }
    }

    /// The setting of a row of issuing points.
    pub fn setting(&self, row: &RoleParameter) -> &Setting {
        find(&self.settings, row)
    }

    /// Whether it works at all: `enable` is not effectively false.
    pub fn is_enabled(&self) -> bool {
        !self.setting(&ENABLE).is(false)
    }

    /// What it lacks without which the CA does not start.
    pub fn lacks(&self) -> Vec<&'static str> {
        let parts = [(self.has_class, "class"), (self.has_description, "description")];
        parts.into_iter().filter(|(has, _)| !has).map(|(_, name)| name).collect()
    }

    fn switches(&self) -> Switches {
        match (self.setting(&CACHE).is(true), self.setting(&UPDATES).is(true)) {
            (true, true) => Switches::On,
            (false, false) => Switches::Off,
            _ => Switches::Contradictory,
        }
    }
}

impl Publishing {
    fn of(cfg: &CsCfg<'_>) -> Publishing {
        let publishers = format!("{PUBLISH_PREFIX}publisher.instance.");
        let rules = format!("{PUBLISH_PREFIX}rule.instance.");
        let on = is_on(cfg, &format!("{PUBLISH_PREFIX}enable"));
        let enabled = names_below(cfg, &rules).into_iter().filter(|rule| is_on(cfg, &format!("{rules}{rule}.enable")));
        let used: Vec<String> = enabled.filter_map(|rule| text_of(cfg, &format!("{rules}{rule}.publisher"))).collect();
        let publisher = |name: String| {
            let value = |last: &str| text_of(cfg, &format!("{publishers}{name}.{last}"));
            Publisher {
                is_ocsp: value("pluginName").is_some_and(|plugin| plugin == "OCSPPublisher"),
                active: on && used.contains(&name),
                host: value("host"),
                port: value("port"),
                name,
            }
        };
        Publishing { on, publishers: names_below(cfg, &publishers).into_iter().map(publisher).collect() }
    }

    /// The publishers that an enabled rule uses while publishing is on.
    pub fn active(&self) -> impl Iterator<Item = &Publisher> {
        self.publishers.iter().filter(|publisher| publisher.active)
    }
}

/// One setting for each row of a scope.
pub(super) fn complete(settings: &[Setting], scope: Scope, id: &str) -> Vec<Setting> {
    let known = |row: &'static RoleParameter| settings.iter().find(|setting| setting.key == row.key(id)).cloned();
    rows(scope).map(|row| known(row).unwrap_or_else(|| Setting::absent(row, id))).collect()
}

#[allow(clippy::expect_used, reason = "each list of settings is built from all rows of its scope")]
fn find<'s>(settings: &'s [Setting], row: &RoleParameter) -> &'s Setting {
    settings.iter().find(|setting| setting.row.name == row.name).expect("a setting for every row of the scope")
}
