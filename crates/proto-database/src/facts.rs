//! What a text of SQL does, as far as its tokens tell: for the rules of the profile.
//!
//! It is not a parser: where something can be read in two ways, both are taken, so that a rule may refuse too much and not too little.
//! What functions and views do inside is not seen; the rights of the account are what protects a database.
//!
//! What dialects have in common is here; the rest is a [`Dialect`].

use std::{cell::Cell, marker::PhantomData};

use domain::statement::{StatementFacts, StatementKind, TableName};

use crate::sql::{Kind, Token};

/// How many tokens of a statement are looked at again and again: more than any that is meant well needs. What would need more counts as
/// everything that it may be.
const LOOKS: u32 = 1_000_000;

/// How many tables are kept of one text.
pub const TABLES: usize = 1000;

/// What one dialect of SQL has of its own. Words are in lower case.
pub trait Dialect: Sized {
    /// Words between those that introduce a table and its name.
    const FILLERS: &'static [&'static str];
    /// Words that end a list of tables.
    const ENDS: &'static [&'static str];
    /// Statements that hold another one: `EXPLAIN` and the like.
    const WRAPPERS: &'static [&'static str];
    /// Functions that say by themselves what a statement does.
    const FUNCTIONS: &'static [(&'static [&'static str], StatementKind)];

    /// Tells what a statement does by the words that it begins with.
    fn first(statement: &Statement<'_, Self>, at: usize, facts: &mut StatementFacts);

    /// Tells whether a word stands before the name of a table, or a list of names.
    fn introduces(statement: &Statement<'_, Self>, at: usize, word: &str) -> bool;

    /// Tells what `INTO` does where it is not that of `INSERT`.
    fn into(statement: &Statement<'_, Self>, at: usize, facts: &mut StatementFacts);

    /// Gives a name as the server compares it.
    fn identifier(token: &Token<'_>) -> Option<String>;

    /// Looks at each token for what only this dialect has.
    fn each(_statement: &Statement<'_, Self>, _at: usize, _facts: &mut StatementFacts) {}
}

/// Adds what the statements of a text do.
pub fn read<'a, D: Dialect>(tokens: impl Iterator<Item = Token<'a>>, facts: &mut StatementFacts) {
    let all: Vec<Token<'a>> = tokens.collect();
    for statement in all.split(|token| token.text == ";") {
        Statement::<D>::new(statement).read(facts);
    }
}

/// The tokens of one statement, each with how deep in parentheses it is.
pub struct Statement<'a, D> {
    tokens: &'a [Token<'a>],
    depths: Vec<u32>,
    /// How often it may still be looked ahead.
    looks: Cell<u32>,
    dialect: PhantomData<D>,
}

impl<'a, D: Dialect> Statement<'a, D> {
    fn new(tokens: &'a [Token<'a>]) -> Self {
        let mut depth = 0_u32;
        let depths = tokens.iter().map(|token| match token.text {
            "(" => {
                depth += 1;
                depth - 1
            }
            ")" => {
                depth = depth.saturating_sub(1);
                depth
            }
            _ => depth,
        });
        let depths = depths.collect();
        Self {
            tokens,
            depths,
            looks: Cell::new(LOOKS),
            dialect: PhantomData,
        }
    }

    /// Gives its tokens.
    #[must_use]
    pub fn tokens(&self) -> &'a [Token<'a>] {
        self.tokens
    }

    /// Counts a look ahead; tells whether it may still be taken.
    fn may_look(&self) -> bool {
        let left = self.looks.get().saturating_sub(1);
        self.looks.set(left);
        left > 0
    }

    /// Gives a word in lower case.
    #[must_use]
    pub fn word(&self, at: usize) -> Option<String> {
        let token = self.tokens.get(at).filter(|token| token.kind == Kind::Word)?;
        Some(token.text.to_ascii_lowercase())
    }

    /// Tells whether this word stands there.
    #[must_use]
    pub fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(word))
    }

    /// Tells whether one of these words stands there.
    #[must_use]
    pub fn is_any(&self, at: usize, words: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_any(words))
    }

    /// Gives what stands there; nothing behind the end.
    #[must_use]
    pub fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// Tells whether a text literal stands there.
    #[must_use]
    pub fn is_literal(&self, at: usize) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.kind == Kind::Literal)
    }

    /// Gives in how many parentheses it stands.
    #[must_use]
    pub fn depth(&self, at: usize) -> u32 {
        self.depths.get(at).copied().unwrap_or(0)
    }

    /// Tells whether a word stands anywhere.
    #[must_use]
    pub fn has(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token.is(word))
    }

    fn read(&self, facts: &mut StatementFacts) {
        let first = self.tokens.iter().position(|token| token.text != "(");
        let Some(first) = first else { return };
        D::first(self, first, facts);
        for at in 0..self.tokens.len() {
            self.changes(at, facts);
            self.names(at, facts);
            self.functions(at, facts);
            D::each(self, at, facts);
        }
    }

    /// Goes on with the statement inside of another: `EXPLAIN …`, `PREPARE … AS …`. Tells whether there is one.
    pub fn inner(&self, at: usize, beginnings: &[&str], facts: &mut StatementFacts) -> bool {
        let depth = self.depth(at);
        let begins = |at: &usize| self.depth(*at) == depth && self.is_any(*at, beginnings);
        let inner = (at + 1..self.tokens.len()).find(begins);
        if let Some(inner) = inner {
            D::first(self, inner, facts);
        }
        inner.is_some()
    }

    /// Looks for rows that are changed, by the statement itself or in a `WITH`; and for `SELECT … INTO`.
    fn changes(&self, at: usize, facts: &mut StatementFacts) {
        let Some(word) = self.word(at) else { return };
        let before = at.checked_sub(1);
        let begins = before.is_none_or(|before| {
            let first = self.word(0).unwrap_or_default();
            matches!(self.text(before), "(" | ")")
                || (D::WRAPPERS.contains(&first.as_str())
                    && !self.is_any(before, &["for", "do", "then", "key"]))
        });
        match word.as_str() {
            "insert" | "merge" if begins => facts.add(StatementKind::Write),
            "update" | "delete" if begins => {
                facts.add(StatementKind::Write);
                let depth = self.depth(at);
                let mut rest = (at + 1..self.tokens.len())
                    .take_while(|here| self.depth(*here) >= depth && self.may_look());
                if !rest.any(|here| self.depth(here) == depth && self.is(here, "where")) {
                    facts.add(StatementKind::WriteAll);
                }
            }
            "into" if !before.is_some_and(|before| self.is_any(before, &["insert", "merge"])) => {
                D::into(self, at, facts);
            }
            _ => {}
        }
    }

    /// Collects the tables that are named behind a word.
    fn names(&self, at: usize, facts: &mut StatementFacts) {
        let Some(word) = self.word(at) else { return };
        if !D::introduces(self, at, &word) {
            return;
        }
        let joins = matches!(word.as_str(), "from" | "join" | "straight_join" | "update");
        let may_be_function = joins || word == "using";
        // A list may stand in parentheses, and have others in it.
        let mut lists = vec![(at + 1, self.depth(at))];
        while let Some((mut here, depth)) = lists.pop() {
            'list: loop {
                let end = self.name(here, may_be_function, facts);
                if joins && self.text(end) == "(" && self.fills(here, end) {
                    lists.push((end + 1, self.depth(end) + 1));
                }
                here = end;
                // On to the next name of the list, over aliases, conditions of joins and whole queries.
                loop {
                    if here >= self.tokens.len() || self.depth(here) < depth {
                        break 'list;
                    }
                    if !self.may_look() {
                        facts.unclear = true;
                        return;
                    }
                    let at_depth = self.depth(here) == depth;
                    if at_depth && self.is_any(here, D::ENDS) {
                        break 'list;
                    }
                    here += 1;
                    if at_depth && self.text(here - 1) == "," {
                        break;
                    }
                }
            }
        }
    }

    /// Tells whether only words that may stand before a name stand there.
    fn fills(&self, from: usize, to: usize) -> bool {
        (from..to).all(|at| self.is_any(at, D::FILLERS))
    }

    /// Reads a name; gives where it ends.
    fn name(&self, mut at: usize, may_be_function: bool, facts: &mut StatementFacts) -> usize {
        while self.is_any(at, D::FILLERS) {
            at += 1;
        }
        // ODBC: `{ oj a … }`. MySQL: `.a` in the database of the session.
        while self.text(at) == "{" {
            at += 2;
        }
        if self.text(at) == "." {
            at += 1;
        }
        // `FOR UPDATE OF`, `DO UPDATE SET`, `AFTER UPDATE ON`: no name follows.
        if self.is_any(at, D::ENDS) || self.is_any(at, &["of", "on", "or"]) {
            return at;
        }
        let mut parts = Vec::new();
        while let Some(part) = self.tokens.get(at).and_then(D::identifier) {
            parts.push(part);
            at += 1;
            if self.text(at) != "." {
                break;
            }
            at += 1;
        }
        // `GRANT … ON schema.*`: about tables that are not named.
        facts.unclear |= self.text(at) == "*";
        let is_function = may_be_function && self.text(at) == "(";
        if let (Some(table), false) = (parts.pop(), is_function) {
            let name = TableName {
                schema: parts.pop(),
                table,
            };
            if facts.tables.len() >= TABLES {
                facts.unclear = true;
            } else if !facts.tables.contains(&name) {
                facts.tables.push(name);
            }
        }
        at
    }

    fn functions(&self, at: usize, facts: &mut StatementFacts) {
        let called = self.text(at + 1) == "(";
        let Some(name) = self.tokens.get(at).filter(|_| called).and_then(D::identifier) else {
            return;
        };
        for (names, kind) in D::FUNCTIONS {
            if names.contains(&name.as_str()) {
                facts.add(*kind);
                facts.unclear |= *kind == StatementKind::Code;
            }
        }
    }
}
