//! (being built)

pub mod wire;
