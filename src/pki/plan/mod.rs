//! The plan: what to type, where and in which order, to move a master or to put a topology right.
//!
//! Repairs and moves are one thing: it is known who is to generate CRLs, and everybody else follows.
//! What only the administrator can decide is asked; then there are no steps.
//!
//! The law of advice: the steps, carried out in order, are never refused, never leave more than one
//! generator where there was one or none, take the only one away only between the demotion and the
//! promotion of a move, and end in a topology without the problems that they are about.

mod address;
mod authorities;
mod by_hand;
mod command;
mod dead;
mod planner;
mod publishers;
mod question;
mod request;
mod responders;
mod select;
mod settings;
mod step;

pub use by_hand::Fault;
pub use question::{Matter, PlanQuestion, QuestionCode};
pub use request::{Plan, PlanRequest};
pub use step::{Needs, PlanStep, StepNote, StepReason, When};

use self::planner::Planner;
use super::observation::Observation;
use super::timestamp::Timestamp;

/// Plans a move or a repair; `now` is when it is planned.
pub fn plan(observations: &[Observation], request: &PlanRequest, now: Timestamp) -> Plan {
    let mut planner = Planner::new(observations, request, now);
    planner.run();
    planner.finish()
}
