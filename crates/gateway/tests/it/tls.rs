//! The command line towards a gateway that speaks TLS.

use serde_json::json;

use crate::{
    house::house,
    kinds::echo,
    pghouse::certificate_with,
    program::{Program, run},
};

#[test]
fn connect_carries_over_tls_and_trusts_whom_the_other_commands_trust() {
    let (_server, mut gateway) = house(&json!({}));
    echo(&gateway);
    let ann = gateway.token("ann");
    let (cert, key) = certificate_with(
        gateway.folder(),
        &[
            "subjectAltName=IP:127.0.0.1",
            "basicConstraints=critical,CA:FALSE",
        ],
    );
    gateway.environment("DOORWARD_TLS_CERT", &cert);
    gateway.environment("DOORWARD_TLS_KEY", &key);
    gateway.stop();
    gateway.restart();
    let doorward = |words: &[&str], trusted: &str| {
        let mut command = gateway.cli_as(&ann, words);
        command
            .env("DOORWARD_ADDR", &gateway.http)
            .env("SSL_CERT_FILE", trusted);
        command
    };
    assert!(gateway.http.starts_with("https://"), "{}", gateway.http);
    let mut caller = Program::start(&mut doorward(&["connect", "echo"], &cert));
    caller.say("here\n");
    caller.out.wait_for("here\n");
    caller.close_input();
    let status = caller.ended();
    assert!(status.success(), "{status}: {}", caller.err.text());
    assert_eq!(run(&mut doorward(&["sessions", "list"], &cert), "").code, 0);
    for words in [["connect", "echo"], ["sessions", "list"]] {
        let stranger = run(&mut doorward(&words, "/dev/null"), "");
        assert_eq!(stranger.code, 10, "{stranger:?}");
    }
}
