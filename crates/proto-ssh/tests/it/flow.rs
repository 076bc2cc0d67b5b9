//! Windows, stalls and new keys.

use std::process::Stdio;
use std::time::Duration;

use proto_ssh::wire::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::house::{House, Plan, errors, noise, text};

const BULK: usize = 100 << 20;

async fn bulk(house: &House, options: &[&str]) {
    let input = noise(BULK);
    std::fs::write(house.path("bulk"), &input).unwrap();
    let mut up = options.to_vec();
    let command = format!("cat > {}", house.file("up"));
    up.extend(["gw", command.as_str()]);
    let mut program = house.program("ssh");
    program.args(&up);
    let output = crate::house::finish(program, &input).await;
    assert!(output.status.success(), "{}", errors(&output));
    assert!(std::fs::read(house.path("up")).unwrap() == input, "up");
    let mut down = options.to_vec();
    let command = format!("cat {}", house.file("bulk"));
    down.extend(["gw", command.as_str()]);
    let output = house.run("ssh", &down).await;
    assert!(
        output.stdout == input,
        "down: {} bytes: {}",
        output.stdout.len(),
        errors(&output)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bulk_arrives_unchanged_both_ways() {
    bulk(&House::new().await, &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn new_keys_every_mebibyte_by_all_sides_lose_nothing() {
    let limits = Limits {
        rekey_bytes: 1 << 20,
        held: 8 << 20,
        ..Limits::default()
    };
    let house = House::build(Plan {
        limits,
        host_config: "RekeyLimit 1M".into(),
        ..Plan::default()
    })
    .await;
    let input = noise(20 << 20);
    for cipher in [
        "aes128-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
        "aes256-ctr",
    ] {
        let output = house
            .ssh_with(["-o", "RekeyLimit=1M", "-c", cipher, "gw", "cat"], &input)
            .await;
        assert!(
            output.stdout == input,
            "{cipher}: {} bytes: {}",
            output.stdout.len(),
            errors(&output)
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_pauses_gets_every_byte() {
    let house = House::new().await;
    let mut command = house.program("ssh");
    command
        .args(["gw", "cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let writing = tokio::spawn(async move {
        let zeros = vec![0; 1 << 20];
        for _ in 0..64 {
            stdin.write_all(&zeros).await.unwrap();
        }
    });
    // Until every buffer on the way is full and nothing moves.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!writing.is_finished(), "64 MiB went into buffers");
    let mut total = 0;
    let mut buffer = vec![0; 1 << 20];
    let reading = async {
        loop {
            match stdout.read(&mut buffer).await.unwrap() {
                0 => return,
                count => total += count,
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), reading)
        .await
        .expect("the rest does not come");
    assert_eq!(total, 64 << 20);
    writing.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_channel_lives_while_the_first_is_stalled() {
    let house = House::new().await;
    let socket = format!("ControlPath={}", house.file("control"));
    let master = house
        .ssh(["-o", "ControlMaster=yes", "-o", &socket, "-N", "-f", "gw"])
        .await;
    assert!(master.status.success());
    // One that is never read, and one that never reads.
    let mut never_read = house.program("ssh");
    never_read
        .args(["-o", &socket, "gw", "cat /dev/zero"])
        .stdout(Stdio::piped());
    let mut never_read = never_read.spawn().unwrap();
    let mut never_reads = house.program("ssh");
    never_reads
        .args(["-o", &socket, "gw", "sleep 1000"])
        .stdin(Stdio::piped());
    let mut never_reads = never_reads.spawn().unwrap();
    let mut stdin = never_reads.stdin.take().unwrap();
    let zeros = vec![0; 1 << 20];
    while tokio::time::timeout(Duration::from_secs(1), stdin.write_all(&zeros))
        .await
        .is_ok()
    {}
    for _ in 0..5 {
        let output = house.ssh(["-o", &socket, "gw", "echo alive"]).await;
        assert_eq!(text(&output), "alive\n", "{}", errors(&output));
    }
    never_read.kill().await.unwrap();
    never_reads.kill().await.unwrap();
    house.ssh(["-o", &socket, "-O", "exit", "gw"]).await;
}
