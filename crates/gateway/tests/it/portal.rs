//! Terminals and files in a browser, as browsers use them: websockets and plain requests to the real program, with a real host behind it.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    time::Duration,
};

use aws_lc_rs::digest;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{
    self, Message, WebSocket, client::IntoClientRequest, protocol::frame::coding::CloseCode,
};

use crate::{
    gateway::{Gateway, PASSWORD, text},
    http::{self, Answer},
    program::{PATIENCE, until},
    sshd::Sshd,
};

fn house(profile: &Value) -> (Sshd, Gateway) {
    let server = Sshd::start();
    let gateway = Gateway::start_with(&[("DOORWARD_GRACE_SECS", "1")]);
    gateway.furnish(&server, profile);
    (server, gateway)
}

/// A terminal in a browser.
struct Browser {
    socket: WebSocket<TcpStream>,
    screen: String,
    session: Option<String>,
}

impl Browser {
    fn open(gateway: &Gateway, token: &str, path: &str) -> Self {
        Self::try_open(gateway, token, path).unwrap_or_else(|status| panic!("{path}: {status}"))
    }

    /// Gives the status when the websocket is refused.
    fn try_open(gateway: &Gateway, token: &str, path: &str) -> Result<Self, u16> {
        let stream = TcpStream::connect(&gateway.http).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = format!("ws://{}{path}", gateway.http)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("Authorization", format!("Bearer {token}").parse().unwrap());
        headers.insert("Sec-WebSocket-Protocol", "doorward.terminal.v1".parse().unwrap());
        match tungstenite::client::client(request, stream) {
            Ok((socket, answer)) => {
                assert_eq!(answer.headers()["sec-websocket-protocol"], "doorward.terminal.v1");
                Ok(Self {
                    socket,
                    screen: String::new(),
                    session: None,
                })
            }
            Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => {
                Err(answer.status().as_u16())
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a shell with nothing that its own settings would add.
    fn shell(gateway: &Gateway, token: &str, query: &str) -> Self {
        let mut browser = Self::open(gateway, token, &format!("/v1/connect/box/terminal?{query}"));
        let settings = gateway.folder().join("inputrc");
        std::fs::write(&settings, "set enable-bracketed-paste off\n").unwrap();
        let start = format!(
            "PS1='% ' HISTFILE= INPUTRC={} exec bash --norc --noprofile -i\n",
            settings.display()
        );
        browser.say(&start);
        browser.say("echo ready-$((1 + 1))\n");
        browser.wait_for("ready-2\r\n% ");
        browser
    }

    /// Types.
    fn say(&mut self, keys: &str) {
        self.socket
            .send(Message::Binary(keys.as_bytes().to_vec().into()))
            .unwrap();
    }

    fn tell(&mut self, document: &Value) {
        self.socket
            .send(Message::Text(document.to_string().into()))
            .unwrap();
    }

    /// Reads the next message; gives it when it is a document.
    fn read(&mut self) -> Option<Value> {
        match self
            .socket
            .read()
            .unwrap_or_else(|error| panic!("{error}; this was shown:\n{}", self.screen))
        {
            Message::Binary(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
            Message::Text(document) => {
                let document: Value = serde_json::from_str(&document).unwrap();
                if document["type"] == "session" {
                    assert!(self.session.is_none(), "it is said once");
                    self.session = Some(text(&document["id"]));
                }
                return Some(document);
            }
            Message::Close(close) => panic!("closed: {close:?}; this was shown:\n{}", self.screen),
            _ => {}
        }
        None
    }

    /// Reads until a text was shown, and forgets what was shown up to there.
    fn wait_for(&mut self, text: &str) {
        while !self.screen.contains(text) {
            if let Some(document) = self.read() {
                assert_ne!(
                    document["type"], "end",
                    "{document}; this was shown:\n{}",
                    self.screen
                );
            }
        }
        let end = self.screen.find(text).unwrap() + text.len();
        self.screen.drain(..end);
    }

    /// Reads until a document of a type comes.
    fn hear(&mut self, kind: &str) -> Value {
        loop {
            if let Some(document) = self.read().filter(|document| document["type"] == kind) {
                return document;
            }
        }
    }

    /// Reads to the end, which closes the websocket in order.
    fn end(&mut self) -> Value {
        let end = self.hear("end");
        match self.socket.read() {
            Ok(Message::Close(Some(close))) => assert_eq!(close.code, CloseCode::Normal),
            other => panic!("not closed: {other:?}"),
        }
        end
    }

    fn session(&mut self) -> String {
        while self.session.is_none() {
            self.read();
        }
        self.session.clone().unwrap()
    }
}

/// The files of a resource in a browser.
struct Manager<'a> {
    gateway: &'a Gateway,
    token: String,
    session: String,
    home: String,
}

impl<'a> Manager<'a> {
    fn open(gateway: &'a Gateway, user: &str) -> Self {
        let token = gateway.token(user);
        let wish = json!({ "resource": "box" });
        let answer = gateway
            .ask_as(&token, "POST", "/v1/portal/files", Some(&wish))
            .answer();
        assert_eq!(answer.status, 201, "{}", answer.text());
        let opened = answer.json();
        Self {
            gateway,
            token,
            session: text(&opened["session"]),
            home: text(&opened["home"]),
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/v1/portal/files/{}{rest}", self.session)
    }

    fn get(&self, rest: &str) -> Answer {
        self.gateway
            .ask_as(&self.token, "GET", &self.path(rest), None)
            .answer()
    }

    fn list(&self, folder: &Path, after: Option<&str>) -> Answer {
        let after = after
            .map(|after| format!("&after={}", encoded(after)))
            .unwrap_or_default();
        self.get(&format!("?path={}{after}", encoded(&folder.to_string_lossy())))
    }

    fn download(&self, file: &Path) -> Answer {
        self.get(&format!("/content?path={}", encoded(&file.to_string_lossy())))
    }

    fn upload(&self, file: &Path, more: &str, content: &[u8]) -> Answer {
        let path = format!("/content?path={}{more}", encoded(&file.to_string_lossy()));
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str())];
        http::send_raw(&self.gateway.http, "PUT", &self.path(&path), &headers, content).answer()
    }

    fn change(&self, verb: &str, body: &Value) -> Answer {
        let path = self.path(&format!("/{verb}"));
        self.gateway
            .ask_as(&self.token, "POST", &path, Some(body))
            .answer()
    }

    /// Waits until the file log of the session has an entry of a kind on a path.
    fn logged(&self, op: &str, file: &Path) -> Value {
        let file = file.to_string_lossy().into_owned();
        until(PATIENCE, &format!("{op} of {file} is in the file log"), || {
            let log = self
                .gateway
                .get(&format!("/v1/sessions/{}/files?limit=1000", self.session));
            let files = log["files"].as_array().unwrap().clone();
            files
                .into_iter()
                .find(|entry| entry["op"] == op && entry["path"] == json!(file))
        })
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    let sum = digest::digest(&digest::SHA256, bytes);
    let mut text = String::new();
    for byte in sum.as_ref() {
        let _written = write!(text, "{byte:02x}");
    }
    text
}

/// Bytes that no compression shortens and no block of which is like another.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(count.div_ceil(8)).flatten().take(count).collect()
}

/// Gives how much memory the gateway has, in KiB.
fn memory(gateway: &Gateway) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", gateway.pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Waits until a number stays as it is, and gives it. The gateway stores its counters every five seconds.
fn settled(what: &str, mut look: impl FnMut() -> u64) -> u64 {
    let (mut known, mut since) = (look(), std::time::Instant::now());
    until(PATIENCE, what, || {
        let now = look();
        if now != known {
            (known, since) = (now, std::time::Instant::now());
        }
        (since.elapsed() > Duration::from_secs(11)).then_some(known)
    })
}

#[test]
fn a_terminal_in_a_browser_is_a_session_like_any_other() {
    let (_server, gateway) = house(&json!({}));
    let token = gateway.token("ann");
    let mut browser = Browser::shell(&gateway, &token, "cols=100&rows=30");
    let id = browser.session();
    browser.say("stty size\n");
    browser.wait_for("\n30 100\r\n");
    browser.tell(&json!({ "type": "resize", "cols": 132, "rows": 43 }));
    // The size is set beside the bytes, not in order with them.
    until(PATIENCE, "the terminal has the new size", || {
        browser.say("echo \"size $(stty size)\"\n");
        browser.wait_for("\nsize ");
        browser.wait_for("\r\n% ");
        browser.say("[ \"$(stty size)\" = '43 132' ] && echo yes-it-has || echo not-yet\n");
        while !browser.screen.contains("\nyes-it-has") && !browser.screen.contains("\nnot-yet") {
            browser.read();
        }
        browser.screen.contains("\nyes-it-has").then_some(())
    });

    let session = gateway.session(&id);
    assert_eq!(session["state"], "active");
    assert_eq!(session["client_interface"], "web_cli");
    assert_eq!(session["client_interface_title"], "Web Portal - CLI");
    assert_eq!(session["client_ip"], "127.0.0.1");
    assert_eq!(session["user"]["name"], "ann");
    let found = gateway.sessions("client_interface=web_cli,desktop");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(gateway.sessions("client_interface=cli").is_empty());

    browser.say("echo the-$((6 * 7))\n");
    browser.wait_for("\nthe-42\r\n");
    browser.say("exit 7\n");
    let end = browser.end();
    assert_eq!(end["exit"], 7, "{end}");
    assert_eq!(end["reason"], "user_disconnect");

    let session = gateway.ended(&id);
    assert_eq!(session["end_reason"], "user_disconnect");
    assert!(gateway.recorded(&id).output.contains("the-42"));
    let activity = until(PATIENCE, "the command is in the activity log", || {
        let activity = gateway.get(&format!("/v1/sessions/{id}/activity"));
        activity
            .to_string()
            .contains("echo the-$((6 * 7))")
            .then_some(activity)
    });
    assert!(
        activity.to_string().contains("the-42"),
        "with its output: {activity}"
    );
}

#[test]
fn a_lock_stops_typing_in_a_browser_and_terminate_says_why() {
    let (_server, gateway) = house(&json!({}));
    let mut browser = Browser::shell(&gateway, &gateway.token("ann"), "");
    let id = browser.session();
    let body = json!({ "title": "Stop", "message": "the auditors are here" });
    gateway.post(&format!("/v1/sessions/{id}:lock"), &body).ok();
    browser.wait_for("*** session locked by admin: Stop: the auditors are here ***");
    browser.say("echo typed-while-$((20 + 1))-locked\n");
    gateway
        .post(&format!("/v1/sessions/{id}:unlock"), &json!({}))
        .ok();
    browser.wait_for("what you typed meanwhile was discarded ***");
    browser.say("echo and-$((50 + 5))-after\n");
    browser.wait_for("\nand-55-after\r\n");
    assert!(!gateway.recorded(&id).output.contains("typed-while"));

    let body = json!({ "reason": "lunch time" });
    gateway.post(&format!("/v1/sessions/{id}:terminate"), &body).ok();
    let end = browser.end();
    assert_eq!(end["reason"], "admin_terminate");
    assert_eq!(end["text"], "an administrator terminated the session: lunch time");
    assert_eq!(end["exit"], Value::Null);
    assert_eq!(gateway.ended(&id)["end_reason"], "admin_terminate");
}

#[test]
fn a_browser_that_closes_ends_its_session() {
    let (_server, gateway) = house(&json!({}));
    let mut browser = Browser::shell(&gateway, &gateway.token("ann"), "");
    let id = browser.session();
    drop(browser);
    assert_eq!(gateway.ended(&id)["end_reason"], "user_disconnect");
}

#[test]
fn rules_hold_for_terminals_in_a_browser() {
    let (_server, gateway) = house(&json!({ "allow": ["file_upload"] }));
    let token = gateway.token("ann");
    let mut browser = Browser::open(&gateway, &token, "/v1/connect/box/terminal");
    browser.wait_for("doorward: shells are not allowed in this session");
    browser.end();

    let mut browser = Browser::open(&gateway, &token, "/v1/connect/box/terminal?account=nobody-else");
    let end = browser.end();
    assert_eq!(end["reason"], "policy_violation");
    assert!(
        text(&end["text"]).contains("no account `nobody-else` for you on `box`"),
        "{end}"
    );
    assert!(browser.session.is_none());
    let denied = gateway.sessions("status=denied");
    assert_eq!(denied.len(), 1, "a refusal is on record: {denied:?}");
    assert_eq!(denied[0]["client_interface"], "web_cli");

    assert_eq!(
        Browser::try_open(&gateway, &token, "/v1/connect/nowhere/terminal").err(),
        Some(404)
    );
    gateway.apply(&json!([
        { "kind": "resource", "name": "raw", "spec": { "type": "tcp", "host": "127.0.0.1", "port": 1 } },
    ]));
    assert_eq!(
        Browser::try_open(&gateway, &token, "/v1/connect/raw/terminal").err(),
        Some(422)
    );
    assert_eq!(
        Browser::try_open(&gateway, "nonsense", "/v1/connect/box/terminal").err(),
        Some(401)
    );
    // A page of somebody else's has the cookie, but not the origin.
    let headers = [
        ("Cookie", "doorward_session=x"),
        ("Origin", "https://evil.example"),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let (status, _) = http::send_upgrade(&gateway.http, "/v1/connect/box/terminal", &headers).head();
    assert!(matches!(status, 401 | 403), "{status}");
}

#[test]
fn a_browser_that_does_not_read_costs_bounded_memory() {
    let (_server, gateway) = house(&json!({ "allow": ["shell"] }));
    let mut browser = Browser::shell(&gateway, &gateway.token("ann"), "");
    let id = browser.session();
    let before = memory(&gateway);
    browser.say("yes $(head -c 3000 /dev/zero | tr '\\0' y)\n");
    let sent = settled("the host is not read any more", || {
        gateway.session(&id)["bytes_down"].as_u64().unwrap()
    });
    assert!(sent > 0);
    let grown = memory(&gateway).saturating_sub(before);
    println!(
        "{sent} bytes were read from the host for a browser that does not read; {grown} KiB more memory"
    );
    assert!(grown < 24 << 10, "{grown} KiB");
    // It is still there: the rest comes, and an interrupt is heard.
    browser.say("\x03");
    browser.wait_for("^C");
}

#[test]
fn files_go_up_and_down_whole_and_are_logged_as_web() {
    const SIZE: usize = 100_000_000;
    let (server, gateway) = house(&json!({}));
    let manager = Manager::open(&gateway, "ann");
    let file = server.folder().join("a big file ü.bin");
    let content = noise(SIZE);
    let sum = sha256(&content);

    let began = std::time::Instant::now();
    let written = manager.upload(&file, "", &content).ok();
    println!("100 MB up in {:?}", began.elapsed());
    assert_eq!(written["size"], SIZE);
    assert_eq!(written["sha256"], json!(sum));
    assert!(
        std::fs::read(&file).unwrap() == content,
        "the host has the same bytes"
    );

    let began = std::time::Instant::now();
    let answer = manager.download(&file);
    println!("100 MB down in {:?}", began.elapsed());
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-length"), Some(SIZE.to_string().as_str()));
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename*=UTF-8''a%20big%20file%20%C3%BC.bin")
    );
    assert_eq!(sha256(&answer.body), sum);

    for op in ["upload", "download"] {
        let entry = manager.logged(op, &file);
        assert_eq!(entry["protocol"], "web", "{entry}");
        assert_eq!(entry["sha256"], json!(sum), "{entry}");
        assert_eq!(entry["bytes"], SIZE);
        assert_eq!(
            (&entry["ok"], &entry["complete"]),
            (&json!(true), &json!(true)),
            "{entry}"
        );
    }
    let session = gateway.session(&manager.session);
    assert_eq!(session["client_interface"], "web");
    assert_eq!(session["client_interface_title"], "Web Portal - Web");

    // What is there stays, unless it is to be replaced.
    let again = manager.upload(&file, "", b"short");
    assert_eq!((again.status, &again.json()["code"]), (409, &json!("exists")));
    assert_eq!(std::fs::metadata(&file).unwrap().len(), SIZE as u64);
    assert_eq!(manager.upload(&file, "&overwrite=true", b"short").ok()["size"], 5);
    assert_eq!(std::fs::read(&file).unwrap(), b"short");
    assert_eq!(
        manager.upload(&server.folder().join("empty"), "", b"").ok()["size"],
        0
    );
    assert_eq!(manager.download(&server.folder().join("empty")).body, b"");
    // A file of the kernel, which says that it is empty.
    assert!(
        manager
            .download(Path::new("/proc/self/status"))
            .text()
            .contains("Name:")
    );
}

#[test]
fn a_big_folder_is_read_in_parts() {
    let (server, gateway) = house(&json!({}));
    let folder = server.folder().join("many");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..4_990 {
        std::fs::write(folder.join(format!("file-{number:05}")), "x").unwrap();
    }
    for number in 0..9 {
        std::fs::create_dir(folder.join(format!("z-folder-{number}"))).unwrap();
    }
    std::os::unix::fs::symlink("file-00007", folder.join("a-link")).unwrap();
    let manager = Manager::open(&gateway, "ann");
    let mut entries = Vec::new();
    let mut after: Option<String> = None;
    let mut parts = 0;
    loop {
        let part = manager.list(&folder, after.as_deref()).ok();
        assert_eq!(part["path"], json!(folder.to_string_lossy()));
        entries.extend(part["entries"].as_array().unwrap().clone());
        parts += 1;
        after = part["next"].as_str().map(str::to_owned);
        if after.is_none() {
            break;
        }
    }
    assert_eq!((parts, entries.len()), (5, 5_000));
    let names: Vec<_> = entries.iter().map(|entry| text(&entry["name"])).collect();
    assert_eq!(names[0], "z-folder-0", "folders come first");
    assert_eq!(entries[0]["kind"], "folder");
    assert_eq!(
        (names[9].as_str(), &entries[9]["kind"]),
        ("a-link", &json!("link"))
    );
    assert_eq!(entries[9]["link_to"], "file-00007");
    assert!(names[10..].is_sorted());
    let file = &entries[10];
    assert_eq!((&file["kind"], &file["size"]), (&json!("file"), &json!(1)));
    assert_eq!(file["mode"].as_u64().unwrap() & 0o600, 0o600);
    assert!(text(&file["modified"]).starts_with("20"), "{file}");
    // Without a path it is where the account begins.
    assert_eq!(manager.get("").ok()["path"], json!(manager.home));
    let not_there = manager.list(&folder.join("nothing"), None);
    assert_eq!(
        (not_there.status, &not_there.json()["code"]),
        (404, &json!("no_such_file"))
    );
    let no_folder = manager.list(&folder.join("file-00001"), None);
    assert_eq!(no_folder.status, 422, "{}", no_folder.text());
}

#[test]
fn folders_are_made_renamed_and_removed() {
    let (server, gateway) = house(&json!({}));
    let manager = Manager::open(&gateway, "ann");
    let path = |name: &str| server.folder().join(name);
    let json_of = |name: &str| json!(path(name).to_string_lossy());
    let status = |answer: Answer| {
        (
            answer.status,
            if answer.body.is_empty() {
                Value::Null
            } else {
                answer.json()["code"].clone()
            },
        )
    };
    let done = (204, Value::Null);

    assert_eq!(
        status(manager.change("mkdir", &json!({ "path": json_of("new") }))),
        done
    );
    assert!(path("new").is_dir());
    assert_eq!(
        status(manager.change("mkdir", &json!({ "path": json_of("new") }))),
        (409, json!("exists"))
    );
    std::fs::write(path("new/file"), "content").unwrap();
    let rename = |from: &str, to: &str| {
        status(manager.change("rename", &json!({ "path": json_of(from), "to": json_of(to) })))
    };
    assert_eq!(rename("new/file", "new/renamed"), done);
    assert_eq!(std::fs::read(path("new/renamed")).unwrap(), b"content");
    std::fs::write(path("new/other"), "stays").unwrap();
    assert_eq!(rename("new/renamed", "new/other"), (409, json!("exists")));
    assert_eq!(std::fs::read(path("new/other")).unwrap(), b"stays");

    let remove = |name: &str, recursive: bool| {
        status(manager.change(
            "remove",
            &json!({ "path": json_of(name), "recursive": recursive }),
        ))
    };
    assert_eq!(remove("new", false), (422, json!("invalid")), "it is not empty");
    assert_eq!(remove("new/other", false), done);
    std::fs::create_dir_all(path("new/deep/deeper")).unwrap();
    std::fs::write(path("new/deep/deeper/file"), "x").unwrap();
    std::fs::create_dir(path("beside")).unwrap();
    std::fs::write(path("beside/keeps"), "x").unwrap();
    std::os::unix::fs::symlink(path("beside"), path("new/deep/link")).unwrap();
    assert_eq!(remove("new", true), done);
    assert!(!path("new").exists());
    assert!(path("beside/keeps").exists(), "links are not followed");
    assert_eq!(remove("new", true), (404, json!("no_such_file")));
    for (op, name) in [
        ("mkdir", "new"),
        ("rename", "new/file"),
        ("delete", "new/other"),
        ("rmdir", "new/deep"),
    ] {
        assert_eq!(manager.logged(op, &path(name))["protocol"], "web");
    }
}

#[test]
fn rules_hold_for_files_in_a_browser() {
    for (allowed, refused, text_of_it) in [
        ("file_download", "PUT", "uploads are not allowed in this session"),
        ("file_upload", "GET", "downloads are not allowed in this session"),
    ] {
        let (server, gateway) = house(&json!({ "allow": [allowed] }));
        let manager = Manager::open(&gateway, "ann");
        let (old, new) = (server.folder().join("old"), server.folder().join("new"));
        std::fs::write(&old, "there before").unwrap();
        let up = manager.upload(&new, "", b"content");
        let down = manager.download(&old);
        let (no, yes, op, file) = if refused == "PUT" {
            (up, down, "upload", &new)
        } else {
            (down, up, "download", &old)
        };
        assert_eq!(yes.status, 200, "{}", yes.text());
        assert_eq!(
            (no.status, &no.json()["code"]),
            (403, &json!("refused_by_profile"))
        );
        assert_eq!(no.json()["detail"], text_of_it);
        assert_eq!(new.exists(), refused == "GET");
        let entry = manager.logged(op, file);
        assert_eq!(
            (&entry["ok"], &entry["protocol"]),
            (&json!(false), &json!("web")),
            "{entry}"
        );
        assert_eq!(entry["error"], text_of_it);
    }
    let (_server, gateway) = house(&json!({ "allow": ["shell"] }));
    let wish = json!({ "resource": "box" });
    let none = gateway
        .ask_as(&gateway.token("ann"), "POST", "/v1/portal/files", Some(&wish))
        .answer();
    assert_eq!(
        (none.status, &none.json()["code"]),
        (403, &json!("files_refused")),
        "{}",
        none.text()
    );
    let wish = json!({ "resource": "nowhere" });
    assert_eq!(
        gateway
            .ask("POST", "/v1/portal/files", Some(&wish))
            .answer()
            .status,
        404
    );
    let wish = json!({ "resource": "box", "account": "nobody-else" });
    assert_eq!(
        gateway
            .ask("POST", "/v1/portal/files", Some(&wish))
            .answer()
            .status,
        403
    );
}

#[test]
fn what_the_resource_denies_is_told_from_what_the_profile_refuses() {
    let (server, gateway) = house(&json!({}));
    let manager = Manager::open(&gateway, "ann");
    // Not even the superuser writes there.
    let denied = manager.upload(Path::new("/proc/doorward-test"), "", b"x");
    let denied = (denied.status, text(&denied.json()["code"]));
    assert!(
        matches!(
            (denied.0, denied.1.as_str()),
            (404, "no_such_file") | (403, "denied_by_resource") | (502, "resource_failed")
        ),
        "{denied:?}"
    );
    let folder = manager.download(&server.folder());
    assert_eq!(
        (folder.status, &folder.json()["detail"]),
        (422, &json!("it is a folder"))
    );
}

#[test]
fn a_file_session_belongs_to_who_opened_it() {
    let (_server, gateway) = house(&json!({}));
    gateway.apply(&json!([{ "kind": "user", "name": "bob", "spec": { "password": PASSWORD } }]));
    let manager = Manager::open(&gateway, "ann");
    assert_eq!(manager.get("").status, 200);
    let path = manager.path("");
    for token in [&gateway.token("bob"), &gateway.admin, &gateway.token("ann")] {
        for (method, path) in [
            ("GET", path.clone()),
            ("GET", manager.path("/state")),
            ("DELETE", path.clone()),
        ] {
            let answer = gateway.ask_as(token, method, &path, None).answer();
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        }
    }
    assert_eq!(manager.get("/state").ok()["home"], json!(manager.home));
    let closed = gateway.ask_as(&manager.token, "DELETE", &path, None).answer();
    assert_eq!(closed.status, 204);
    assert_eq!(manager.get("").status, 404);
    assert_eq!(gateway.ended(&manager.session)["end_reason"], "user_disconnect");
}

#[test]
fn a_cut_upload_is_logged_as_unfinished() {
    let (server, gateway) = house(&json!({}));
    let manager = Manager::open(&gateway, "ann");
    let file = server.folder().join("cut");
    let mut socket = TcpStream::connect(&gateway.http).unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 10000000\r\n\r\n",
        manager.path(&format!("/content?path={}", encoded(&file.to_string_lossy()))),
        manager.token
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&noise(1_000_000)).unwrap();
    until(PATIENCE, "some of it has arrived", || {
        (std::fs::metadata(&file).ok()?.len() > 100_000).then_some(())
    });
    drop(socket);
    let entry = manager.logged("upload", &file);
    assert_eq!(
        (&entry["ok"], &entry["complete"]),
        (&json!(false), &json!(false)),
        "{entry}"
    );
    assert_eq!(entry["sha256"], Value::Null);
    assert_eq!(manager.get("").status, 200, "the session goes on");
}

#[test]
fn a_lock_answers_new_operations_and_holds_those_under_way() {
    let (server, gateway) = house(&json!({}));
    let manager = Manager::open(&gateway, "ann");
    let file = server.folder().join("held");
    let content = noise(40_000_000);
    std::fs::write(&file, &content).unwrap();
    let mut socket = TcpStream::connect(&gateway.http).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = format!(
        "GET {} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        manager.path(&format!("/content?path={}", encoded(&file.to_string_lossy()))),
        manager.token
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 1];
    socket.read_exact(&mut first).unwrap();
    let body = json!({ "title": "Stop", "message": "audit" });
    gateway
        .post(&format!("/v1/sessions/{}:lock", manager.session), &body)
        .ok();
    let locked = until(PATIENCE, "the lock is known", || {
        let answer = manager.get("");
        (answer.status == 423).then_some(answer)
    });
    assert_eq!(locked.json()["detail"], "session locked by admin: Stop: audit");
    let state = manager.get("/state").ok();
    assert_eq!(
        state["lock"],
        json!({ "by": "admin", "title": "Stop", "message": "audit" })
    );
    gateway
        .post(&format!("/v1/sessions/{}:unlock", manager.session), &json!({}))
        .ok();
    let mut answer = first.to_vec();
    socket.read_to_end(&mut answer).unwrap();
    let body = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .unwrap()
        + 4;
    assert_eq!(sha256(&answer[body..]), sha256(&content), "nothing of it is lost");
    until(PATIENCE, "it goes on", || {
        (manager.get("").status == 200).then_some(())
    });

    let body = json!({ "reason": "enough" });
    gateway
        .post(&format!("/v1/sessions/{}:terminate", manager.session), &body)
        .ok();
    let gone = until(PATIENCE, "the end is known", || {
        let answer = manager.get("");
        (answer.status == 410).then_some(answer)
    });
    assert_eq!(
        gone.json()["detail"],
        "the session has ended: an administrator terminated the session: enough"
    );
}

#[test]
fn a_download_that_is_not_read_costs_bounded_memory() {
    let (server, gateway) = house(&json!({}));
    let manager = Manager::open(&gateway, "ann");
    let file = server.folder().join("big");
    let size = 200_000_000;
    std::fs::File::create(&file).unwrap().set_len(size).unwrap();
    let before = memory(&gateway);
    let mut socket = TcpStream::connect(&gateway.http).unwrap();
    let head = format!(
        "GET {} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
        manager.path(&format!("/content?path={}", encoded(&file.to_string_lossy()))),
        manager.token
    );
    socket.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 1];
    socket.read_exact(&mut first).unwrap();
    let sent = settled("the host is not read any more", || {
        gateway.session(&manager.session)["bytes_down"].as_u64().unwrap()
    });
    let grown = memory(&gateway).saturating_sub(before);
    println!("{sent} of {size} bytes were read from the host; {grown} KiB more memory");
    assert!(sent < size / 2, "{sent}");
    assert!(grown < 24 << 10, "{grown} KiB");
    assert_eq!(manager.get("").status, 200, "other operations go on beside it");
}

#[test]
fn a_browser_is_asked_for_what_the_gateway_has_no_secret_for() {
    const SECRET: &str = "open-sesame-17";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let config = demo_host::Config {
        bind: ([127, 0, 0, 1], 0).into(),
        scratch: scratch.path().join("scratch"),
        host_key_file: None,
        user: "guest".to_owned(),
        authorized_keys: Vec::new(),
        password: Some(demo_host::Password::new(SECRET)),
    };
    let host = runtime.block_on(demo_host::DemoHost::start(config)).unwrap();
    let gateway = Gateway::start();
    gateway.apply(&json!([
        { "kind": "user", "name": "ann", "spec": { "password": PASSWORD } },
        { "kind": "resource", "name": "box", "spec": { "type": "ssh", "host": "127.0.0.1", "port": host.addr().port() } },
        { "kind": "account", "name": "own", "spec": { "login": "guest", "resources": { "names": ["*"] } } },
        { "kind": "access_rule", "name": "all", "spec": { "users": ["*"], "resources": { "names": ["*"] }, "accounts": ["own"] } },
    ]));
    let token = gateway.token("ann");
    let mut browser = Browser::open(&gateway, &token, "/v1/connect/box/terminal?account=own");
    let prompt = browser.hear("prompt");
    assert!(
        text(&prompt["text"]).to_lowercase().contains("password"),
        "{prompt}"
    );
    assert_eq!(prompt["echo"], false);
    assert!(browser.session.is_some(), "the session is known by then");
    browser.tell(&json!({ "type": "answer", "text": SECRET }));
    browser.say("echo in-$((6 * 7))\n");
    browser.wait_for("in-42");
    browser.say("exit\n");
    assert_eq!(browser.end()["exit"], 0);

    let open = |secret: Option<&str>| {
        let mut wish = json!({ "resource": "box" });
        if let Some(secret) = secret {
            wish["secret"] = json!(secret);
        }
        gateway
            .ask_as(&token, "POST", "/v1/portal/files", Some(&wish))
            .answer()
    };
    let asked = open(None);
    assert_eq!(
        (asked.status, &asked.json()["code"]),
        (422, &json!("secret_needed"))
    );
    let wrong = open(Some("not-it"));
    assert_eq!(
        (wrong.status, &wrong.json()["code"]),
        (422, &json!("wrong_secret"))
    );
    let right = open(Some(SECRET));
    assert_eq!(right.status, 201, "{}", right.text());
    assert!(!gateway.log().contains(SECRET));
    runtime.block_on(host.shutdown());
}
