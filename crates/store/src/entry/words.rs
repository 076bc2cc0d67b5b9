//! Words: the same function cuts what is stored and what is looked for.

use std::collections::BTreeMap;

use domain::ObjectId;

use super::{EntryKind, seal::Blinds};
use crate::db::Sql;

/// Words of one entry that are indexed; the rest of a very long text is not found.
const WORDS: usize = 20_000;
/// Characters of a word that count.
const LENGTH: usize = 64;

/// Cuts a text into lower-case words of letters, digits and `_`.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(LENGTH).flat_map(char::to_lowercase).collect())
}

/// Gives the blinded words of an entry in their order.
pub(super) fn blinded(blinds: &Blinds, body: &str, more: &str) -> Vec<String> {
    words(body)
        .chain(words(more))
        .take(WORDS)
        .map(|word| blinds.blind(&word))
        .collect()
}

/// Writes words with their places as a `tsvector` (PostgreSQL 15, 8.11.1). Words and facets hold letters and digits only.
pub(super) fn tsvector(words: &[String], facets: &str) -> String {
    let mut places = BTreeMap::<&str, Vec<String>>::new();
    // Places end at 16 383, and a word keeps 256 of them.
    for (at, word) in words.iter().enumerate().take(16_383) {
        let of = places.entry(word).or_default();
        if of.len() < 255 {
            of.push((at + 1).to_string());
        }
    }
    let words = places
        .into_iter()
        .map(|(word, at)| format!("'{word}':{}", at.join(",")));
    let facets = facets.split(' ').map(|facet| format!("'{facet}'"));
    words.chain(facets).collect::<Vec<_>>().join(" ")
}

/// What search narrows by, as words that stand beside the blinded ones and cannot be mistaken for them.
pub(super) mod facet {
    use super::{EntryKind, ObjectId};

    pub(in super::super) fn user(id: ObjectId) -> String {
        format!("zu{}", id.0.simple())
    }

    pub(in super::super) fn resource(id: ObjectId) -> String {
        format!("zr{}", id.0.simple())
    }

    pub(in super::super) fn gateway(name: &str) -> String {
        format!("zg{}", hashed(name))
    }

    pub(in super::super) fn resource_type(name: &str) -> String {
        format!("zt{}", hashed(name))
    }

    pub(in super::super) fn kind(kind: EntryKind) -> String {
        format!("zk{}", kind.code())
    }

    /// Names hold any character; a word may not.
    fn hashed(name: &str) -> String {
        let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
        let first = hash.as_ref().first_chunk().copied().unwrap_or_default();
        format!("{:016x}", u64::from_be_bytes(first))
    }
}

/// What is looked for: each phrase must occur, and of each group of facets one.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) phrases: Vec<Vec<String>>,
    pub(super) facets: Vec<Vec<String>>,
    /// What must hold of the row beside.
    pub(super) scope: Option<Sql>,
}

impl Wanted {
    /// Reads what somebody typed: words, and phrases in double quotes.
    pub(super) fn phrases(blinds: &Blinds, text: &str) -> Vec<Vec<String>> {
        let mut phrases = Vec::new();
        for (at, part) in text.split('"').enumerate() {
            let quoted = at % 2 == 1;
            let part: Vec<_> = words(part).take(64).map(|word| blinds.blind(&word)).collect();
            if quoted && !part.is_empty() {
                phrases.push(part);
            } else {
                phrases.extend(part.into_iter().map(|word| vec![word]));
            }
        }
        phrases.truncate(64);
        phrases
    }

    pub(super) fn is_empty(&self) -> bool {
        self.phrases.is_empty() && self.facets.is_empty()
    }

    /// Writes it for FTS5.
    pub(super) fn fts5(&self) -> String {
        let phrases = self
            .phrases
            .iter()
            .map(|words| format!("words : \"{}\"", words.join(" ")));
        let facets = self
            .facets
            .iter()
            .map(|group| format!("facets : ({})", group.join(" OR ")));
        phrases.chain(facets).collect::<Vec<_>>().join(" AND ")
    }

    /// Writes it as a `tsquery`.
    pub(super) fn tsquery(&self) -> String {
        let quote = |words: &[String], between: &str| {
            let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
            format!("({})", quoted.join(between))
        };
        let phrases = self.phrases.iter().map(|words| quote(words, " <-> "));
        let facets = self.facets.iter().map(|group| quote(group, " | "));
        phrases.chain(facets).collect::<Vec<_>>().join(" & ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_names_are_cut_alike() {
        let cut = |text| words(text).collect::<Vec<_>>();
        assert_eq!(
            cut("cat /etc/nginx/Shadow-123.conf"),
            ["cat", "etc", "nginx", "shadow", "123", "conf"]
        );
        assert_eq!(
            cut("SELECT * FROM order_items;"),
            ["select", "from", "order_items"]
        );
        assert_eq!(cut("Größe ÉTÉ"), ["größe", "été"]);
        assert_eq!(cut("  ---  "), Vec::<String>::new());
    }

    #[test]
    fn a_vector_is_safe_to_write_as_text() {
        let blinds = Blinds::new(&crate::ContentKey::new([1; 32]));
        let vector = tsvector(&blinded(&blinds, "a'b \\ c", ""), "zk0 zuabc");
        assert!(
            vector
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "' :,".contains(c)),
            "{vector}"
        );
    }
}
