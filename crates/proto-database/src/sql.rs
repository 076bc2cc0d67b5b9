//! Pieces of a text of SQL. Each protocol cuts its own: where literals and comments end is what dialects differ in most.

/// A piece of a text that is no space and no comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its text.
    pub text: &'a str,
    /// Where it begins.
    pub at: usize,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A keyword or a name that is not quoted.
    Word,
    /// A text literal, with its quotes and prefix.
    Literal,
    /// A number, where the dialect tells it from a word.
    Number,
    /// A sign, or a name in quotes.
    Other,
}

impl Token<'_> {
    /// Tells whether it is this word, in any case.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Tells whether it is one of these words, in any case.
    #[must_use]
    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }
}
