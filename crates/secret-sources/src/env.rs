//! Secrets in the gateway's environment.

use zeroize::Zeroizing;

use crate::Fault;

/// The variables that may be read: those whose names begin so.
#[derive(Debug)]
pub(crate) struct Env {
    prefix: String,
}

impl Env {
    pub(crate) fn new(prefix: String) -> Result<Self, Fault> {
        if prefix.is_empty() {
            return Err(Fault::EveryVariable);
        }
        Ok(Self { prefix })
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    pub(crate) fn check(&self, name: &str) -> Result<(), Fault> {
        if name.starts_with(&self.prefix) {
            Ok(())
        } else {
            Err(Fault::Variable {
                name: name.to_owned(),
                prefix: self.prefix.clone(),
            })
        }
    }

    pub(crate) fn read(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, Fault> {
        self.check(name)?;
        let value = std::env::var(name).map_err(|_absent| Fault::NoVariable(name.to_owned()))?;
        Ok(Zeroizing::new(value.into_bytes()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_the_prefix_are_read() {
        assert!(Env::new(String::new()).is_err());
        let env = Env::new("SECRET_".to_owned()).unwrap();
        assert!(env.check("SECRET_WEB").is_ok());
        for name in ["PATH", "DOORWARD_DATABASE_URL", "secret_web", "X_SECRET_WEB", ""] {
            assert!(env.check(name).is_err(), "{name}");
        }
    }
}
