//! What a directory says of somebody.

use std::fmt::Write as _;

use ldap3::SearchEntry;

use crate::{
    names,
    settings::{Groups, Settings},
};

/// A person's entry.
#[derive(Debug)]
pub(crate) struct Person {
    /// Where it is.
    pub(crate) dn: String,
    /// Its lasting name; where it is, when the directory gives none.
    pub(crate) id: String,
    /// The login name.
    pub(crate) name: String,
    /// The name shown to others; may be empty.
    pub(crate) display_name: String,
    /// An address for notices; may be empty.
    pub(crate) email: String,
    /// What the entry itself says of groups.
    pub(crate) groups: Vec<String>,
}

impl Person {
    pub(crate) fn read(entry: SearchEntry, settings: &Settings) -> Self {
        let said = |attribute: &str| first(&entry, attribute).unwrap_or_default();
        let groups = match &settings.groups {
            Groups::Attribute(attribute) => all(&entry, attribute)
                .iter()
                // Either the group's entry, or its name alone.
                .filter_map(|group| {
                    if group.contains('=') {
                        names::first_value(group)
                    } else {
                        Some(group.clone())
                    }
                })
                .collect(),
            Groups::Search { .. } | Groups::None => Vec::new(),
        };
        let id = first(&entry, &settings.id_attribute).or_else(|| in_hex(&entry, &settings.id_attribute));
        Self {
            id: id.unwrap_or_else(|| entry.dn.clone()),
            name: said(&settings.name_attribute),
            display_name: said("displayName"),
            email: said("mail"),
            groups,
            dn: entry.dn,
        }
    }
}

/// Gives the first value of an attribute, whose name is written in any case.
pub(crate) fn first(entry: &SearchEntry, attribute: &str) -> Option<String> {
    all(entry, attribute).first().cloned()
}

fn all<'a>(entry: &'a SearchEntry, attribute: &str) -> &'a [String] {
    let found = entry
        .attrs
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(attribute));
    found.map_or(&[], |(_, values)| values)
}

/// Writes a value that is no text, such as an `objectGUID`.
fn in_hex(entry: &SearchEntry, attribute: &str) -> Option<String> {
    let found = entry
        .bin_attrs
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(attribute));
    let bytes = found?.1.first()?;
    Some(bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    }))
}
