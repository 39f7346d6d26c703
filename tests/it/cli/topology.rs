//! `check` and `plan` as they are typed: what is printed, in each form, and the exit codes.

use serde_json::{Value, json};

use crate::support::bench::small::{clone_of, master, publisher, responder};
use crate::support::test::{Test, codes};

const PORT: &str = "service.securePort=8443\n";

/// A master and a clone that runs the status update task.
fn with_a_problem() -> Test {
    let task = format!("{PORT}ca.certStatusUpdateInterval=600\n");
    Test::new().file("ca1.cfg", master("ca1", PORT).text).file("ca2.cfg", clone_of("ca1", "ca2", &task).text)
}

fn right() -> Test {
    Test::new().file("ca1.cfg", master("ca1", PORT).text).file("ca2.cfg", clone_of("ca1", "ca2", PORT).text)
}

fn two_masters() -> Test {
    Test::new().file("ca1.cfg", master("ca1", PORT).text).file("ca2.cfg", master("ca2", PORT).text)
}

#[test]
fn a_right_topology() {
    let servers = "subsystem  server                instance  role    file
CA         ca1.example.com:8443  -         master  ca1.cfg
CA         ca2.example.com:8443  -         clone   ca2.cfg
";
    right().args("check ca1.cfg ca2.cfg").stdout(&format!("{servers}the topology is right\n")).run_untouched();
    right().args("check -q ca1.cfg ca2.cfg").stdout("").run_untouched();
    right().args("plan ca1.cfg ca2.cfg").stdout("nothing has to be done\n").run_untouched();
}

#[test]
fn a_problem_with_its_steps() {
    let steps = "  1. on ca2.example.com: complete the role of a clone
       pki-role demote-ca --to ca2.cfg --new-master ca1.example.com:8443
       note: the file that was looked at may be a copy: name the server's own CS.cfg on its host
  2. here: collect the status of every server again, and check it
       pki-role check ca1.cfg ca2.cfg
";
    let check = format!(
        "subsystem  server                instance  role    file
CA         ca1.example.com:8443  -         master  ca1.cfg
CA         ca2.example.com:8443  -         clone   ca2.cfg
problem: ca2.example.com: this CA does not generate CRLs and runs the status update task all the same: the task belongs \
on the master alone [several-status-update-tasks]
what to do, in this order:
{steps}the topology has problems
"
    );
    with_a_problem().args("check ca1.cfg ca2.cfg").stdout(&check).status(1).run_untouched();
    with_a_problem().args("plan ca1.cfg ca2.cfg").stdout(steps).run_untouched();
    // What it says is enough: the steps, typed where the files are, put it right.
    let test = with_a_problem();
    test.ran("demote-ca --to ca2.cfg --new-master ca1.example.com:8443").expect(0, &[]);
    test.ran("check ca1.cfg ca2.cfg").expect(0, &[]);
    let accepted = with_a_problem().ran("check ca1.cfg ca2.cfg --accept several-status-update-tasks");
    accepted.expect(0, &[]);
}

#[test]
fn a_question_with_its_answers() {
    let question = "question: more than one CA is a master (ca1.example.com, ca2.example.com): which one is to stay? [which-master]
    pki-role plan ca1.cfg ca2.cfg --new-master ca1.example.com
    pki-role plan ca1.cfg ca2.cfg --new-master ca2.example.com
";
    two_masters().args("plan ca1.cfg ca2.cfg").stdout(question).status(3).run_untouched();
    let test = two_masters();
    let plan = test.json("plan ca1.cfg ca2.cfg", 3);
    assert_eq!(plan["steps"], json!([]));
    assert_eq!(plan["questions"][0]["code"], "which-master");
    let answered = test.json("plan ca1.cfg ca2.cfg --new-master ca2.example.com", 0);
    assert_eq!(answered["questions"], json!([]));
    let argv = json!(["pki-role", "demote-ca", "--to", "ca1.cfg", "--new-master", "ca2.example.com:8443"]);
    assert_eq!(answered["steps"][0]["argv"], argv);
    assert_eq!(answered["steps"][0]["host"], "ca1.example.com");
    assert_eq!(answered["steps"][0]["when"], "now");
}

#[test]
fn the_verdict_as_json() {
    let verdict = with_a_problem().json("check ca1.cfg ca2.cfg", 1);
    assert_eq!((&verdict["ok"], &verdict["schema_version"]), (&json!(false), &json!(2)));
    assert_eq!(codes(&verdict["problems"]), ["several-status-update-tasks"]);
    let problem = &verdict["problems"][0];
    let of = |field: &str| problem[field].clone();
    assert_eq!(
        [of("severity"), of("host"), of("instance"), of("config"), of("line")],
        [json!("problem"), json!("ca2.example.com"), Value::Null, json!("ca2.cfg"), Value::Null]
    );
    assert_eq!(verdict["files"][1]["role"], "clone");
    assert_eq!(verdict["steps"][0]["argv"][1], "demote-ca");
}

/// The outputs of `status`, saved on each host, are judged as the files are.
#[test]
fn saved_status() {
    let test = with_a_problem();
    for name in ["ca1", "ca2"] {
        let status = test.json(&format!("status {name}.cfg"), 0);
        std::fs::write(test.path(format!("{name}.json")), status.to_string()).unwrap();
    }
    let files = test.json("check ca1.cfg ca2.cfg", 1);
    let saved = test.json("check ca1.json ca2.json", 1);
    assert_eq!(files["problems"], saved["problems"]);
    assert_eq!(files["steps"][0]["command"], saved["steps"][0]["command"]);
    // A copy of a server that was collected as well is left out.
    let both = test.json("check ca1.cfg ca2.cfg ca1.json ca2.json", 1);
    assert_eq!(codes(&both["warnings"]), ["same-server-twice"]);
}

/// On every host the file has the same path: a saved status is named too.
#[test]
fn two_saved_statuses_of_one_server() {
    let test = with_a_problem();
    for (name, text) in [("old", master("ca2", PORT).text), ("new", clone_of("ca1", "ca2", PORT).text)] {
        std::fs::write(test.path("CS.cfg"), text).unwrap();
        std::fs::write(test.path(format!("{name}.json")), test.json("status CS.cfg", 0).to_string()).unwrap();
    }
    let ran = test.ran("check ca1.cfg new.json old.json");
    let both = "new.json (CS.cfg) was taken, and old.json (CS.cfg) left out";
    assert_eq!(ran.out.matches(both).count(), 2, "{}", ran.out);
    assert!(ran.out.contains("new.json (CS.cfg) and old.json (CS.cfg) are both of ca2.example.com"), "{}", ran.out);
}

/// What no step puts right is not nothing.
#[test]
fn a_problem_without_steps() {
    let test = right();
    for (name, sha256) in [("ca1", "aa"), ("ca2", "bb")] {
        let mut status = test.json(&format!("status {name}.cfg"), 0);
        let time = "2026-03-01T10:00:00Z";
        let crl = json!({
            "issuing_point": "MasterCRL", "number": 7, "this_update": time, "next_update": null, "entries": 0,
            "sha256": sha256
        });
        status["files"][0]["live"] = json!({"observed_at": time, "answer": "running", "crls": [crl]});
        std::fs::write(test.path(format!("{name}.json")), status.to_string()).unwrap();
    }
    let ran = test.ran("check ca1.json ca2.json");
    ran.expect(1, &[]);
    let fix = "[crl-conflict]\n  fix: make sure that only one of them generates, and issue a CRL there\n";
    assert!(ran.out.contains(fix), "{}", ran.out);
    let says = "no command is left to type, but the topology is not right: check, with the same files, says why\n";
    test.args("plan ca1.json ca2.json").stdout(says).run_untouched();
}

/// A responder generates no CRLs and has no redirect.
#[test]
fn a_forgotten_responder() {
    let test = right();
    let mut status = test.json("status ca1.cfg", 0);
    let member = json!({"subsystem": "OCSP", "host": "o.example.com", "port": 8443, "agent_port": 8443, "clone": true});
    status["files"][0]["live"] =
        json!({"observed_at": "2026-03-01T10:00:00Z", "answer": "running", "members": [member]});
    std::fs::write(test.path("ca1.json"), status.to_string()).unwrap();
    let ran = test.ran("check ca1.json ca2.cfg");
    let why = "knows OCSP o.example.com:8443; none of the files given is this server's: a responder that is forgotten";
    assert!(ran.out.contains(why), "{}", ran.out);
}

#[test]
fn a_picture() {
    let picture = r#"flowchart LR
  s0["CA ca1.example.com<br/>master"]:::master
  s1["CA ca#34;2.example.com<br/>clone<br/>several-status-update-tasks"]:::problem
  s2["OCSP ocsp1.example.com<br/>master"]:::master
  s0 -- publishes CRLs --> s2
  s1 -. redirects agents .-> s0
  classDef master fill:#d5f0d5,stroke:#2a7a2a
  classDef clone fill:#eeeeee,stroke:#777777
  classDef problem fill:#f8d0d0,stroke:#b02020
  classDef unknown fill:#ffffff,stroke:#777777,stroke-dasharray: 4
"#;
    let task = format!("{PORT}ca.certStatusUpdateInterval=600\n");
    let publishing = PORT.to_owned() + &publisher("P", "ocsp1", 8443);
    let test = Test::new()
        .file("ca1.cfg", master("ca1", &publishing).text)
        .file("ca2.cfg", clone_of("ca1", "ca\"2", &task).text)
        .file("ocsp1.cfg", responder("ocsp1", None, PORT).text);
    test.args("check ca1.cfg ca2.cfg ocsp1.cfg --output mermaid").stdout(picture).status(1).run_untouched();
    let both = two_masters().ran("check ca1.cfg ca2.cfg --output mermaid").expect(1, &[]).out.clone();
    assert_eq!(both.matches("several-ca-masters\"]:::problem").count(), 2, "{both}");
}

/// Nobody can collect the status of a host that is off, and its old file says that it is a master.
#[test]
fn a_dead_host_is_left_out_of_the_last_check() {
    let test = Test::new().fixture("ca-master").fixture("ca-clone");
    let dead = "--new-master secondary.example.com --dead primary.example.com --with-publishing";
    let ran = test.ran(&format!("plan ca-master.CS.cfg ca-clone.CS.cfg {dead}"));
    ran.expect(0, &[]);
    let note = "note: leave out the file of a host that has not returned yet: primary.example.com\n";
    let check = "       pki-role check ca-master.CS.cfg ca-clone.CS.cfg\n";
    assert!(ran.out.contains(&format!("{check}       {note}")), "{}", ran.out);
}

/// What holds for several steps is said once, behind them; as JSON each step has its notes.
#[test]
fn a_note_on_several_steps() {
    let test = Test::new().fixture("ca-master").fixture("ca-clone");
    let plan = "plan ca-master.CS.cfg ca-clone.CS.cfg --new-master secondary.example.com --with-publishing";
    let ran = test.ran(plan);
    ran.expect(0, &[]);
    let last = "       pki-role check ca-master.CS.cfg ca-clone.CS.cfg
  note on steps 1, 4: the files that were looked at are copies; the commands change the servers' own files, on their hosts
";
    assert!(ran.out.ends_with(last) && ran.out.matches("note").count() == 1, "{}", ran.out);
    let steps = test.json(plan, 0)["steps"].take();
    let notes: Vec<usize> =
        steps.as_array().unwrap().iter().map(|step| step["notes"].as_array().unwrap().len()).collect();
    assert_eq!(notes, [1, 0, 1, 0]);
    let task = format!("{PORT}ca.certStatusUpdateInterval=600\n");
    let clone = |name: &str| clone_of("ca1", name, &task).text;
    let test =
        Test::new().file("1.cfg", master("ca1", PORT).text).file("2.cfg", clone("ca2")).file("3.cfg", clone("ca3"));
    for (command, code) in [("plan", 0), ("check", 1)] {
        let ran = test.ran(&format!("{command} 1.cfg 2.cfg 3.cfg"));
        ran.expect(code, &[]);
        let note = "\n  note on steps 1, 2: the files that were looked at may be copies: name each server's own CS.cfg on its host\n";
        assert!(ran.out.contains(note) && ran.out.matches("note").count() == 1, "{}", ran.out);
    }
}

/// A warning has no step of its own in the report of a right topology, and `plan` has one.
#[test]
fn warnings_lead_to_a_plan() {
    let says = "\nplan, with the same files, prints the commands that put warnings right\nthe topology is right, with warnings\n";
    let test = Test::new().fixture("ca-master").fixture("ca-clone");
    let ran = test.ran("check ca-master.CS.cfg ca-clone.CS.cfg");
    ran.expect(0, &[]);
    assert!(ran.out.ends_with(says), "{}", ran.out);
    test.ran("plan ca-master.CS.cfg ca-clone.CS.cfg").expect(0, &[]);
}

/// A misspelt host is in none of the commands that answer the questions.
#[test]
fn a_misspelt_dead_host() {
    let test = Test::new().fixture("ca-clone");
    let ran = test.ran("plan ca-clone.CS.cfg --dead primry.example.com");
    let code = "[unknown-dead-host]";
    ran.expect(3, &[]);
    assert!(ran.out.contains(code) && ran.out.contains("--dead primary.example.com\n"), "{}", ran.out);
    assert!(!ran.out.contains("--dead primry"), "{}", ran.out);
}
