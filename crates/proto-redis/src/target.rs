//! Our side towards the server: dialling, encryption and the login in the client's role.

use bytes::Bytes;
use domain::{
    object::{SecretForm, SecretText},
    stop::Stop,
};
use engine::Way;
use proto_database::{
    Encryption, Link, Reach,
    fault::{auth_failed, broken, refused, unreachable},
};

use crate::{
    caller::Hello,
    link::Messages as _,
    options::Options,
    wire::{Given, OK, command},
};

/// A server that has let us in.
pub(crate) struct Target {
    pub(crate) link: Link,
    /// What the client reads as the answer to its login.
    pub(crate) welcome: Bytes,
    /// Pushes have a form of their own.
    pub(crate) resp3: bool,
    /// What makes a connection one of the account.
    pub(crate) login: Vec<Vec<SecretText>>,
    /// The database that clients begin in.
    pub(crate) database: u16,
}

/// Dials the server, makes sure of it and logs in. `hello` is what the client has said with its login.
pub(crate) async fn connect(way: &Way, hello: Option<&Hello>) -> Result<Target, Stop> {
    let options = Options::read(&way.grant.target.options)
        .map_err(|error| refused(format!("options of the resource: {error}")))?;
    let mut link = dial(way, &options.reach).await?;
    let mut login = Vec::new();
    if let Some(words) = auth(way)? {
        let given = ask(&mut link, &options.reach, &words).await?;
        let (replies, _) = &given;
        if replies.is_error() {
            return Err(not_let_in(replies));
        }
        login.push(words);
    } else {
        let (given, _) = ask(&mut link, &options.reach, &[SecretText::new("PING".to_owned())]).await?;
        if given.first().starts_with(b"NOAUTH") {
            return Err(auth_failed(
                "the server asks for a password, and the account has none",
            ));
        }
    }
    let Options { database, reach } = options;
    if database > 0 {
        let words = ["SELECT".to_owned(), database.to_string()]
            .map(SecretText::new)
            .to_vec();
        let (given, _) = ask(&mut link, &reach, &words).await?;
        if given.is_error() {
            let said = String::from_utf8_lossy(given.first()).into_owned();
            return Err(refused(format!("the server said {said}")).with_message(said));
        }
        login.push(words);
    }
    let (welcome, resp3) = match hello {
        None => (Bytes::from_static(OK), false),
        Some(hello) => {
            let mut words = vec![b"HELLO".to_vec(), hello.version.to_string().into_bytes()];
            if let Some(name) = &hello.name {
                words.extend([b"SETNAME".to_vec(), name.clone()]);
            }
            let words = words.iter().map(Vec::as_slice).collect::<Vec<_>>();
            link.write(&command(words))
                .await
                .map_err(|error| unreachable(&error))?;
            let (replies, bytes) = reach.patiently("greet", link.reply()).await?;
            (bytes, replies.given().kind == b'%')
        }
    };
    Ok(Target {
        link,
        welcome,
        resp3,
        login,
        database,
    })
}

/// Connects, and encrypts as the options say.
async fn dial(way: &Way, reach: &Reach) -> Result<Link, Stop> {
    let host = &way.grant.target.host;
    let socket = reach.dial(host, way.port).await?;
    if reach.tls == Encryption::Off {
        return Ok(Link::new(Box::new(socket)));
    }
    let (stream, key) = reach.encrypt(host, socket).await?;
    reach.trust(&way.identity, Some(&key)).await?;
    Ok(Link::new(stream))
}

/// Gives the words that log the account in; [`None`] when it has no password.
fn auth(way: &Way) -> Result<Option<Vec<SecretText>>, Stop> {
    let Some(secret) = &way.secret else {
        return Ok(None);
    };
    if secret.form != SecretForm::Password {
        return Err(auth_failed("the account's secret is no password"));
    }
    let mut words = vec![SecretText::new("AUTH".to_owned())];
    // Servers before 6.0 know no users, and no name.
    if !matches!(way.grant.login.as_str(), "" | "default") {
        words.push(SecretText::new(way.grant.login.clone()));
    }
    words.push(secret.value.clone());
    Ok(Some(words))
}

async fn ask(link: &mut Link, reach: &Reach, words: &[SecretText]) -> Result<(Given, Bytes), Stop> {
    let words = words
        .iter()
        .map(|word| word.expose().as_bytes())
        .collect::<Vec<_>>();
    link.write(&command(words))
        .await
        .map_err(|error| unreachable(&error))?;
    let (replies, bytes) = reach.patiently("answer the login", link.reply()).await?;
    let given = replies.into_given();
    if !matches!(given.kind, b'+' | b'-') {
        return Err(broken("this is no Redis server"));
    }
    Ok((given, bytes))
}

/// What the server answered when it did not let us in. The caller learns no more than that.
fn not_let_in(given: &Given) -> Stop {
    let said = String::from_utf8_lossy(given.first());
    auth_failed(format!("the server said {said}"))
}
