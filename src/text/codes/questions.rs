//! What each code of a question means.

use crate::pki::QuestionCode;

/// What is asked.
pub fn question_note(code: QuestionCode) -> &'static str {
    use QuestionCode as Code;
    match code {
        Code::WhichMaster => "who of several servers is to be the master: --new-master",
        Code::MissingMaster => "no CA among the files generates CRLs, and a CA whose file was not given may",
        Code::UnknownNewMaster => "no server is what --new-master names",
        Code::AmbiguousNewMaster => "several servers are what --new-master names",
        Code::NewMasterIsDead => "the new master is on a dead host",
        Code::UnknownDeadHost => "nothing names a host that --dead names",
        Code::WithPublishing => "whether the publishing settings move: --with-publishing or --without-publishing",
        Code::NothingToPublishFrom => "--with-publishing, and there is no other CA to copy from",
        Code::UnknownAddress => "host or agent port of the new master are not known",
        Code::SameAddress => "another server cannot be distinguished from the new master",
        Code::NoIssuingPoints => "there are no issuing point settings for the new master",
        Code::NoRefreshInterval => "the responder's role does not depend on its refresh interval",
        Code::MissingResponder => "a publisher names a responder whose file was not given",
        Code::WhichTopology => "it is not known to which topology a server belongs",
        Code::ContradictoryFiles => "two files of one server give it different roles",
        Code::ByHand => "a file must be corrected by hand first",
    }
}
