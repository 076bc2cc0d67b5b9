//! Commands and shells.

use engine::Direction;

use crate::house::{House, errors, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exit_codes_and_signals_equal_the_direct_run() {
    let house = House::new().await;
    for command in [
        "true",
        "exit 3",
        "exit 255",
        "kill -TERM $$",
        "kill -KILL $$",
        "no-such-command",
    ] {
        let direct = house.ssh(["direct", command]).await;
        let through = house.ssh(["gw", command]).await;
        assert_eq!(through.status, direct.status, "{command}: {}", errors(&through));
        assert_eq!(text(&through), text(&direct), "{command}");
    }
    let rows = house.sessions().await;
    let mut ends = Vec::new();
    for row in &rows {
        ends.extend(house.tape_of(row).await.closes());
    }
    let codes: Vec<_> = ends.iter().map(|end| end["exit_code"].as_u64()).collect();
    assert_eq!(codes, [Some(0), Some(3), Some(255), None, None, Some(127)]);
    let signals: Vec<_> = ends.iter().filter_map(|end| end["signal"].as_str()).collect();
    assert_eq!(signals, ["TERM", "KILL"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_and_errors_arrive_apart_and_are_recorded_apart() {
    let house = House::new().await;
    let output = house.ssh_with(["gw", "cat; echo oops >&2"], b"typed").await;
    assert_eq!(
        (text(&output), errors(&output)),
        ("typed".into(), "oops\n".into())
    );
    let tape = house.tape().await;
    assert_eq!(tape.text(Direction::ToTarget), "typed");
    assert_eq!(tape.text(Direction::FromTarget), "typed");
    assert_eq!(tape.text(Direction::FromTargetErr), "oops\n");
    assert_eq!(tape.opens()[0]["kind"], "command");
    assert_eq!(tape.opens()[0]["title"], "cat; echo oops >&2");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_has_a_terminal_of_the_right_size() {
    let house = House::new().await;
    let output = house.ssh_with(["-tt", "gw"], b"stty size; tty; exit 5\n").await;
    assert_eq!(output.status.code(), Some(5));
    assert!(text(&output).contains("/dev/pts/"), "{}", text(&output));
    let tape = house.tape().await;
    assert_eq!(tape.opens()[0]["kind"], "terminal");
    assert_eq!(tape.closes()[0]["exit_code"], 5);
    assert!(tape.text(Direction::FromTarget).contains("/dev/pts/"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_channels_share_a_connection() {
    let house = House::new().await;
    let control = house.file("control");
    let socket = format!("ControlPath={control}");
    let master = house.ssh(["-o", "ControlMaster=yes", "-o", &socket, "-N", "-f", "gw"]);
    assert!(master.await.status.success());
    let commands = (0..10).map(|number| {
        let (house, socket) = (&house, &socket);
        async move {
            let command = format!("echo number {number}; exit {number}");
            let output = house.ssh(["-o", socket, "gw", &command]).await;
            assert_eq!(text(&output), format!("number {number}\n"));
            assert_eq!(output.status.code(), Some(number));
        }
    });
    futures_util::future::join_all(commands).await;
    house.ssh(["-o", &socket, "-O", "exit", "gw"]).await;
    let rows = house.sessions().await;
    assert_eq!(rows.len(), 1, "one connection is one session");
    assert_eq!(house.tape().await.opens().len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variables_of_the_environment_pass() {
    let house = House::new().await;
    let output = house
        .ssh(["-o", "SetEnv=LC_DOORWARD=here", "gw", "echo $LC_DOORWARD"])
        .await;
    assert_eq!(text(&output), "here\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_profile_does_not_allow_is_refused_with_a_word() {
    use domain::object::Capability::{Exec, Shell, Subsystem};
    let house = House::build(crate::house::Plan::without(&[Shell, Exec, Subsystem])).await;
    let marker = house.file("marker");
    for arguments in [
        vec!["gw".to_owned(), format!("touch {marker}")],
        vec!["-tt".into(), "gw".into()],
    ] {
        let output = house.run("ssh", &arguments).await;
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let said = errors(&output) + &text(&output);
        assert!(
            said.contains("not allowed in this session"),
            "{arguments:?}: {said}"
        );
    }
    assert!(!house.path("marker").exists());
    let output = house.ssh(["-s", "gw", "netconf"]).await;
    assert!(
        errors(&output).contains("subsystem request failed"),
        "{}",
        errors(&output)
    );
    let notes = house.tape().await.notes();
    assert!(
        notes.iter().any(|note| note["body"]["event"] == "refused"),
        "{notes:?}"
    );
}
