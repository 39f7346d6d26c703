//! Questions that a running server did not answer, as data: saved status is read back, and its
//! sentences are made where it is reported.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, IntoStaticStr};

/// A question that was not answered, or not in a form that could be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unanswered {
    /// What was asked.
    pub question: LiveQuestion,
    /// The issuing point that it was about.
    #[serde(default)]
    pub issuing_point: Option<String>,
    /// Why there is no answer.
    pub why: NoAnswer,
    /// The HTTP status, where that is why.
    #[serde(default)]
    pub status: Option<u16>,
    /// What the program that asked said.
    #[serde(default)]
    pub detail: Option<String>,
}

/// What a running server is asked.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumIter, IntoStaticStr, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum LiveQuestion {
    /// Whether the subsystem runs.
    State,
    /// Whether the CRL cache of an issuing point is on.
    Cache,
    /// The last CRL of an issuing point.
    Crl,
    /// The members of the security domain.
    Members,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumIter, IntoStaticStr, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum NoAnswer {
    /// Nobody listens at the port.
    Closed,
    /// No complete answer in time.
    TimedOut,
    /// The answer is longer than the bound.
    TooLong,
    /// The answer is no HTTP, or ends too early.
    NotHttp,
    /// An HTTP status that is no answer.
    Status,
    /// An answer, but not of the form that was asked for: a page, a truncated CRL.
    NotUnderstood,
    /// The server says that it has no CRL.
    NoCrl,
    /// There is no curl to ask with TLS.
    NoCurl,
    /// It is not known where to ask.
    NoPort,
    /// There are more issuing points than are asked for.
    TooMany,
    /// A signal arrived.
    Interrupted,
    /// Another error of the connection.
    Failed,
}

impl Unanswered {
    /// A question without more than its reason.
    pub fn new(question: LiveQuestion, issuing_point: Option<&str>, why: NoAnswer) -> Unanswered {
        let issuing_point = issuing_point.map(str::to_owned);
        Unanswered { question, issuing_point, why, status: None, detail: None }
    }
}
