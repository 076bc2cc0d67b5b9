//! Transfers of files, and the log of them.

use aws_lc_rs::digest::{SHA256, digest};
use domain::object::Capability::{Exec, FileDownload, FileUpload};
use engine::Direction;
use serde_json::Value;
use testkit::tools;

use crate::house::{House, Plan, Taped, errors, finish, noise, text};

const BIG: usize = 20 << 20;
const MARKER: &[u8] = b"this very line is the content of a file";

fn sum(bytes: &[u8]) -> String {
    proto_ssh::files::Sha256(digest(&SHA256, bytes).as_ref().try_into().unwrap()).to_string()
}

fn write(house: &House, name: &str) -> Vec<u8> {
    let mut bytes = MARKER.to_vec();
    bytes.extend(noise(BIG));
    std::fs::write(house.path(name), &bytes).unwrap();
    bytes
}

fn line<'a>(lines: &'a [Value], op: &str) -> &'a Value {
    lines
        .iter()
        .find(|line| line["op"] == op)
        .unwrap_or_else(|| panic!("no {op} in {lines:#?}"))
}

fn holds_no_content(tape: &Taped) {
    for direction in [Direction::ToTarget, Direction::FromTarget] {
        let bytes = tape.bytes(direction);
        assert!(bytes.len() < 1 << 20, "{} bytes {direction:?}", bytes.len());
        assert!(
            !bytes.windows(MARKER.len()).any(|window| window == MARKER),
            "content {direction:?}"
        );
    }
}

async fn copies_both_ways(options: &[&str], protocol: &str) {
    let house = House::new().await;
    let content = write(&house, "big");
    for (from, to) in [
        (house.file("big"), format!("gw:{}", house.file("up"))),
        (format!("gw:{}", house.file("up")), house.file("down")),
    ] {
        let mut arguments = options.to_vec();
        arguments.extend([from.as_str(), to.as_str()]);
        let output = house.run("scp", &arguments).await;
        assert!(output.status.success(), "{}", errors(&output));
    }
    assert_eq!(std::fs::read(house.path("down")).unwrap(), content);
    let rows = house.sessions().await;
    for (row, op) in rows.iter().zip(["upload", "download"]) {
        let tape = house.tape_of(row).await;
        assert_eq!(tape.opens()[0]["kind"], "files");
        let lines = tape.files();
        let line = line(&lines, op);
        assert_eq!(line["protocol"], protocol);
        assert_eq!(line["sha256"], sum(&content), "{line}");
        assert_eq!(line["bytes"], content.len());
        assert_eq!(line["result"], "done");
        assert!(line["path"].as_str().unwrap().ends_with("/up"));
        holds_no_content(&tape);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scp_is_logged_and_its_content_is_not_recorded() {
    copies_both_ways(&["-q"], "sftp").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn legacy_scp_is_logged_and_its_content_is_not_recorded() {
    copies_both_ways(&["-q", "-O"], "scp").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_operation_of_sftp_is_logged() {
    let house = House::new().await;
    std::fs::write(house.path("a"), MARKER).unwrap();
    let folder = house.file("there");
    std::fs::create_dir(&folder).unwrap();
    let batch = format!(
        "cd {folder}\nput {}\nrename a b\nls\nget b {}\nmkdir c\nrmdir c\nrm b\n",
        house.file("a"),
        house.file("fetched")
    );
    std::fs::write(house.path("batch"), batch).unwrap();
    let output = house.run("sftp", ["-b", &house.file("batch"), "gw"]).await;
    assert!(output.status.success(), "{}", errors(&output));
    assert_eq!(std::fs::read(house.path("fetched")).unwrap(), MARKER);
    let lines = house.tape().await.files();
    for op in ["upload", "rename", "list", "download", "mkdir", "rmdir", "delete"] {
        assert_eq!(line(&lines, op)["result"], "done", "{op}");
    }
    assert_eq!(line(&lines, "rename")["to"], format!("{folder}/b"));
    assert_eq!(line(&lines, "upload")["sha256"], sum(MARKER));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_that_are_not_allowed_never_reach_the_host() {
    let house = House::build(Plan::without(&[FileUpload])).await;
    std::fs::write(house.path("a"), MARKER).unwrap();
    let target = format!("gw:{}", house.file("up"));
    for options in [&["-q"][..], &["-q", "-O"]] {
        let mut arguments = options.to_vec();
        let source = house.file("a");
        arguments.extend([source.as_str(), target.as_str()]);
        let output = house.run("scp", &arguments).await;
        assert!(!output.status.success(), "{options:?}");
        assert!(!house.path("up").exists(), "{options:?}");
        let said = errors(&output).to_lowercase();
        assert!(
            said.contains("permission denied") || said.contains("uploads are not allowed"),
            "{options:?}: {said}"
        );
    }
    // Downloads go on as before.
    let output = house
        .run(
            "scp",
            ["-q", &format!("gw:{}", house.file("a")), &house.file("down")],
        )
        .await;
    assert!(output.status.success(), "{}", errors(&output));
    let rows = house.sessions().await;
    let lines = house.tape_of(&rows[0]).await.files();
    assert_eq!(line(&lines, "upload")["result"], "refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downloads_that_are_not_allowed_bring_nothing() {
    let house = House::build(Plan::without(&[FileDownload])).await;
    std::fs::write(house.path("a"), MARKER).unwrap();
    let source = format!("gw:{}", house.file("a"));
    for options in [&["-q"][..], &["-q", "-O"]] {
        let down = house.file("down");
        let mut arguments = options.to_vec();
        arguments.extend([source.as_str(), down.as_str()]);
        let output = house.run("scp", &arguments).await;
        assert!(!output.status.success(), "{options:?}");
        let got = std::fs::read(house.path("down")).unwrap_or_default();
        assert!(got.is_empty(), "{options:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn file_transfers_need_no_right_to_run_commands() {
    let house = House::build(Plan::without(&[Exec])).await;
    std::fs::write(house.path("a"), MARKER).unwrap();
    for options in [&["-q"][..], &["-q", "-O"]] {
        let (from, to) = (house.file("a"), format!("gw:{}", house.file("up")));
        let mut arguments = options.to_vec();
        arguments.extend([from.as_str(), to.as_str()]);
        let output = house.run("scp", &arguments).await;
        assert!(output.status.success(), "{options:?}: {}", errors(&output));
    }
    assert_eq!(house.ssh(["gw", "true"]).await.status.code(), Some(1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rsync_is_counted_and_its_content_is_not_recorded() {
    if !tools::have(&["rsync"]) {
        return;
    }
    let house = House::new().await;
    let content = write(&house, "big");
    let shell = format!("ssh -F {}", house.file("config"));
    for (from, to) in [
        (house.file("big"), format!("gw:{}", house.file("up"))),
        (format!("gw:{}", house.file("up")), house.file("down")),
    ] {
        let mut command = tokio::process::Command::new("rsync");
        command.args(["-a", "-e", &shell, &from, &to]);
        let output = finish(command, b"").await;
        assert!(output.status.success(), "{}", errors(&output));
    }
    assert_eq!(std::fs::read(house.path("down")).unwrap(), content);
    let rows = house.sessions().await;
    for (row, op) in rows.iter().zip(["upload", "download"]) {
        let tape = house.tape_of(row).await;
        let lines = tape.files();
        let line = line(&lines, op);
        assert_eq!(line["protocol"], "rsync");
        assert_eq!(line["path"], house.file("up"));
        assert!(line["bytes"].as_u64().unwrap() >= content.len() as u64);
        assert_eq!(line["result"], "done");
        holds_no_content(&tape);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn git_clones_and_pushes() {
    let house = House::new().await;
    let git = |arguments: Vec<String>| {
        let mut command = tokio::process::Command::new("git");
        command
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
            .args(arguments);
        command.env("GIT_SSH_COMMAND", format!("ssh -F {}", house.file("config")));
        async move {
            let output = finish(command, b"").await;
            assert!(output.status.success(), "{}", errors(&output));
            text(&output)
        }
    };
    let (bare, clone) = (house.file("bare"), house.file("clone"));
    git(vec!["init".into(), "-q".into(), "--bare".into(), bare.clone()]).await;
    git(vec![
        "clone".into(),
        "-q".into(),
        format!("gw:{bare}"),
        clone.clone(),
    ])
    .await;
    let inside = |arguments: &[&str]| {
        let mut all = vec!["-C".to_owned(), clone.clone()];
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        git(all)
    };
    inside(&["commit", "-q", "--allow-empty", "-m", "first"]).await;
    inside(&["push", "-q", "origin", "HEAD:main"]).await;
    let log = git(vec![
        "-C".into(),
        bare.clone(),
        "log".into(),
        "--oneline".into(),
        "main".into(),
    ])
    .await;
    assert!(log.contains("first"));
    let lines = house.tape().await.files();
    assert_eq!(line(&lines, "upload")["protocol"], "git");
}
