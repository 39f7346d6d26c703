//! systemd, through `systemctl`, and the servers that its units run.
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::answer::Answer;
use super::child::{Keep, Ran, Run, RunError, TICK, last_lines};
use super::deadline::Deadline;
use super::endpoint::{Asking, Endpoint, FetchError};
use super::live::running_cache;
use super::services::{Active, Load, Ready, ServiceError, Services, UnitState, asks_for_passwords};

/// How long a stop, a start or a wait may last unless another time is asked for: large CAs take more
/// than 300 s to start.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(900);
/// How long a CS.cfg must have been left alone after a start unless another time is asked for.
pub const DEFAULT_SETTLE: Duration = Duration::from_secs(4);

/// How long one question to systemd may take. D-Bus itself gives up after 25 s.
const QUESTION: Duration = Duration::from_secs(30);
/// How long one question to a server may take.
const ANSWER: Duration = Duration::from_secs(5);
/// How long the questions for the CRL caches may take together.
const CACHES: Duration = Duration::from_secs(15);
/// How much of what systemctl prints is kept, in bytes.
const OUTPUT: usize = 16 * 1024;

/// Called during a wait: what is waited for, and the time since it began.
pub type Watch<'w> = &'w dyn Fn(&str, Duration);

/// systemd, through `systemctl`.
pub struct Systemctl<'s> {
    /// The program.
    pub program: PathBuf,
    /// The curl that asks with TLS.
    pub curl: PathBuf,
    /// How long each stop, start or wait may last.
    pub timeout: Duration,
    /// How long a CS.cfg must have been left alone after a start.
    pub settle: Duration,
    /// When all questions together must have been answered.
    pub questions: Deadline,
    /// The signal that asked this program to end, if any did.
    pub signals: &'s dyn Fn() -> Option<u8>,
    /// Nothing ends early at a signal any more.
    holds_signals: bool,
    /// Called during waits.
    pub watch: Watch<'s>,
    /// Where a unit that asks for passwords at its start may ask for them.
    pub terminal: Option<File>,
}

impl<'s> Systemctl<'s> {
    /// The usual programs and times, no terminal, nobody who watches.
    pub fn new(program: &Path, signals: &'s dyn Fn() -> Option<u8>) -> Systemctl<'s> {
        Systemctl {
            program: program.to_owned(),
            curl: PathBuf::from("curl"),
            timeout: DEFAULT_TIMEOUT,
            settle: DEFAULT_SETTLE,
            questions: Deadline::NEVER,
            signals,
            holds_signals: false,
            watch: &|_, _| {},
            terminal: None,
        }
    }

    /// How a subsystem is asked, with the bounds of one question.
    pub fn asking(&self) -> Asking<'_> {
        self.asking_for(ANSWER.min(self.timeout))
    }

    /// How a server is asked several questions, with a bound for all of them together.
    pub fn asking_for(&self, most: Duration) -> Asking<'_> {
        let signal: &dyn Fn() -> Option<u8> = if self.holds_signals { &|| None } else { self.signals };
        Asking { curl: &self.curl, deadline: Deadline::after(most).earlier(self.questions), signal }
    }

    fn question(&self, most: Duration) -> Deadline {
        Deadline::after(most.min(self.timeout)).earlier(self.questions)
    }

    fn run(
        &self,
        arguments: &[&'static str],
        unit: &str,
        deadline: Deadline,
        is_interruptible: bool,
    ) -> Result<Ran, RunError> {
        let verb = arguments.first().copied().unwrap_or_default();
        let mut command = Command::new(&self.program);
        // Its answers are read by a program, not by a person.
        command.args(arguments).arg(unit).env("LC_ALL", "C").env("SYSTEMD_COLORS", "0").env("SYSTEMD_PAGER", "");
        let terminal = self.terminal.as_ref().filter(|_| verb == "start" && asks_for_passwords(unit));
        let run = Run {
            deadline,
            signal: &|| if is_interruptible && !self.holds_signals { (self.signals)() } else { None },
            watch: &|elapsed| {
                // A line that is redrawn would overwrite the question for a password.
                if terminal.is_none() {
                    (self.watch)(&format!("systemctl {verb} {unit}"), elapsed);
                }
            },
            keep: Keep::Last(OUTPUT),
            terminal,
        };
        run.run(command)
    }

    /// Asks systemd.
    fn ask(&self, arguments: &[&'static str], unit: &str, is_interruptible: bool) -> Result<Ran, ServiceError> {
        let verb = arguments.first().copied().unwrap_or_default();
        let deadline = self.question(QUESTION);
        if deadline.is_over() {
            return Err(ServiceError::SystemctlTimedOut { verb, unit: unit.to_owned() });
        }
        self.run(arguments, unit, deadline, is_interruptible).map_err(|error| match error {
            RunError::CannotRun(source) => ServiceError::NoSystemctl { program: self.program.clone(), source },
            RunError::Interrupted(signal) => ServiceError::Interrupted { signal },
            RunError::TimedOut | RunError::TooLong => ServiceError::SystemctlTimedOut { verb, unit: unit.to_owned() },
            RunError::CannotWait(error) => ServiceError::SystemctlFailed {
                verb,
                unit: unit.to_owned(),
                status: "its end could not be seen".to_owned(),
                output: error.to_string(),
            },
        })
    }

    /// Has systemd stop or start a unit.
    fn change(&self, verb: &'static str, unit: &str, is_interruptible: bool) -> Result<(), ServiceError> {
        let failed = |status: String, output: String| {
            let unit = unit.to_owned();
            match verb {
                _ if is_denial(&output) => ServiceError::PermissionDenied { verb, unit, output },
                "stop" => ServiceError::StopFailed { unit, status, output },
                _ => ServiceError::StartFailed { unit, status, output },
            }
        };
        match self.run(&[verb], unit, Deadline::after(self.timeout), is_interruptible) {
            Ok(ran) if ran.status.success() => Ok(()),
            Ok(ran) => Err(failed(ran.status.to_string(), ran.stderr)),
            Err(RunError::CannotRun(source)) => {
                Err(ServiceError::NoSystemctl { program: self.program.clone(), source })
            }
            Err(RunError::Interrupted(signal)) => Err(ServiceError::Interrupted { signal }),
            Err(RunError::CannotWait(error)) => Err(failed("its end could not be seen".to_owned(), error.to_string())),
            Err(RunError::TimedOut | RunError::TooLong) => {
                let (unit, seconds) = (unit.to_owned(), self.timeout.as_secs());
                Err(match verb {
                    "stop" => ServiceError::StopTimedOut { unit, seconds },
                    _ => ServiceError::StartTimedOut { unit, seconds },
                })
            }
        }
    }

    /// What a unit does at this moment, whatever signals arrive.
    ///
    /// # Errors
    /// [`ServiceError`] when systemd cannot be asked.
    pub fn state_of(&self, unit: &str) -> Result<Active, ServiceError> {
        self.active(unit, false)
    }

    /// Has a unit's server read its configuration again, whatever signals arrive.
    ///
    /// # Errors
    /// [`ServiceError`]; the server may then be in any state.
    pub fn reload(&self, unit: &str) -> Result<(), ServiceError> {
        let ran = self.ask(&["reload"], unit, false)?;
        match ran.status.success() {
            true => Ok(()),
            false if is_denial(&ran.stderr) => {
                Err(ServiceError::PermissionDenied { verb: "reload", unit: unit.to_owned(), output: ran.stderr })
            }
            false => Err(ServiceError::SystemctlFailed {
                verb: "reload",
                unit: unit.to_owned(),
                status: ran.status.to_string(),
                output: ran.stderr,
            }),
        }
    }

    /// Starts a unit, whatever signals arrive.
    ///
    /// # Errors
    /// [`ServiceError`]; the unit may then be in any state.
    pub fn start_again(&self, unit: &str) -> Result<(), ServiceError> {
        self.change("start", unit, false)
    }

    /// Whether systemd has the unit's file, and the unit's sub-state.
    fn load(&self, unit: &str, is_interruptible: bool) -> Result<(Load, bool), ServiceError> {
        let ran = self.ask(&["show", "--property=LoadState,SubState"], unit, is_interruptible)?;
        let printed = String::from_utf8_lossy(&ran.stdout);
        let value = |name: &str| printed.lines().find_map(|line| line.trim().strip_prefix(name));
        let load = match value("LoadState=") {
            Some("loaded" | "merged") => Load::Loaded,
            Some("not-found") => Load::NotFound,
            Some("masked") => Load::Masked,
            Some("bad-setting" | "error") => Load::Broken,
            _ => Load::Unknown,
        };
        let restarts = value("SubState=").is_some_and(|state| state.starts_with("auto-restart"));
        Ok((load, restarts))
    }

    fn active(&self, unit: &str, is_interruptible: bool) -> Result<Active, ServiceError> {
        let ran = self.ask(&["is-active"], unit, is_interruptible)?;
        let printed = last_lines(&ran.stdout);
        let active = match printed.as_str() {
            // So systemd 219 says that a unit, which it does not hold in memory, is not active (3).
            "unknown" if ran.status.code() == Some(3) && ran.stderr.is_empty() => Some(Active::Inactive),
            printed => printed.parse::<Active>().ok(),
        };
        // "Active" with an error is as little an answer as none at all, as of a systemctl without systemd.
        active.filter(|active| *active != Active::Active || ran.status.success()).ok_or_else(|| {
            ServiceError::NoUnitState {
                unit: unit.to_owned(),
                printed,
                status: ran.status.to_string(),
                output: ran.stderr,
            }
        })
    }

    fn state(&self, unit: &str, is_interruptible: bool) -> Result<UnitState, ServiceError> {
        let active = self.active(unit, is_interruptible)?;
        let (load, restarts) = self.load(unit, is_interruptible)?;
        let active = if active == Active::Activating && restarts { Active::Restarting } else { active };
        Ok(UnitState { load, active })
    }

    /// The state of a unit once it is none that passes, in a wait that began then.
    fn settled(&self, unit: &str, started: Instant, is_interruptible: bool) -> Result<UnitState, ServiceError> {
        loop {
            let state = self.state(unit, is_interruptible)?;
            if !state.active.is_passing() {
                return Ok(state);
            }
            if started.elapsed() >= self.timeout || self.questions.is_over() {
                let (unit, seconds) = (unit.to_owned(), started.elapsed().as_secs());
                return Err(ServiceError::UnitUnsettled { unit, state: state.active, seconds });
            }
            (self.watch)(&format!("{unit} ({})", state.active), started.elapsed());
            pause(started);
        }
    }
}

impl Services for Systemctl<'_> {
    fn unit(&mut self, unit: &str) -> Result<UnitState, ServiceError> {
        self.settled(unit, Instant::now(), true)
    }

    fn unit_now(&mut self, unit: &str) -> Result<UnitState, ServiceError> {
        self.state(unit, true)
    }

    fn is_enabled(&mut self, unit: &str) -> Option<bool> {
        let ran = self.ask(&["is-enabled"], unit, true).ok()?;
        match last_lines(&ran.stdout).as_str() {
            "enabled" => Some(true),
            "disabled" | "enabled-runtime" | "linked" | "linked-runtime" | "masked" | "masked-runtime" => Some(false),
            _ => None,
        }
    }

    fn stop(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.change("stop", unit, true)
    }

    fn hold_signals(&mut self) {
        self.holds_signals = true;
    }

    fn start(&mut self, unit: &str) -> Result<(), ServiceError> {
        self.change("start", unit, false)
    }

    fn answer(&mut self, endpoint: &Endpoint) -> Answer {
        Answer::ask(endpoint, &self.asking())
    }

    fn wait_ready(&mut self, unit: &str, endpoint: Option<&Endpoint>) -> Result<Ready, ServiceError> {
        let started = Instant::now();
        loop {
            let state = self.settled(unit, started, false)?.active;
            if state != Active::Active {
                return Err(ServiceError::NotActive { unit: unit.to_owned(), state });
            }
            let Some(endpoint) = endpoint else { return Ok(Ready::OnlyActive(None)) };
            let left = self.timeout.saturating_sub(started.elapsed()).max(Duration::from_secs(1));
            let asking = Asking { signal: &|| None, deadline: Deadline::after(ANSWER.min(left)), ..self.asking() };
            let answer = match Answer::ask(endpoint, &asking) {
                Answer::Running => return Ok(Ready::Answered),
                Answer::Unreachable(FetchError::NoCurl) => return Ok(Ready::OnlyActive(Some(FetchError::NoCurl))),
                answer => answer,
            };
            if started.elapsed() >= self.timeout {
                let (unit, endpoint, seconds) = (unit.to_owned(), endpoint.clone(), self.timeout.as_secs());
                return Err(ServiceError::NotReady { unit, endpoint, seconds, answer });
            }
            (self.watch)(&format!("the {} subsystem to say that it runs", endpoint.subsystem), started.elapsed());
            pause(started);
        }
    }

    fn wait_settled(&mut self, state: &mut dyn FnMut() -> Option<Vec<u8>>) {
        let started = Instant::now();
        let mut last = state();
        let mut since = Instant::now();
        while since.elapsed() < self.settle && started.elapsed() < self.timeout {
            (self.watch)("the server to leave CS.cfg alone", started.elapsed());
            std::thread::sleep(TICK.min(self.settle));
            let now = state();
            if now != last {
                last = now;
                since = Instant::now();
            }
        }
    }

    fn running_caches(&mut self, endpoint: &Endpoint, points: &[String]) -> IndexMap<String, bool> {
        let asking = self.asking_for(CACHES);
        let cache = |point: &String| Some((point.clone(), running_cache(endpoint, point, &asking).ok()?));
        points.iter().filter_map(cache).collect()
    }

    fn signal(&self) -> Option<u8> {
        (self.signals)()
    }
}

/// The time between two looks: each one runs programs, so that a long wait looks less often.
fn pause(started: Instant) {
    std::thread::sleep((started.elapsed() / 20).clamp(2 * TICK, 20 * TICK));
}

/// Whether systemctl failed because of who called it.
fn is_denial(output: &str) -> bool {
    let words = ["access denied", "permission denied", "interactive authentication required", "not authorized"];
    words.iter().any(|words| output.to_ascii_lowercase().contains(words))
}
