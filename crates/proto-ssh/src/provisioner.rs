//! Steps of activities on a host: accounts, groups, passwords and commands, as `useradd` and its kin do them.
//!
//! An account that is made for a session is proven by a key that is made with it: hosts that take no passwords let it in as well. Where the
//! administrator is not root, `sudo` must let it run a shell without a question.

use async_trait::async_trait;
use domain::{
    activity::{Deed, fill},
    object::{SecretForm, SecretText},
    stop::Stop,
};
use engine::{Administrator, Fault, Provisioner, Task, Way};

use crate::remote::{Finished, Remote};
use crate::target;
use crate::wire::keys::SigningKey;

/// Makes an account with a key for it, which comes as its input. The password `*` fits nothing, and does not count as a lock.
const CREATE: &str = r#"set -e
umask 077
useradd -m -s "$(command -v bash || echo /bin/sh)" -- "$1"
usermod -p '*' -- "$1"
home=$(getent passwd "$1" | cut -d: -f6)
mkdir -p "$home/.ssh"
cat >"$home/.ssh/authorized_keys"
chown -R "$1:" "$home/.ssh""#;

/// Removes an account with what it runs and what is in its home. What runs may start more until all of it is gone.
const REMOVE: &str = r#"id -- "$1" >/dev/null 2>&1 || exit 0
user=$(id -u -- "$1")
usermod -e 1 -- "$1" || true
crontab -r -u "$1" >/dev/null 2>&1 || true
for try in 1 2 3 4 5 6 7 8 9 10; do
    pkill -KILL -U "$user" || true
    why=$(userdel -r -- "$1" 2>&1) || true
    id -- "$1" >/dev/null 2>&1 || exit 0
    sleep 0.3
done
echo "$why" >&2
exit 1"#;

const IS_THERE: &str = r#"id -- "$1" >/dev/null 2>&1 && echo yes || echo no"#;
const IS_MEMBER: &str =
    r#"if id -nG -- "$1" 2>/dev/null | tr ' ' '\n' | grep -qxF -- "$2"; then echo yes; else echo no; fi"#;
const JOIN: &str = r#"usermod -aG "$2" -- "$1""#;
/// Who is not in it, or is no more, has left it.
const LEAVE: &str = r#"id -nG -- "$1" 2>/dev/null | tr ' ' '\n' | grep -qxF -- "$2" || exit 0
gpasswd -d "$1" "$2" >/dev/null"#;
/// Says from where the account has come whose processes run, by what the server has told each of them. That of this script is left out.
const LOGINS: &str = r#"user=$(id -u -- "$1") || exit 0
find /proc -maxdepth 1 -name '[0-9]*' -uid "$user" 2>/dev/null | while read -r folder; do
    tr '\0' '\n' <"$folder/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=\([^ ]*\) \([0-9]*\) .*/\1:\2/p'
done | sort -u | grep -vxF "$(echo "$SSH_CONNECTION" | sed 's/^\([^ ]*\) \([0-9]*\) .*/\1:\2/')" || true"#;
const CHANGE_PASSWORD: &str = "chpasswd";

/// See the module.
pub(crate) struct Hosts {
    identification: String,
}

/// An administrator who is signed in.
struct Signed {
    remote: Remote,
    root: bool,
}

impl Hosts {
    /// Calls itself as the gateway does.
    pub(crate) fn new(identification: &str) -> Self {
        Self {
            identification: identification.to_owned(),
        }
    }
}

#[async_trait]
impl Provisioner for Hosts {
    fn proof(&self) -> SecretForm {
        SecretForm::PrivateKey
    }

    fn check(&self, deed: &Deed) -> Result<(), String> {
        match deed {
            Deed::JoinGroup { group } => name(group).map(drop).map_err(|fault| fault.to_string()),
            Deed::Grant { .. } => Err("a host knows no privileges; use groups".to_owned()),
            _ => Ok(()),
        }
    }

    async fn sign_in(&self, way: &Way) -> Result<Box<dyn Administrator>, Stop> {
        let link = target::connect(way, &self.identification, None).await?;
        let mut signed = Signed {
            remote: Remote::new(link),
            root: true,
        };
        let who = signed.ask("id -u", &[], "").await;
        let who = who.map_err(|fault| {
            Stop::failed(
                domain::stop::EndReason::TargetUnreachable,
                domain::stop::FailureStage::Connect,
                fault.to_string(),
            )
        })?;
        signed.root = who.trim() == "0";
        Ok(Box::new(signed))
    }
}

#[async_trait]
impl Administrator for Signed {
    async fn is_so(&mut self, task: &Task<'_>) -> Result<bool, Fault> {
        let account = name(task.account)?;
        let said = match task.deed {
            Deed::CreateAccount {} => self.ask(IS_THERE, &[account], "").await?,
            Deed::JoinGroup { group } => self.ask(IS_MEMBER, &[account, name(group)?], "").await?,
            _ => return Ok(false),
        };
        Ok(said.trim() == "yes")
    }

    async fn carry_out(&mut self, task: &Task<'_>) -> Result<(), Fault> {
        let account = name(task.account)?;
        match task.deed {
            Deed::CreateAccount {} => self.ask(CREATE, &[account], &public_line(task.proof)?).await,
            Deed::JoinGroup { group } => self.ask(JOIN, &[account, name(group)?], "").await,
            Deed::RotatePassword {} => {
                let password = task
                    .proof
                    .ok_or_else(|| Fault::new("there is no password to set"))?;
                let line = format!("{account}:{}\n", password.expose());
                self.ask(CHANGE_PASSWORD, &[], &line).await
            }
            Deed::Run { command, .. } => self.ask(&filled(command, task), &[], "").await,
            Deed::Grant { .. } => Err(Fault::unknown(task.deed)),
        }
        .map(drop)
    }

    async fn logins(&mut self, account: &str) -> Result<Vec<String>, Fault> {
        let said = self.ask(LOGINS, &[name(account)?], "").await?;
        Ok(said.lines().map(str::to_owned).collect())
    }

    async fn take_back(&mut self, task: &Task<'_>) -> Result<(), Fault> {
        let account = name(task.account)?;
        match task.deed {
            Deed::CreateAccount {} => self.ask(REMOVE, &[account], "").await,
            Deed::JoinGroup { group } => self.ask(LEAVE, &[account, name(group)?], "").await,
            Deed::Run { undo, .. } if !undo.is_empty() => self.ask(&filled(undo, task), &[], "").await,
            _ => return Ok(()),
        }
        .map(drop)
    }
}

impl Signed {
    /// Runs a script of a shell with words and an input; gives what it said. One that does not succeed is a fault, with what it said of it.
    async fn ask(&mut self, script: &str, words: &[&str], input: &str) -> Result<String, Fault> {
        let sudo = if self.root { "" } else { "sudo -n -- " };
        let mut command = format!("{sudo}sh -c {} doorward", quoted(script));
        for word in words {
            command.push(' ');
            command.push_str(&quoted(word));
        }
        let ran = self.remote.run(&command, input).await;
        let Finished { code, out, err } = ran.map_err(|error| Fault::new(error.to_string()))?;
        if code == Some(0) {
            return Ok(String::from_utf8_lossy(&out).into_owned());
        }
        let said = if err.is_empty() { out } else { err };
        let said = String::from_utf8_lossy(&said).into_owned();
        let ended = code.map_or("it ended without a status".to_owned(), |code| {
            format!("status {code}")
        });
        Err(Fault::new(format!("{ended}: {said}")))
    }
}

/// Takes the name of an account or a group: one that no program takes for an option or two fields.
fn name(text: &str) -> Result<&str, Fault> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    let good = text.chars().all(plain) && !text.starts_with('-') && !text.is_empty() && text.len() <= 64;
    if good {
        Ok(text)
    } else {
        Err(Fault::new(format!(
            "`{text}` cannot be the name of an account or a group"
        )))
    }
}

/// Writes the line of `authorized_keys` that goes with a private key.
fn public_line(proof: Option<&SecretText>) -> Result<String, Fault> {
    let key = proof.ok_or_else(|| Fault::new("there is no key for the account"))?;
    let key = SigningKey::from_openssh(key.expose()).map_err(|error| Fault::new(error.to_string()))?;
    let line = ssh_key::PublicKey::from_bytes(key.public()).and_then(|key| key.to_openssh());
    let line = line.map_err(|error| Fault::new(error.to_string()))?;
    Ok(format!("{line} doorward\n"))
}

/// Puts the values of the session into a command, each as one word.
fn filled(command: &str, task: &Task<'_>) -> String {
    fill(command, &task.values, |_, value| quoted(value))
}

/// Writes a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stays_a_word() {
        assert_eq!(quoted("a'; reboot; '"), r"'a'\''; reboot; '\'''");
    }

    #[test]
    fn what_a_program_would_read_otherwise_is_no_name() {
        assert!(name("web-admins").is_ok());
        for bad in ["", "-o", "a:b", "a b", "a\n", "a/b", "a'b"] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
