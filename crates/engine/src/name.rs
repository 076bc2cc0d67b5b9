//! The login name of a native client, which also says what is wanted: clients have one field for it.

/// What a login name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginName {
    /// The person.
    pub user: String,
    /// The resource; [`None`] leads to the lobby.
    pub resource: Option<String>,
    /// The account on the resource.
    pub account: Option<String>,
}

impl LoginName {
    /// Reads `user`, `user:resource`, `user:account@resource`, the same with `%` (programs like `scp` cut at the first colon),
    /// and `user@account@resource`.
    ///
    /// Names of users and accounts may be addresses: with a separator everything before the first one is the user, and an account ends
    /// at the last `@`. Without one, a single `@` belongs to the user's name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        if let Some((user, rest)) = name.split_once([':', '%']) {
            let (account, resource) = match rest.rsplit_once('@') {
                Some((account, resource)) => (some(account), some(resource)),
                None => (None, some(rest)),
            };
            return Self {
                user: user.to_owned(),
                resource,
                account,
            };
        }
        let mut parts = name.split('@');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(user), Some(account), Some(resource), None) if !resource.is_empty() => Self {
                user: user.to_owned(),
                resource: some(resource),
                account: some(account),
            },
            _ => Self {
                user: name.to_owned(),
                resource: None,
                account: None,
            },
        }
    }

    /// Gives the account that is wished for where the transport has proven who and what: the whole name, or its account.
    #[must_use]
    pub fn account_wish(name: &str) -> Option<String> {
        let parsed = Self::parse(name);
        if parsed.resource.is_some() {
            parsed.account
        } else {
            some(name)
        }
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str) -> (String, String, String) {
        let name = LoginName::parse(name);
        (
            name.user,
            name.account.unwrap_or_default(),
            name.resource.unwrap_or_default(),
        )
    }

    #[test]
    fn every_form_of_a_name_is_read() {
        for (name, user, account, resource) in [
            ("alice", "alice", "", ""),
            ("alice:web1", "alice", "", "web1"),
            ("alice:root@web1", "alice", "root", "web1"),
            ("alice%web1", "alice", "", "web1"),
            ("alice%root@web1", "alice", "root", "web1"),
            ("alice@root@web1", "alice", "root", "web1"),
            ("alice@example.com", "alice@example.com", "", ""),
            ("alice@example.com:web1", "alice@example.com", "", "web1"),
            (
                "alice@example.com%svc@corp.example@web1",
                "alice@example.com",
                "svc@corp.example",
                "web1",
            ),
            ("alice:", "alice", "", ""),
            ("alice:@web1", "alice", "", "web1"),
            ("", "", "", ""),
        ] {
            assert_eq!(
                parsed(name),
                (user.into(), account.into(), resource.into()),
                "{name}"
            );
        }
    }

    #[test]
    fn behind_a_proven_transport_the_name_is_an_account() {
        assert_eq!(LoginName::account_wish("root").as_deref(), Some("root"));
        assert_eq!(
            LoginName::account_wish("alice:root@web1").as_deref(),
            Some("root")
        );
        assert_eq!(LoginName::account_wish("alice:web1"), None);
        assert_eq!(LoginName::account_wish(""), None);
    }
}
