//! Real programs: `OpenSSH`, `dropbear` and `PuTTY` in both roles. Each test needs its program, see [`testkit::tools`].

mod clients;
mod russh_peer;
mod servers;

use std::path::PathBuf;
use std::process::Command;

use proto_ssh::wire::keys::SigningKey;
use testkit::tools;

/// A folder with a user's key pair and a server's keys.
pub struct Keys {
    folder: tempfile::TempDir,
}

impl Keys {
    pub fn new(user_kind: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = Self { folder };
        keys.generate("user", user_kind);
        std::fs::copy(keys.path("user.pub"), keys.path("authorized")).unwrap();
        keys
    }

    /// Makes a key pair. One in 256 of NIST curves has a number that begins with a zero, which the crate `ssh-key` cannot read: another is made.
    pub fn generate(&self, name: &str, kind: &str) {
        self.generate_any(name, kind);
        while kind == "ecdsa" && SigningKey::from_openssh(std::fs::read(self.path(name)).unwrap()).is_err() {
            std::fs::remove_file(self.path(name)).unwrap();
            self.generate_any(name, kind);
        }
    }

    fn generate_any(&self, name: &str, kind: &str) {
        let done = Command::new(tools::path("ssh-keygen"))
            .args(["-q", "-N", "", "-t", kind, "-f"])
            .arg(self.path(name))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn signing(&self, name: &str) -> SigningKey {
        SigningKey::from_openssh(std::fs::read(self.path(name)).unwrap()).unwrap()
    }
}
