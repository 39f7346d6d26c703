//! The second part of a conversion on a FreeIPA host: the web server's rule for the CRL.
//!
//! It is planned, tested and rehearsed before a service is stopped. A rule that is to be in force is put
//! in force before the edit of the CA, since the CA answers for the CRL in either role; one that is not
//! is lifted last, since until then the published file is missing or old.

use super::failure::refuses;
use super::{Cause, Failure, FileSeen, Job, RuleJob, RuleOutcome, RuleSeen, UnitSeen, Until};
use crate::host::ipa_proxy::{IpaProxyError, PublishedCrl};
use crate::host::services::{Active, ServiceError};
use crate::host::store::{BackupFile, Locked, StoreError, Target};
use crate::pki::{Finding, IpaRule, Role, RuleEditError, RuleState, VerifiedRule};

/// The rule in the course of a conversion; on other hosts there is none, and nothing is done.
pub(super) struct RuleStep<'r>(Option<Rule<'r>>);

struct Rule<'r> {
    job: &'r Job<'r>,
    part: &'r RuleJob<'r>,
    role: Role,
    rule: IpaRule,
    /// The text that was read last before it was replaced.
    before: Vec<u8>,
    change: Option<VerifiedRule>,
    /// Locked where it is to be changed.
    locked: Option<Locked<'r>>,
    web_before: Option<Active>,
    is_replaced: bool,
    backup: Option<BackupFile>,
    was_reloaded: bool,
    is_stale: bool,
    on_the_way_back: Vec<Cause>,
}

impl<'r> RuleStep<'r> {
    /// Finds out what the rule is and has to be for a role. What cannot go well is refused.
    pub fn plan(job: &'r Job<'r>, role: Role, findings: &mut Vec<Finding>) -> Result<RuleStep<'r>, Failure> {
        let Some(part) = &job.rule else { return Ok(RuleStep(None)) };
        let refused = |error| Failure::refused(IpaProxyError::from(error));
        let target = Target::open(part.disk, &part.file).and_then(|target| target.read().map(|seen| (target, seen)));
        let (target, seen) = match target {
            Ok(read) => read,
            // What is not to be changed keeps nobody from converting a CA.
            Err(_) if !part.changes => return Ok(RuleStep(None)),
            Err(error) => return Err(refused(error)),
        };
        let mut rule = Rule {
            job,
            part,
            role,
            rule: IpaRule::of(&seen.bytes),
            change: None,
            locked: None,
            web_before: None,
            is_replaced: false,
            backup: None,
            was_reloaded: false,
            is_stale: false,
            on_the_way_back: Vec::new(),
            before: seen.bytes.clone(),
        };
        if !part.changes {
            if rule.rule.state.agrees_with(role) == Some(false) {
                findings.push(Finding::IpaProxyStaysBehind { rule: rule.rule.state, role });
            }
            return Ok(RuleStep(Some(rule)));
        }
        rule.change = rule.edit(&seen.bytes).map_err(Failure::refused)?;
        let Some(change) = &rule.change else { return Ok(RuleStep(Some(rule))) };
        let untested = part.web.test().map_err(Failure::refused)?;
        findings.extend(untested.map(|why| Finding::WebServerNotTested { why }));
        rule.web_before = match part.web.state() {
            Ok(state) => state,
            // As in a container.
            Err(ServiceError::NoSystemctl { .. }) => None,
            Err(error) => return Err(Failure::refused(error)),
        };
        if job.until == Until::Done {
            let locked = target.lock().map_err(refused)?;
            locked.sweep(job.backup.folder().flatten());
            let rehearsed = locked.rehearse(&seen, change, job.backup.folder());
            rehearsed.map_err(|error| Failure::before_anything(refuses(&error), IpaProxyError::from(error)))?;
            rule.locked = Some(locked);
        } else {
            findings.extend(rule.published_crl_is_old());
        }
        Ok(RuleStep(Some(rule)))
    }

    /// Puts the rule in force, where it has to be.
    pub fn with_the_edit(&mut self) -> Result<(), Cause> {
        self.apply_where(true)
    }

    /// Lifts the rule, where it has to be.
    pub fn last(&mut self, findings: &mut Vec<Finding>) -> Result<(), Cause> {
        self.apply_where(false)?;
        findings.extend(self.0.as_ref().filter(|rule| rule.is_replaced).and_then(Rule::published_crl_is_old));
        Ok(())
    }

    fn apply_where(&mut self, in_force: bool) -> Result<(), Cause> {
        match self.0.as_mut().filter(|rule| rule.wanted() == Some(in_force)) {
            Some(rule) => rule.apply(),
            None => Ok(()),
        }
    }

    /// Puts everything back, as far as that is possible.
    pub fn undo(&mut self) {
        if let Some(rule) = &mut self.0 {
            let undone = rule.undo();
            rule.on_the_way_back.extend(undone);
        }
    }

    /// What failed on the way back.
    pub fn take_trouble(&mut self) -> Vec<Cause> {
        self.0.as_mut().map(|rule| std::mem::take(&mut rule.on_the_way_back)).unwrap_or_default()
    }

    /// Looks at the file and the web server, where they were to be changed.
    pub fn look(&self) -> Option<RuleSeen> {
        self.0.as_ref().filter(|rule| rule.change.is_some()).map(Rule::look)
    }

    /// What was done, or would be.
    pub fn outcome(&self) -> Option<RuleOutcome> {
        self.0.as_ref().map(|rule| RuleOutcome {
            file: rule.part.file.clone(),
            rule: rule.rule.state,
            host: rule.rule.host.clone(),
            role: rule.role,
            change: rule.change.clone().filter(|_| rule.is_replaced || rule.job.until == Until::Prepared),
            before: rule.before.clone(),
            backup: rule.backup.as_ref().map(|backup| backup.path().to_owned()),
            unit: rule.part.web.unit().to_owned(),
            web: rule.web_before,
            reloaded: rule.was_reloaded,
        })
    }
}

impl Rule<'_> {
    /// Whether the rule has to be in force; nothing where the role does not say.
    fn wanted(&self) -> Option<bool> {
        RuleState::InForce.agrees_with(self.role)
    }

    fn edit(&self, text: &[u8]) -> Result<Option<VerifiedRule>, IpaProxyError> {
        let Some(in_force) = self.wanted() else { return Ok(None) };
        let path = || self.part.file.clone();
        VerifiedRule::of(text, in_force, self.part.host.as_deref()).map_err(|error| match error {
            RuleEditError::NoHost => IpaProxyError::HostNameUnknown { path: path() },
            RuleEditError::NotVerified => IpaProxyError::RuleNotVerified { path: path() },
        })
    }

    /// Backs up, replaces, tests, reloads.
    fn apply(&mut self) -> Result<(), Cause> {
        let Some(locked) = &self.locked else { return Ok(()) };
        let seen = locked.target().read().map_err(IpaProxyError::from)?;
        // What is there now is what counts.
        if seen.bytes != self.before {
            let change = self.edit(&seen.bytes)?;
            self.before.clone_from(&seen.bytes);
            self.change = change;
        }
        let Some(change) = &self.change else { return Ok(()) };
        if let Some(folder) = self.job.backup.folder() {
            self.backup = Some(locked.back_up(&seen, folder, &self.job.stamp).map_err(IpaProxyError::from)?);
        }
        let replaced = locked.replace(&seen, change);
        self.is_replaced = replaced.as_ref().map_or_else(StoreError::is_replaced, |()| true);
        self.is_stale = self.is_replaced;
        replaced.map_err(IpaProxyError::from)?;
        self.part.web.test()?;
        self.reload()
    }

    /// Has the web server read the file, where it runs.
    fn reload(&mut self) -> Result<(), Cause> {
        let unit = || self.part.web.unit().to_owned();
        let not_reloaded = |source| IpaProxyError::WebServerNotReloaded { unit: unit(), source };
        if !self.web_before.is_some_and(Active::runs) {
            self.is_stale = false;
            return Ok(());
        }
        self.was_reloaded = true;
        self.part.web.reload().map_err(not_reloaded)?;
        match self.part.web.state().map_err(not_reloaded)? {
            Some(state) if !state.runs() => Err(IpaProxyError::WebServerDown { unit: unit(), state }.into()),
            _ => {
                self.is_stale = false;
                Ok(())
            }
        }
    }

    /// What is undone, and what of it failed.
    fn undo(&mut self) -> Vec<Cause> {
        let Some(locked) = &self.locked else { return Vec::new() };
        let mut failed: Vec<Cause> = Vec::new();
        if self.is_replaced {
            let back = self.put_back(locked);
            self.is_replaced = back.as_ref().err().is_some_and(|error| !error.is_replaced());
            failed.extend(back.err().map(|source| IpaProxyError::from(source).into()));
            if self.is_replaced {
                return failed;
            }
            self.is_stale = self.was_reloaded;
        }
        if let Some(backup) = &self.backup {
            match locked.remove_backup(backup) {
                Ok(()) => self.backup = None,
                Err(error) => failed.push(IpaProxyError::from(error).into()),
            }
        }
        if self.was_reloaded {
            failed.extend(self.load_again().err());
            self.was_reloaded = false;
        }
        failed
    }

    /// Has the web server read the old text again. One that went down at the reload is started.
    fn load_again(&mut self) -> Result<(), Cause> {
        if !self.part.web.state().is_ok_and(|state| state.is_some_and(Active::is_down)) {
            return self.reload();
        }
        let unit = self.part.web.unit().to_owned();
        self.part.web.start().map_err(|source| IpaProxyError::WebServerNotReloaded { unit, source })?;
        self.is_stale = false;
        Ok(())
    }

    fn put_back(&self, locked: &Locked<'_>) -> Result<(), StoreError> {
        let now = locked.target().read()?;
        if now.bytes == self.before {
            return Ok(());
        }
        let back = VerifiedRule::back(&now.bytes, &self.before);
        let back = back.map_err(|_| StoreError::ChangedMeanwhile { path: self.part.file.clone() })?;
        locked.replace(&now, &back)
    }

    fn look(&self) -> RuleSeen {
        let now = self.locked.as_ref().and_then(|locked| locked.target().read().ok()).map(|snapshot| snapshot.bytes);
        let is_new = |now: &[u8]| self.change.as_ref().is_some_and(|change| change.bytes() == now);
        let file = match now {
            None => FileSeen::Unreadable,
            Some(now) if now == self.before => FileSeen::AsItWas,
            Some(now) if is_new(&now) => FileSeen::Converted,
            Some(_) if self.is_replaced => FileSeen::Other,
            Some(_) => FileSeen::LeftByOthers,
        };
        let has = |backup: &&BackupFile| self.locked.as_ref().is_some_and(|locked| locked.has_backup(backup));
        let web = self.web_before.map(|before| UnitSeen {
            name: self.part.web.unit().to_owned(),
            was_active: before.runs(),
            state: self.part.web.state().ok().flatten(),
            answered_before: None,
            answers: None,
        });
        RuleSeen {
            path: self.part.file.clone(),
            file,
            is_stale: self.is_stale && web.is_some(),
            web,
            backup: self.backup.as_ref().filter(has).map(|backup| backup.path().to_owned()),
        }
    }

    /// The CRL that the web server would serve from now on, where it was not published by this CA as
    /// the master that it is now.
    fn published_crl_is_old(&self) -> Option<Finding> {
        if self.wanted() != Some(false) {
            return None;
        }
        let PublishedCrl { path, written } = PublishedCrl::look(self.part.roots);
        let age = written.map(|written| self.part.now.seconds_since(written));
        let age_seconds = match age {
            // Written since this run was started.
            Some(..=0) => return None,
            Some(age) => Some(u64::try_from(age).unwrap_or(0)),
            None => None,
        };
        Some(Finding::PublishedCrlOld { file: path.display().to_string(), age_seconds })
    }
}
