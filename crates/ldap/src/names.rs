//! What a directory is asked: names are put into filters (RFC 4515 §3) and distinguished names (RFC 4514 §2.4) so that they stay names.

use ldap3::{dn_escape, ldap_escape};

/// Stands for the login name in filters and templates.
pub(crate) const NAME: &str = "{name}";

/// Stands for the person's entry in filters.
pub(crate) const DN: &str = "{dn}";

/// Puts a login name and an entry's name into a filter. What is put in is never read as a placeholder.
pub(crate) fn in_filter(template: &str, name: &str, dn: &str) -> String {
    let parts = template.split(NAME).map(|part| {
        let parts: Vec<_> = part.split(DN).collect();
        parts.join(&ldap_escape(dn))
    });
    parts.collect::<Vec<_>>().join(&ldap_escape(name))
}

/// Puts a login name into a distinguished name.
pub(crate) fn in_dn(template: &str, name: &str) -> String {
    template.replace(NAME, &dn_escape(name))
}

/// Gives the value of the first attribute of a distinguished name: what a group is called there.
pub(crate) fn first_value(dn: &str) -> Option<String> {
    let mut letters = dn.split_once('=')?.1.bytes();
    let mut value = Vec::new();
    while let Some(letter) = letters.next() {
        match letter {
            b',' | b'+' => break,
            b'\\' => match letters.next()? {
                high if high.is_ascii_hexdigit() => {
                    let pair = [high, letters.next()?];
                    let text = std::str::from_utf8(&pair).ok()?;
                    value.push(u8::from_str_radix(text, 16).ok()?);
                }
                special => value.push(special),
            },
            other => value.push(other),
        }
    }
    let value = String::from_utf8(value).ok()?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_a_name() {
        let filter = |name: &str| in_filter("(&(uid={name})(member={dn}))", name, "cn=a*b,dc=x");
        assert_eq!(filter("ann"), "(&(uid=ann)(member=cn=a\\2ab,dc=x))");
        assert_eq!(
            filter("*)(uid=*))(|(uid=*"),
            "(&(uid=\\2a\\29\\28uid=\\2a\\29\\29\\28|\\28uid=\\2a)(member=cn=a\\2ab,dc=x))"
        );
        assert_eq!(filter("a\\b\0"), "(&(uid=a\\5cb\\00)(member=cn=a\\2ab,dc=x))");
        assert_eq!(filter("{dn}"), "(&(uid={dn})(member=cn=a\\2ab,dc=x))");
        assert_eq!(in_dn("uid={name},dc=x", "ann"), "uid=ann,dc=x");
        let other = in_dn("uid={name},dc=x", "ann,ou=admins+x=y");
        assert!(
            !other.contains("ann,ou") && !other.contains("admins+x"),
            "{other}"
        );
    }

    #[test]
    fn a_group_is_called_by_the_first_part_of_its_name() {
        let called = |dn: &str| first_value(dn);
        assert_eq!(called("cn=admins,ou=groups,dc=x").as_deref(), Some("admins"));
        assert_eq!(called("CN=Web\\, East+x=y,dc=x").as_deref(), Some("Web, East"));
        assert_eq!(called("cn=\\c3\\a9quipe,dc=x").as_deref(), Some("équipe"));
        for none in ["", "admins", "cn=,dc=x", "cn=a\\", "cn=\\ff,dc=x"] {
            assert_eq!(called(none), None, "{none}");
        }
    }
}
