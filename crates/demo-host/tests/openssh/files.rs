//! SFTP, scp and rsync, and connections to ports.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::support::{finish, place, random_file, sha256sum, text};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const LARGE: usize = 50 << 20;

#[tokio::test]
async fn a_large_file_survives_sftp_both_ways() {
    let place = place().await;
    random_file(&place.path("large"), LARGE);
    let ran = place.sftp("put large up\nget up back\n").await;
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let sum = sha256sum(&place.path("large")).await;
    assert_eq!(sum, sha256sum(&place.scratch("up")).await);
    assert_eq!(sum, sha256sum(&place.path("back")).await);
    place.host.shutdown().await;
}

#[tokio::test]
async fn a_large_file_survives_scp_of_both_kinds() {
    let place = place().await;
    random_file(&place.path("large"), LARGE);
    let sum = sha256sum(&place.path("large")).await;
    for kind in ["-s", "-O"] {
        for (from, to) in [("large", "127.0.0.1:up"), ("127.0.0.1:up", "back")] {
            let mut scp = place.command("scp");
            scp.args([kind, "-p", from, to]);
            let ran = finish(scp, b"").await;
            assert!(ran.status.success(), "{kind} {}", text(&ran.stderr));
        }
        assert_eq!(sum, sha256sum(&place.scratch("up")).await);
        assert_eq!(sum, sha256sum(&place.path("back")).await);
        fs::remove_file(place.scratch("up")).unwrap();
        fs::remove_file(place.path("back")).unwrap();
    }
    place.host.shutdown().await;
}

#[tokio::test]
async fn every_operation_of_sftp_works() {
    let place = place().await;
    fs::write(place.path("a"), "alpha").unwrap();
    let ran = place
        .sftp(
            "pwd\nmkdir d\nput -p a d/one\nrename d/one d/two\nln -s two d/soft\nln d/two d/hard\nchmod 600 d/two\n\
             ls -l d\nget d/soft b\nput a d/other\nrename d/other d/hard\n-get missing\n-rmdir d\nput a d/two\n-reput a d/two\n\
             rm d/soft\nrm d/hard\ncd d\npwd\nls\n",
        )
        .await;
    let said = text(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", text(&ran.stderr));
    let scratch = place.path("scratch").canonicalize().unwrap();
    assert!(said.contains(&format!("Remote working directory: {}\n", scratch.display())));
    assert!(said.contains(&format!("Remote working directory: {}/d\n", scratch.display())));
    assert!(
        said.lines()
            .any(|line| line.starts_with("lrwx") && line.ends_with(" soft")),
        "{said}"
    );
    assert!(text(&ran.stderr).contains("missing"));
    assert_eq!(fs::read_to_string(place.path("b")).unwrap(), "alpha");
    let two = fs::metadata(place.scratch("d/two")).unwrap();
    assert_eq!((two.permissions().mode() & 0o777, two.nlink()), (0o600, 1));
    assert_eq!(fs::read_dir(place.scratch("d")).unwrap().count(), 1);
    let ran = place.sftp("rm d/two\nrmdir d\n").await;
    assert!(ran.status.success() && !place.scratch("d").exists());
    place.host.shutdown().await;
}

#[tokio::test]
async fn attributes_arrive() {
    let place = place().await;
    fs::write(place.path("a"), "alpha").unwrap();
    fs::set_permissions(place.path("a"), fs::Permissions::from_mode(0o640)).unwrap();
    let long_ago = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    fs::File::options()
        .write(true)
        .open(place.path("a"))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    assert!(place.sftp("put -p a up\nget -p up back\n").await.status.success());
    for path in [place.scratch("up"), place.path("back")] {
        let metadata = fs::metadata(path).unwrap();
        assert_eq!(
            (metadata.permissions().mode() & 0o777, metadata.mtime()),
            (0o640, 1_000_000_000)
        );
    }
    place.host.shutdown().await;
}

#[tokio::test]
async fn folders_are_copied_whole() {
    let place = place().await;
    let tree = place.path("tree/one/two");
    fs::create_dir_all(&tree).unwrap();
    for n in 0..250 {
        random_file(&tree.join(format!("file {n}")), n * 31);
    }
    let ran = place.sftp("put -r tree\nget -r tree back\n").await;
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    for n in 0..250 {
        let name = format!("one/two/file {n}");
        assert_eq!(
            fs::read(place.path("tree").join(&name)).unwrap(),
            fs::read(place.path("back").join(&name)).unwrap()
        );
    }
    place.host.shutdown().await;
}

#[tokio::test]
async fn no_path_leads_out_of_the_scratch_folder() {
    let place = place().await;
    fs::write(place.path("secret"), "secret").unwrap();
    fs::write(place.path("a"), "alpha").unwrap();
    let outside = place.folder.path().to_str().unwrap().to_owned();
    symlink("../secret", place.scratch("link")).unwrap();
    symlink(place.path("secret"), place.scratch("absolute")).unwrap();
    symlink("..", place.scratch("up")).unwrap();
    symlink(place.folder.path(), place.scratch("out")).unwrap();
    symlink("/proc/self/root", place.scratch("magic")).unwrap();
    fs::create_dir(place.scratch("sub")).unwrap();
    let refused = [
        "get ../secret got".to_owned(),
        format!("get {outside}/secret got"),
        format!("get {outside}/scratch/../secret got"),
        "get sub/../../secret got".into(),
        "get link got".into(),
        "get absolute got".into(),
        "get up/secret got".into(),
        "get out/secret got".into(),
        "get magic/etc/passwd got".into(),
        "get /etc/passwd got".into(),
        "put a ../made".into(),
        "put a up/made".into(),
        "put a link".into(),
        "mkdir ../made".into(),
        "mkdir out/made".into(),
        "rm ../secret".into(),
        "rm out/secret".into(),
        "rmdir ../scratch".into(),
        "rename ../secret taken".into(),
        "rename sub ../made".into(),
        "ln ../secret taken".into(),
        "chmod 777 link".into(),
        "chmod 777 ../secret".into(),
        "ls ..".into(),
        "ls /".into(),
        "cd /".into(),
        "cd ..".into(),
        "cd out".into(),
        "rm .".into(),
        "rmdir .".into(),
    ];
    let mode = || fs::metadata(place.path("secret")).unwrap().permissions().mode();
    let before = mode();
    for line in refused {
        let ran = place.sftp(&line).await;
        assert!(!ran.status.success(), "{line}: {}", text(&ran.stdout));
        assert!(
            !place.path("got").exists() && !place.path("made").exists(),
            "{line}"
        );
        assert!(!place.scratch("taken").exists(), "{line}");
    }
    assert_eq!(fs::read_to_string(place.path("secret")).unwrap(), "secret");
    assert_eq!(mode(), before);
    // The client takes what it cannot list for the name of a file.
    assert!(!text(&place.sftp("ls up/").await.stdout).contains("secret"));
    // A link inside is fine.
    symlink("README.txt", place.scratch("inside")).unwrap();
    assert!(place.sftp("get inside got\n").await.status.success());
    place.host.shutdown().await;
}

#[tokio::test]
async fn a_pipe_is_not_opened() {
    let place = place().await;
    let made = tokio::process::Command::new("mkfifo")
        .arg(place.scratch("pipe"))
        .status()
        .await
        .unwrap();
    assert!(made.success());
    let ran = place.sftp("-get pipe\nls\n").await;
    assert!(ran.status.success() && text(&ran.stdout).contains("pipe"));
    place.host.shutdown().await;
}

#[tokio::test]
async fn rsync_works_both_ways() {
    if tokio::process::Command::new("rsync")
        .arg("--version")
        .output()
        .await
        .is_err()
    {
        return;
    }
    let place = place().await;
    fs::create_dir(place.path("tree")).unwrap();
    random_file(&place.path("tree/large"), 5 << 20);
    let shell = format!("ssh {}", place.options().join(" "));
    for (from, to) in [("tree/", "127.0.0.1:copy/"), ("127.0.0.1:copy/", "back/")] {
        let mut rsync = tokio::process::Command::new("rsync");
        rsync
            .args(["-a", "-e", &shell, from, to])
            .current_dir(place.folder.path());
        let ran = rsync.output().await.unwrap();
        assert!(ran.status.success(), "{}", text(&ran.stderr));
    }
    assert_eq!(
        sha256sum(&place.path("tree/large")).await,
        sha256sum(&place.path("back/large")).await
    );
    place.host.shutdown().await;
}

#[tokio::test]
async fn ports_of_the_loopback_are_reached_and_no_others() {
    let place = place().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let echo = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        all.reverse();
        stream.write_all(&all).await.unwrap();
    });
    let input: Vec<u8> = (0..1_000_000).map(|at| (at % 251) as u8).collect();
    let ran = place
        .run(&["-W", &format!("localhost:{port}"), "127.0.0.1"], &input)
        .await;
    echo.await.unwrap();
    assert!(ran.stdout.iter().rev().eq(&input), "{}", text(&ran.stderr));
    for to in ["192.0.2.1:80", "example.com:80", "[::]:80", "0.0.0.0:22"] {
        let ran = place.run(&["-W", to, "127.0.0.1"], b"").await;
        assert!(
            !ran.status.success() && text(&ran.stderr).contains("prohibited"),
            "{to} {}",
            text(&ran.stderr)
        );
    }
    // Nobody listens there any more.
    let ran = place
        .run(&["-W", &format!("127.0.0.1:{port}"), "127.0.0.1"], b"")
        .await;
    assert!(
        text(&ran.stderr).contains("connect failed"),
        "{}",
        text(&ran.stderr)
    );
    place.host.shutdown().await;
}
