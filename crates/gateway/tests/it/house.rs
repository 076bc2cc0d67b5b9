//! Gateways that tests begin with, furnished.

use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, text},
    program::{PATIENCE, Program, run, until},
    sshd::Sshd,
};

pub(crate) fn house(profile: &Value) -> (Sshd, Gateway) {
    let server = Sshd::start();
    let gateway = Gateway::start_with(&[("DOORWARD_GRACE_SECS", "1")]);
    gateway.furnish(&server, profile);
    (server, gateway)
}

/// Waits until a session is in a state.
pub(crate) fn in_state(gateway: &Gateway, id: &str, state: &str) -> Value {
    until(PATIENCE, &format!("the session is {state}"), || {
        let session = gateway.session(id);
        (session["state"] == state).then_some(session)
    })
}

/// A gateway with a few sessions: three that are over, and one that runs.
pub(crate) struct Office {
    pub(crate) gateway: Gateway,
    _server: Sshd,
    _running: Program,
    pub(crate) running: String,
}

impl Office {
    pub(crate) fn open() -> Self {
        let server = Sshd::start();
        let gateway = Gateway::start();
        gateway.furnish(&server, &json!({}));
        for number in 0..3 {
            let said = run(
                gateway
                    .ssh(&[], "box")
                    .arg(format!("echo {number}; exit {number}")),
                "",
            );
            assert_eq!(said.code, number, "{said:?}");
        }
        // What is over for the client may not be for the gateway yet.
        for row in gateway.sessions("status=all") {
            gateway.ended(&text(&row["session_id"]));
        }
        let program = Program::start(gateway.ssh(&[], "box").arg("cat"));
        let running = gateway.running();
        Self {
            gateway,
            _server: server,
            _running: program,
            running,
        }
    }
}

pub(crate) fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
