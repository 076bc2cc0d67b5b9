//! The rules of lifecycle, each with its test.
