//! `ssh -J gateway resource`, and streams to any resource by its name.

use crate::house::{House, Plan, errors, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_jump_needs_no_name_and_is_recorded_like_the_rest() {
    let house = House::new().await;
    let port = house.port.to_string();
    // The user name on this machine is no account: the rule's first one is taken.
    let output = house
        .ssh([
            "-J",
            "lobby",
            "-o",
            "HostName=web1",
            "-l",
            "whoever",
            "-p",
            &port,
            "web1",
            "echo jumped; exit 4",
        ])
        .await;
    assert_eq!(
        (text(&output).as_str(), output.status.code()),
        ("jumped\n", Some(4)),
        "{}",
        errors(&output)
    );
    let tape = house.tape().await;
    assert_eq!(tape.opens()[0]["title"], "echo jumped; exit 4");
    assert_eq!(tape.closes()[0]["exit_code"], 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gateway_certifies_what_a_jump_reaches() {
    let house = House::new().await;
    let authority = house.engine.vault().ssh_ca().public_key().to_openssh().unwrap();
    let known = house.path("certified");
    let host = house.engine.vault().ssh_host_keys()[0]
        .public_key()
        .to_openssh()
        .unwrap();
    std::fs::write(
        &known,
        format!(
            "[127.0.0.1]:{} {host}\n@cert-authority web1 {authority}\n",
            house.port
        ),
    )
    .unwrap();
    let file = format!("UserKnownHostsFile={}", known.display());
    let jump = format!(
        "ProxyCommand=ssh -F {} -o StrictHostKeyChecking=yes -o {file} -W web1:22 lobby",
        house.file("config")
    );
    let options = [
        "-o",
        &file,
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "HostName=web1",
        "-o",
        &jump,
    ];
    let mut arguments = options.to_vec();
    arguments.extend(["web1", "echo certified"]);
    let output = house.run("ssh", &arguments).await;
    assert_eq!(text(&output), "certified\n", "{}", errors(&output));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_jumps_share_one_outer_connection() {
    let house = House::new().await;
    let socket = format!("ControlPath={}", house.file("control"));
    let master = house
        .ssh(["-o", "ControlMaster=yes", "-o", &socket, "-N", "-f", "lobby"])
        .await;
    assert!(master.status.success(), "{}", errors(&master));
    let jumps = (0..5).map(|number| {
        let (house, socket) = (&house, &socket);
        async move {
            let proxy = format!(
                "ProxyCommand=ssh -F {} -o {socket} -W web1:22 lobby",
                house.file("config")
            );
            let input = crate::house::noise(3_000_000);
            let output = house.ssh_with(["-o", &proxy, "web1", "cat"], &input).await;
            assert!(
                output.stdout == input,
                "{number}: {} bytes: {}",
                output.stdout.len(),
                errors(&output)
            );
        }
    });
    futures_util::future::join_all(jumps).await;
    house.ssh(["-o", &socket, "-O", "exit", "lobby"]).await;
    assert_eq!(house.sessions().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_carried_to_what_they_may_not_use() {
    let house = House::build(Plan::default()).await;
    let output = house
        .ssh(["-o", "LogLevel=INFO", "-W", "secret-place:22", "lobby"])
        .await;
    assert!(
        errors(&output).contains("no resource `secret-place`"),
        "{}",
        errors(&output)
    );
    assert!(house.sessions().await.is_empty());
}
