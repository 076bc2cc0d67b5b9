//! The databases of `doorward demo`, twice over the same folder.

use std::process::Command;

use serde_json::Value;
use testkit::tools;

use crate::{
    gateway::{DOORWARD, text},
    program::{Program, run},
};

#[test]
fn a_demo_has_a_database_that_is_there_again_the_next_time() {
    if !tools::have(&["mariadbd", "mariadb"]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for statement in ["create table mine (a int)", "select * from mine"] {
        let ready = dir.path().join("ready.json");
        let mut demo = Program::start(
            Command::new(DOORWARD)
                .env_remove("DOORWARD_DATABASE_URL")
                .args(["demo", "--data"])
                .arg(dir.path().join("data"))
                .arg("--ready-file")
                .arg(&ready),
        );
        demo.out.wait_for("Ctrl-C stops it");
        let ready: Value = serde_json::from_slice(&std::fs::read(&ready).unwrap()).unwrap();
        assert!(
            demo.out.text().contains("demo:demo-mariadb"),
            "{}",
            demo.out.text()
        );
        let user = &ready["users"][1];
        let mut client = Command::new(tools::path("mariadb"));
        client
            .args([
                "--no-defaults",
                "-h",
                "127.0.0.1",
                "-BN",
                "-u",
                "demo:demo-mariadb",
            ])
            .args(["-P", &ready["mysql"]["port"].to_string()])
            .arg(format!("-p{}", text(&user["password"])));
        let said = run(
            client.args(["-e", &format!("select count(*) from orders; {statement}")]),
            "",
        );
        assert_eq!((said.code, said.out.as_str()), (0, "500\n"), "{said:?}");
        if tools::have(&["redis-server", "redis-cli"]) {
            let ask = |words: &[&str]| {
                let mut client = Command::new(tools::path("redis-cli"));
                client.env("REDISCLI_AUTH", text(&user["password"])).args([
                    "-p",
                    &ready["redis"]["port"].to_string(),
                    "--user",
                    "demo:demo-redis",
                ]);
                run(client.args(words), "").out
            };
            assert_eq!(ask(&["hget", "order:7", "total"]), "24\n");
            let (asked, expected) = if statement.starts_with("create") {
                (&["set", "mine", "1"][..], "OK\n")
            } else {
                (&["get", "mine"][..], "1\n")
            };
            assert_eq!(ask(asked), expected);
        }
        let stopped = run(Command::new("kill").arg(demo.pid().to_string()), "");
        assert_eq!(stopped.code, 0);
        assert!(demo.ended().success());
    }
}
