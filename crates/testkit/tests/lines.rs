//! The conformance suite, for a protocol that understands statements.

testkit::conformance!(testkit::toy::LinesSubject);
