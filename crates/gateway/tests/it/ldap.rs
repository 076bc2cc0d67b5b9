//! People whom a directory knows: the server `slapd`, asked in each of its ways.

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use testkit::tools;

use crate::{
    gateway::{Gateway, PASSWORD, files, text},
    http::{self, Answer},
    pghouse::{certificate_with, listening},
    pgserver::{SECRET, Server, client},
    program::{PATIENCE, Program, run, until},
    sshd::{Sshd, free_port},
};

/// The password of the account that looks people up, and of people.
const READER: &str = "reader-of-people";
const ANNS: &str = "ann's own, (of) *the* directory";

/// A directory with `ann`, who is in `admins`, and `bob`, who is in nothing.
struct Slapd {
    program: Option<Program>,
    port: u16,
    tls_port: u16,
    folder: tempfile::TempDir,
    certificate: String,
}

impl Slapd {
    fn start() -> Option<Self> {
        if !tools::have(&["slapd", "ldapadd"]) {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let alt = "subjectAltName=IP:127.0.0.1";
        let (certificate, key) =
            certificate_with(folder.path(), &[alt, "basicConstraints=critical,CA:FALSE"]);
        let data = folder.path().join("people");
        std::fs::create_dir(&data).unwrap();
        let config = format!(
            "include /etc/ldap/schema/core.schema\ninclude /etc/ldap/schema/cosine.schema\n\
             include /etc/ldap/schema/inetorgperson.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\nmoduleload memberof\n\
             TLSCertificateFile {certificate}\nTLSCertificateKeyFile {key}\n\
             database mdb\nsuffix dc=example,dc=org\nrootdn cn=root,dc=example,dc=org\nrootpw {READER}\ndirectory {}\n\
             overlay memberof\n\
             access to attrs=userPassword by anonymous auth by * none\n\
             access to * by dn.exact=cn=reader,dc=example,dc=org read by self read by * none\n",
            data.display()
        );
        std::fs::write(folder.path().join("slapd.conf"), config).unwrap();
        let mut slapd = Self {
            program: None,
            port: free_port(),
            tls_port: free_port(),
            folder,
            certificate,
        };
        slapd.run();
        slapd.fill();
        Some(slapd)
    }

    fn run(&mut self) {
        let urls = format!(
            "ldap://127.0.0.1:{} ldaps://127.0.0.1:{}",
            self.port, self.tls_port
        );
        let mut command = Command::new(tools::path("slapd"));
        command
            .args(["-d", "0", "-h", &urls, "-f"])
            .arg(self.folder.path().join("slapd.conf"));
        self.program = Some(Program::start(&mut command));
        until(PATIENCE, "the directory listens", || {
            std::net::TcpStream::connect(("127.0.0.1", self.tls_port)).ok()
        });
    }

    fn stop(&mut self) {
        self.program = None;
    }

    /// Adds or changes entries.
    fn ldif(&self, program: &str, text: &str) {
        let mut command = Command::new(tools::path(program));
        command.args([
            "-x",
            "-H",
            &self.url(),
            "-D",
            "cn=root,dc=example,dc=org",
            "-w",
            READER,
        ]);
        let outcome = run(&mut command, text);
        assert_eq!(outcome.code, 0, "{outcome:?}");
    }

    fn fill(&self) {
        self.ldif(
            "ldapadd",
            &format!(
                "dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: example\ndc: example\n\n\
                 dn: cn=reader,dc=example,dc=org\nobjectClass: organizationalRole\nobjectClass: simpleSecurityObject\ncn: reader\n\
                 userPassword: {READER}\n\n\
                 dn: ou=people,dc=example,dc=org\nobjectClass: organizationalUnit\nou: people\n\n\
                 dn: uid=ann,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: ann\ncn: Ann\nsn: Archer\n\
                 displayName: Ann Archer\nmail: ann@example.org\nuserPassword: {ANNS}\n\n\
                 dn: uid=bob,ou=people,dc=example,dc=org\nobjectClass: inetOrgPerson\nuid: bob\ncn: Bob\nsn: Baker\nuserPassword: {ANNS}\n\n\
                 dn: ou=groups,dc=example,dc=org\nobjectClass: organizationalUnit\nou: groups\n\n\
                 dn: cn=admins,ou=groups,dc=example,dc=org\nobjectClass: groupOfNames\ncn: admins\n\
                 member: uid=ann,ou=people,dc=example,dc=org\n"
            ),
        );
    }

    fn url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port)
    }

    /// Gives the settings of a gateway that looks people up.
    fn settings(&self, folder: &Path) -> Vec<(String, String)> {
        let file = folder.join("reader");
        std::fs::write(&file, format!("{READER}\n")).unwrap();
        [
            ("DOORWARD_LDAP_URL", self.url()),
            ("DOORWARD_LDAP_BIND_DN", "cn=reader,dc=example,dc=org".to_owned()),
            ("DOORWARD_LDAP_BIND_PASSWORD_FILE", file.display().to_string()),
            ("DOORWARD_LDAP_BASE", "ou=people,dc=example,dc=org".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    fn gateway(&self, more: &[(&str, &str)]) -> Gateway {
        let settings = self.settings(self.folder.path());
        let all = settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        Gateway::start_with(&all.chain(more.iter().copied()).collect::<Vec<_>>())
    }
}

fn login(gateway: &Gateway, name: &str, password: &str) -> Answer {
    let body = json!({ "name": name, "password": password });
    http::send(&gateway.http, "POST", "/v1/login", &[], Some(&body)).answer()
}

fn code_of(answer: &Answer) -> (u16, String) {
    (answer.status, text(&answer.json()["code"]))
}

/// Runs `ssh` with a password, by one of its two methods.
fn ssh(gateway: &Gateway, method: &str, password: &str) -> crate::program::Outcome {
    let mut command = Command::new("sshpass");
    command
        .args(["-p", password, "ssh"])
        .args(["-o", "BatchMode=no"])
        .args(gateway.ssh_options());
    let methods = format!("PreferredAuthentications={method}");
    command.args([
        "-o",
        "PubkeyAuthentication=no",
        "-o",
        &methods,
        "-o",
        "NumberOfPasswordPrompts=1",
    ]);
    command.args([
        "-p",
        &gateway.ssh_port.to_string(),
        "ann:box@127.0.0.1",
        "echo in",
    ]);
    run(&mut command, "")
}

#[test]
fn people_of_a_directory_sign_in_with_its_password_and_its_groups() {
    let Some(mut slapd) = Slapd::start() else { return };
    let server = Sshd::start();
    let gateway = slapd.gateway(&[]);
    gateway.furnish(&server, &json!({}));
    gateway.ask("DELETE", "/v1/objects/user/ann", None).answer();
    gateway.apply(&json!([
        { "kind": "group", "name": "admins", "spec": {} },
        { "kind": "access_rule", "name": "all", "spec": {
            "groups": ["admins"], "resources": { "names": ["*"] }, "accounts": ["login"], "profile": "usual" } },
    ]));
    let signed = login(&gateway, "ann", ANNS);
    assert_eq!(signed.status, 200, "{}", signed.text());
    let person = &signed.json()["person"];
    assert_eq!(
        (
            &person["display_name"],
            &person["email"],
            &person["groups"],
            &person["roles"]
        ),
        (
            &json!("Ann Archer"),
            &json!("ann@example.org"),
            &json!(["admins"]),
            &json!([])
        )
    );
    for method in ["password", "keyboard-interactive"] {
        let outcome = ssh(&gateway, method, ANNS);
        assert_eq!(outcome.out, "in\n", "{method}: {outcome:?}");
    }
    assert_ne!(ssh(&gateway, "password", "wrong").code, 0);
    assert_eq!(login(&gateway, "bob", ANNS).json()["person"]["groups"], json!([]));

    // Nobody comes in with no password, by a pattern, or by a part of a filter; whoever is unknown is told the same.
    for (name, password) in [
        ("ann", ""),
        ("ann", " "),
        ("a*", ANNS),
        ("*", ANNS),
        ("ann)(uid=*", ANNS),
        ("zoe", ANNS),
        ("reader", READER),
    ] {
        let refused = login(&gateway, name, password);
        assert_eq!(
            code_of(&refused),
            (401, "wrong_credentials".to_owned()),
            "{name} {password}"
        );
    }
    let users = gateway.get("/v1/objects/users").to_string();
    assert!(!users.contains("zoe") && !users.contains("reader"), "{users}");

    // What the directory says is taken over at the next login.
    slapd.ldif(
        "ldapmodify",
        "dn: cn=admins,ou=groups,dc=example,dc=org\nchangetype: modify\nadd: member\nmember: uid=bob,ou=people,dc=example,dc=org\n-\n\
         delete: member\nmember: uid=ann,ou=people,dc=example,dc=org\n",
    );
    assert_eq!(login(&gateway, "ANN", ANNS).json()["person"]["groups"], json!([]));
    assert_eq!(
        login(&gateway, "bob", ANNS).json()["person"]["groups"],
        json!(["admins"])
    );
    let outcome = ssh(&gateway, "password", ANNS);
    assert!(outcome.code != 0 && outcome.out.is_empty(), "{outcome:?}");

    // Failures lock out, in whatever case the name is written.
    let mut last = (0, String::new());
    for turn in 0..14 {
        let name = if turn % 2 == 0 { "bob" } else { "BOB" };
        last = code_of(&login(&gateway, name, "not his"));
    }
    assert_eq!(last, (429, "locked_out".to_owned()));
    assert_eq!(
        code_of(&login(&gateway, "boB", ANNS)),
        (429, "locked_out".to_owned())
    );

    // Away: said in words, and users of the gateway itself come in.
    slapd.stop();
    assert_eq!(
        code_of(&login(&gateway, "ann", ANNS)),
        (503, "directory_away".to_owned())
    );
    assert_eq!(login(&gateway, "admin", PASSWORD).status, 200);
    let outcome = ssh(&gateway, "password", ANNS);
    assert!(
        outcome
            .err
            .contains("the directory of people cannot be reached now"),
        "{outcome:?}"
    );
    slapd.run();
    assert_eq!(login(&gateway, "ann", ANNS).status, 200);

    let log = gateway.get("/v1/audit?limit=300").to_string();
    assert!(log.contains("identity.linked"), "{log}");
    let kept = files(gateway.data())
        .into_iter()
        .map(|file| std::fs::read(file).unwrap_or_default());
    for bytes in kept.chain([gateway.log().into_bytes(), log.into_bytes()]) {
        for secret in [READER, ANNS] {
            assert!(!bytes.windows(secret.len()).any(|part| part == secret.as_bytes()));
        }
    }
}

#[test]
fn a_directory_is_asked_over_tls_and_must_prove_itself() {
    let Some(slapd) = Slapd::start() else { return };
    let tls = format!("ldaps://127.0.0.1:{}", slapd.tls_port);
    let other = tempfile::tempdir().unwrap();
    let (stranger, _) = certificate_with(other.path(), &["subjectAltName=IP:127.0.0.1"]);
    let right = slapd.certificate.as_str();
    let away = (503, "directory_away".to_owned());
    for (settings, comes_in) in [
        (
            vec![
                ("DOORWARD_LDAP_URL", tls.as_str()),
                ("DOORWARD_LDAP_CA_FILE", right),
            ],
            true,
        ),
        (
            vec![
                ("DOORWARD_LDAP_START_TLS", "true"),
                ("DOORWARD_LDAP_CA_FILE", right),
            ],
            true,
        ),
        (
            vec![
                ("DOORWARD_LDAP_URL", tls.as_str()),
                ("DOORWARD_LDAP_CA_FILE", &stranger),
            ],
            false,
        ),
        (
            vec![
                ("DOORWARD_LDAP_START_TLS", "true"),
                ("DOORWARD_LDAP_CA_FILE", &stranger),
            ],
            false,
        ),
        (vec![("DOORWARD_LDAP_URL", tls.as_str())], false),
    ] {
        let gateway = slapd.gateway(&settings);
        let answer = login(&gateway, "ann", ANNS);
        if comes_in {
            assert_eq!(
                answer.status,
                200,
                "{settings:?}: {} {}",
                answer.text(),
                gateway.log()
            );
        } else {
            assert_eq!(code_of(&answer), away, "{settings:?}");
        }
    }
}

#[test]
fn a_directory_is_asked_as_the_person_and_by_groups_that_list_them() {
    let Some(slapd) = Slapd::start() else { return };
    let template = [
        ("DOORWARD_LDAP_URL", slapd.url()),
        (
            "DOORWARD_LDAP_DN_TEMPLATE",
            "uid={name},ou=people,dc=example,dc=org".to_owned(),
        ),
    ];
    let template: Vec<_> = template
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let gateway = Gateway::start_with(&template);
    gateway.apply(&json!([{ "kind": "group", "name": "admins", "spec": {} }]));
    let signed = login(&gateway, "ann", ANNS);
    assert_eq!(signed.status, 200, "{}", signed.text());
    assert_eq!(signed.json()["person"]["groups"], json!(["admins"]));
    for (name, password) in [("ann", ""), ("ann", "wrong"), ("ann,ou=people", ANNS)] {
        assert_eq!(login(&gateway, name, password).status, 401, "{name} {password}");
    }
    // Whoever is a user here already is not taken over by a name of the directory.
    gateway.apply(&json!([{ "kind": "user", "name": "bob", "spec": {} }]));
    assert_eq!(login(&gateway, "bob", ANNS).status, 401);
    let log: Value = gateway.get("/v1/audit?kind=login.failed&limit=10");
    assert!(log.to_string().contains("there is a user `bob` already"), "{log}");

    let gateway = slapd.gateway(&[
        ("DOORWARD_LDAP_GROUP_BASE", "ou=groups,dc=example,dc=org"),
        (
            "DOORWARD_LDAP_FILTER",
            "(&(objectClass=inetOrgPerson)(uid={name}))",
        ),
        ("DOORWARD_LDAP_LINK_USERS", "true"),
    ]);
    gateway.apply(&json!([
        { "kind": "group", "name": "admins", "spec": {} }, { "kind": "user", "name": "ann", "spec": { "roles": ["auditor"] } },
    ]));
    let person = login(&gateway, "ann", ANNS).json()["person"].clone();
    assert_eq!(
        (&person["groups"], &person["roles"]),
        (&json!(["admins"]), &json!(["auditor"]))
    );
}

#[test]
fn clients_that_send_a_password_reach_databases_with_that_of_the_directory() {
    let Some(slapd) = Slapd::start() else { return };
    let server = Server::start();
    let gateway = slapd.gateway(&[("DOORWARD_POSTGRES", "127.0.0.1:0")]);
    gateway.apply(&json!([
        { "kind": "secret", "name": "app", "spec": { "form": "password", "value": SECRET } },
        { "kind": "resource", "name": "db", "spec": { "type": "postgres", "host": "127.0.0.1", "port": server.port } },
        { "kind": "account", "name": "app", "spec": { "login": "app", "resources": { "names": ["db"] }, "secret": "app" } },
        { "kind": "profile", "name": "usual", "spec": {} },
        { "kind": "access_rule", "name": "all", "spec": {
            "users": ["*"], "resources": { "names": ["db"] }, "accounts": ["app"], "profile": "usual" } },
    ]));
    let port = listening(&gateway);
    let psql = |password: &str| {
        let mut psql = client("psql", port, "ann:db", password);
        run(psql.args(["-XAtc", "select 7"]), "")
    };
    let outcome = psql(ANNS);
    assert_eq!((outcome.code, outcome.out.trim()), (0, "7"), "{outcome:?}");
    assert_ne!(psql("wrong").code, 0);
}
