//! A session as one file: what is in it, and what `doorward verify` says of it with the public key alone.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    gateway::{DOORWARD, Gateway},
    program::{Outcome, run},
    sshd::Sshd,
};

fn tar(words: &[&str]) -> String {
    let said = run(Command::new("tar").args(words), "");
    assert_eq!(said.code, 0, "tar {words:?}: {said:?}");
    said.out
}

/// Asks about a file where there is no gateway.
fn verify(file: &Path, key: &Path, more: &[&str]) -> Outcome {
    let mut command = Command::new(DOORWARD);
    command.arg("verify").arg(file).arg("-k").arg(key).args(more);
    command
        .env("DOORWARD_ADDR", "http://127.0.0.1:1")
        .env_remove("DOORWARD_TOKEN");
    run(&mut command, "")
}

/// What is left of a gateway: a bundle, what was in it, and the public key.
struct Evidence {
    dir: tempfile::TempDir,
    bundle: PathBuf,
    key: PathBuf,
    names: Vec<String>,
}

impl Evidence {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn content(&self, name: &str) -> String {
        fs::read_to_string(self.path("there").join(name)).unwrap()
    }

    fn lines(&self, name: &str) -> Vec<Value> {
        let text = self.content(name);
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Takes a session out, takes that apart with `tar`, and puts it where no gateway is.
    fn of(gateway: &Gateway, id: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bundle = dir.path().join("session.tar");
        let key = dir.path().join("key.pem");
        let path = bundle.to_str().unwrap();
        gateway.print(&["sessions", "export", id, "--as", "bundle", "-O", path]);
        let public = gateway.ask("GET", "/v1/recording-key", None).answer();
        fs::write(&key, public.body).unwrap();
        let there = dir.path().join("there");
        fs::create_dir(&there).unwrap();
        tar(&["-xf", path, "-C", there.to_str().unwrap()]);
        let names = tar(&["-tf", path]).lines().map(str::to_owned).collect();
        Self {
            dir,
            bundle,
            key,
            names,
        }
    }

    /// Puts files together again that somebody has worked on, and asks about them.
    fn verify_again(&self, names: &[&str]) -> Outcome {
        let file = self.path("again.tar");
        let there = self.path("there");
        let mut words = vec!["-cf", file.to_str().unwrap(), "-C", there.to_str().unwrap()];
        words.extend(names);
        tar(&words);
        verify(&file, &self.key, &[])
    }
}

#[test]
fn a_session_is_taken_out_whole_and_checked_where_there_is_no_gateway() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let said = run(gateway.ssh(&["-tt"], "box").arg("echo to-be-$((40 + 2))"), "");
    assert_eq!(said.code, 0, "{said:?}");
    let id = gateway.sessions("status=all")[0]["session_id"]
        .as_str()
        .unwrap()
        .to_owned();
    gateway.ended(&id);
    let evidence = Evidence::of(&gateway, &id);

    let connection = gateway.session(&id)["connections"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let tape = format!("recordings/{connection}.tape");
    let fixed = [
        "session.json",
        "activity.jsonl",
        "files.jsonl",
        "audit.jsonl",
        &tape,
    ];
    assert_eq!(evidence.names[..5], fixed);
    assert_eq!(
        evidence.names[evidence.names.len() - 2..],
        ["manifest.json", "manifest.sig.json"]
    );
    assert_eq!(
        fs::read(evidence.path("there").join(&tape)).unwrap(),
        fs::read(gateway.tape(&id)).unwrap(),
        "the recording itself"
    );
    let session: Value = serde_json::from_str(&evidence.content("session.json")).unwrap();
    assert_eq!(session["session_id"], id.as_str());
    let commands: Vec<_> = evidence.lines("activity.jsonl");
    assert!(
        commands
            .iter()
            .any(|entry| entry["text"] == "echo to-be-$((40 + 2))"),
        "{commands:?}"
    );
    let told: Vec<_> = evidence
        .lines("audit.jsonl")
        .iter()
        .map(|line| line["event"]["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        told.last().unwrap(),
        "recording.exported",
        "that it was taken out is on record before it is: {told:?}"
    );
    assert!(told.iter().any(|kind| kind == "session.created"), "{told:?}");
    let casts: Vec<_> = evidence
        .names
        .iter()
        .filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "cast"))
        .collect();
    assert_eq!(casts.len(), 1, "{:?}", evidence.names);
    let cast = evidence.content(casts[0]);
    assert!(
        cast.starts_with("{\"version\":3") && cast.contains("to-be-42"),
        "{cast}"
    );

    // The list in it is what other programs say of the files.
    let manifest: Value = serde_json::from_str(&evidence.content("manifest.json")).unwrap();
    let listed: BTreeMap<_, _> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                line["name"].as_str().unwrap(),
                line["sha256"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    assert_eq!(listed.len(), evidence.names.len() - 2);
    for (name, sha256) in listed {
        let path = evidence.path("there").join(name);
        let said = run(Command::new("sha256sum").arg(path), "");
        assert!(said.out.starts_with(&sha256), "{name}: {said:?}");
    }

    let intact = verify(&evidence.bundle, &evidence.key, &[]);
    assert!(
        intact.code == 0 && intact.out.contains(&id) && intact.out.ends_with("1 recordings: intact\n"),
        "{intact:?}"
    );
    let report = verify(&evidence.bundle, &evidence.key, &["-o", "json"]);
    let report: Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!(
        (&report["genuine"], &report["word"]),
        (&json!(true), &json!("intact"))
    );

    let mut other = Gateway::start();
    fs::write(
        evidence.path("other.pem"),
        other.ask("GET", "/v1/recording-key", None).answer().body,
    )
    .unwrap();
    other.stop();
    let foreign = verify(&evidence.bundle, &evidence.path("other.pem"), &[]);
    assert!(
        foreign.code == 9 && foreign.out.contains("signed by another key"),
        "{foreign:?}"
    );
    faults(&evidence);
}

/// Works on what was taken out in every way that leaves it readable, and in some that do not.
fn faults(evidence: &Evidence) {
    let names: Vec<&str> = evidence.names.iter().map(String::as_str).collect();
    let same = evidence.verify_again(&names);
    assert_eq!(
        same.code, 0,
        "another program's archive of the same files: {same:?}"
    );
    let expect = |outcome: Outcome, said: &str| {
        assert!(
            outcome.code == 9 && outcome.out.contains(said),
            "`{said}`: {outcome:?}"
        );
    };
    for name in names.iter().filter(|name| !name.starts_with("manifest")) {
        let path = evidence.path("there").join(name);
        let before = fs::read(&path).unwrap();
        let mut changed = before.clone();
        match changed.first_mut() {
            Some(first) => *first ^= 1,
            None => changed.push(b'x'),
        }
        fs::write(&path, changed).unwrap();
        expect(evidence.verify_again(&names), &format!("{name} is changed"));
        fs::write(&path, before).unwrap();
        let without: Vec<_> = names.iter().copied().filter(|other| other != name).collect();
        expect(evidence.verify_again(&without), &format!("{name} is missing"));
    }
    fs::write(evidence.path("there").join("more.txt"), "planted").unwrap();
    let more: Vec<_> = names.iter().copied().chain(["more.txt"]).collect();
    expect(evidence.verify_again(&more), "more.txt was added");
    let twice: Vec<_> = names.iter().copied().chain(["session.json"]).collect();
    let file = evidence.path("twice.tar");
    let (file, there) = (file.to_str().unwrap(), evidence.path("there"));
    let mut words = vec!["--hard-dereference", "-cf", file, "-C", there.to_str().unwrap()];
    words.extend(twice);
    tar(&words);
    expect(
        verify(Path::new(file), &evidence.key, &[]),
        "session.json was added",
    );
    let manifest = evidence.content("manifest.json");
    fs::write(
        evidence.path("there").join("manifest.json"),
        manifest.replace("\"made_by\"", "\"made_by\" "),
    )
    .unwrap();
    expect(
        evidence.verify_again(&names),
        "the list of files is not what was signed",
    );
    fs::write(evidence.path("there").join("manifest.json"), manifest).unwrap();
    let unsigned: Vec<_> = names
        .iter()
        .copied()
        .filter(|name| *name != "manifest.sig.json")
        .collect();
    expect(evidence.verify_again(&unsigned), "its signature is not there");

    // Cut anywhere before its end, and other bytes in its head.
    let whole = fs::read(&evidence.bundle).unwrap();
    let cut = evidence.path("cut.tar");
    for eighth in 1..8 {
        fs::write(&cut, &whole[..whole.len() * eighth / 8]).unwrap();
        expect(verify(&cut, &evidence.key, &[]), "not");
    }
    let mut broken = whole;
    broken[130] = 0xff;
    fs::write(&cut, broken).unwrap();
    expect(verify(&cut, &evidence.key, &[]), "not a bundle");
}

#[test]
fn a_session_that_goes_on_is_no_bundle_yet_and_files_are_named_in_one() {
    let server = Sshd::start();
    let gateway = Gateway::start();
    gateway.furnish(&server, &json!({}));
    let mut shell = gateway.shell("box");
    let id = gateway.running();
    assert_eq!(
        gateway.sessions("limit=1")[0]["open_connections"],
        1,
        "in lists too"
    );
    let early = gateway.run(&["sessions", "export", &id, "--as", "bundle"]);
    assert!(
        early.code != 0 && early.out.is_empty() && early.err.contains("the session goes on"),
        "{early:?}"
    );
    shell.say("exit\n");
    assert_eq!(gateway.ended(&id)["open_connections"], 0);

    let source = gateway.folder().join("report.bin");
    fs::write(&source, vec![7; 100_000]).unwrap();
    let mut copy = Command::new("scp");
    copy.args(gateway.ssh_options())
        .args(["-q", "-P", &gateway.ssh_port.to_string()])
        .arg(&source)
        .arg(format!(
            "ann%box@127.0.0.1:{}",
            gateway.folder().join("copy.bin").display()
        ));
    let said = run(&mut copy, "");
    assert_eq!(said.code, 0, "{said:?}");
    let id = gateway.sessions("status=all")[0]["session_id"]
        .as_str()
        .unwrap()
        .to_owned();
    gateway.ended(&id);
    let evidence = Evidence::of(&gateway, &id);
    let files = evidence.lines("files.jsonl");
    assert!(
        files
            .iter()
            .any(|file| file["op"] == "upload" && file["bytes"] == 100_000),
        "{files:?}"
    );
    assert_eq!(verify(&evidence.bundle, &evidence.key, &[]).code, 0);
}
