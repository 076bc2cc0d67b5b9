//! The shapes of JSON that leave the API, apart from the nouns they are made of.

pub mod approval;
pub mod change;
pub mod session;
pub mod time;
