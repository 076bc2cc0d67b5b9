//! What `doorward verify` says of recordings that somebody has worked on: of one that a real session made, with the public key alone.

use std::{
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::{
    gateway::{DOORWARD, Gateway},
    program::{Outcome, run},
    sshd::Sshd,
};

const MAGIC: usize = 8;
const BLOCK_HEADER: usize = 112;
const SIGNATURE: usize = 64;

/// Where the parts of a tape are, found as `docs/formats/tape.md` describes them.
struct Parts {
    head: Range<usize>,
    blocks: Vec<Range<usize>>,
    seal: Range<usize>,
}

fn number(bytes: &[u8], at: usize) -> usize {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize
}

fn parts(tape: &[u8]) -> Parts {
    assert!(tape.starts_with(b"DWTAPE1\n"));
    assert_eq!(&tape[MAGIC..MAGIC + 4], b"HEAD");
    let head = MAGIC..MAGIC + 8 + number(tape, MAGIC + 4) + SIGNATURE;
    let (mut at, mut blocks) = (head.end, Vec::new());
    while &tape[at..at + 4] == b"BLCK" {
        let end = at + BLOCK_HEADER + number(tape, at + 44) + SIGNATURE;
        blocks.push(at..end);
        at = end;
    }
    assert_eq!(&tape[at..at + 4], b"SEAL");
    assert_eq!(
        number(tape, tape.len() - 12),
        tape.len() - at,
        "the seal says where it begins"
    );
    Parts {
        head,
        blocks,
        seal: at..tape.len(),
    }
}

/// A recording of a real session, its gateway's public key, and a folder that is all that is left of either.
struct Evidence {
    dir: tempfile::TempDir,
    tape: Vec<u8>,
    parts: Parts,
}

impl Evidence {
    fn gather() -> Self {
        let server = Sshd::start();
        let gateway = Gateway::start();
        gateway.furnish(&server, &json!({}));
        let mut session = gateway.ssh(&[], "box");
        let said = run(
            session.arg("for i in 1 2 3 4 5 6; do echo line $i; sleep 0.25; done"),
            "",
        );
        assert_eq!(said.code, 0, "{said:?}");
        let id = gateway.sessions("status=all")[0]["session_id"]
            .as_str()
            .unwrap()
            .to_owned();
        let tape = std::fs::read(gateway.tape(&id)).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let exported = dir.path().join("exported.tape");
        gateway.print(&[
            "sessions",
            "export",
            &id,
            "--as",
            "tape",
            "-O",
            exported.to_str().unwrap(),
        ]);
        assert_eq!(
            std::fs::read(exported).unwrap(),
            tape,
            "the export is the recording itself"
        );
        let key = gateway.ask("GET", "/v1/recording-key", None).answer();
        std::fs::write(dir.path().join("key.pem"), key.body).unwrap();
        // From here on there is no gateway.
        drop(gateway);
        let parts = parts(&tape);
        assert!(parts.blocks.len() >= 4, "{:?}", parts.blocks);
        Self { dir, tape, parts }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Asks `doorward verify` about some bytes; gives its exit code and what it said of them.
    fn verify(&self, bytes: &[u8]) -> (i32, String) {
        let file = self.path("case.tape");
        std::fs::write(&file, bytes).unwrap();
        let outcome = verify(&file, &self.path("key.pem"), &[]);
        let said = outcome
            .out
            .trim()
            .strip_prefix(&format!("{}: ", file.display()))
            .map(str::to_owned);
        (outcome.code, said.unwrap_or_else(|| panic!("{outcome:?}")))
    }

    /// Gives a copy with one bit of it turned over.
    fn flipped(&self, byte: usize, bit: u8) -> Vec<u8> {
        let mut copy = self.tape.clone();
        copy[byte] ^= 1 << bit;
        copy
    }
}

fn verify(file: &Path, key: &Path, more: &[&str]) -> Outcome {
    let mut command = Command::new(DOORWARD);
    command
        .arg("verify")
        .arg(file)
        .arg("--pubkey")
        .arg(key)
        .args(more);
    // Nobody listens there: what needs a gateway would fail.
    command
        .env("DOORWARD_ADDR", "http://127.0.0.1:1")
        .env_remove("DOORWARD_TOKEN");
    run(&mut command, "")
}

#[test]
fn verify_names_the_fault_of_a_recording_and_needs_the_public_key_alone() {
    let evidence = Evidence::gather();
    let (tape, parts) = (&evidence.tape, &evidence.parts);
    let blocks = &parts.blocks;
    assert_eq!(evidence.verify(tape), (0, "intact".to_owned()));
    let report = verify(
        &evidence.path("exported.tape"),
        &evidence.path("key.pem"),
        &["-o", "json"],
    );
    let report: Value = serde_json::from_str(&report.out).unwrap();
    assert_eq!(report["genuine"], true, "{report}");
    assert_eq!(report["blocks"], blocks.len(), "{report}");

    // One bit, in every part and at many places of it.
    let expect = |bytes: &[u8], start: &str| {
        let (code, said) = evidence.verify(bytes);
        assert!(
            code == 9 && said.starts_with(start),
            "exit {code}, `{said}` instead of `{start}`"
        );
    };
    for byte in parts.head.clone().step_by(61) {
        expect(&evidence.flipped(byte, 3), "changed in the head");
    }
    for (number, block) in blocks.iter().enumerate() {
        // In the header's fields, in the ciphertext and in the signature.
        for offset in [
            9,
            30,
            50,
            70,
            90,
            BLOCK_HEADER + 1,
            block.len() - SIGNATURE - 1,
            block.len() - 1,
        ] {
            let (code, said) = evidence.verify(&evidence.flipped(block.start + offset, 0));
            let named = said.starts_with("changed at record ") && said.contains(&format!("(block {number}"));
            assert!(
                code == 9 && named,
                "block {number}, byte {offset}: exit {code}, `{said}`"
            );
        }
    }
    for byte in parts.seal.clone().step_by(37) {
        let (code, said) = evidence.verify(&evidence.flipped(byte, 6));
        assert!(
            code == 9 && said.starts_with("changed in the seal"),
            "byte {byte} of the seal: exit {code}, `{said}`"
        );
    }

    // Blocks taken out, exchanged, repeated.
    let without = |gone: &[usize]| {
        let mut bytes = tape[..parts.head.end].to_vec();
        for (number, block) in blocks
            .iter()
            .enumerate()
            .filter(|(number, _)| !gone.contains(number))
        {
            let _ = number;
            bytes.extend_from_slice(&tape[block.clone()]);
        }
        bytes.extend_from_slice(&tape[parts.seal.clone()]);
        bytes
    };
    for number in 0..blocks.len() {
        expect(&without(&[number]), "records missing: ");
    }
    expect(&without(&[1, 2]), "records missing: ");
    let ordered = |order: &[usize]| {
        let mut bytes = tape[..parts.head.end].to_vec();
        for number in order {
            bytes.extend_from_slice(&tape[blocks[*number].clone()]);
        }
        bytes.extend_from_slice(&tape[parts.seal.clone()]);
        bytes
    };
    let mut order: Vec<_> = (0..blocks.len()).collect();
    order.swap(1, 2);
    expect(&ordered(&order), "order changed at record ");
    order.swap(1, 2);
    order.insert(2, 1);
    expect(&ordered(&order), "order changed at record ");

    // The tail cut off: within a block, between two, before the seal, within the seal; and something added.
    expect(&tape[..blocks[1].start + 40], "cut after ");
    expect(&tape[..blocks[2].end], "cut after ");
    expect(&tape[..parts.seal.start], "cut after ");
    expect(&tape[..parts.seal.start + 20], "cut after ");
    expect(&tape[..parts.head.end], "cut before the first record");
    let mut longer = tape.clone();
    longer.extend_from_slice(b"more");
    let (code, said) = evidence.verify(&longer);
    assert!(code == 9 && said.starts_with("changed"), "exit {code}, `{said}`");
    expect(b"something else entirely", "not a tape");

    // Another gateway's key.
    let other = Gateway::start();
    let key = other.ask("GET", "/v1/recording-key", None).answer();
    std::fs::write(evidence.path("other.pem"), key.body).unwrap();
    let foreign = verify(&evidence.path("exported.tape"), &evidence.path("other.pem"), &[]);
    assert!(
        foreign.code == 9 && foreign.out.contains("not signed by this key"),
        "{foreign:?}"
    );

    // No such file, no such key, and a key that is none.
    assert_eq!(
        verify(&evidence.path("missing.tape"), &evidence.path("key.pem"), &[]).code,
        5
    );
    assert_eq!(
        verify(
            &evidence.path("exported.tape"),
            &evidence.path("missing.pem"),
            &[]
        )
        .code,
        5
    );
    std::fs::write(evidence.path("words.pem"), "no key at all").unwrap();
    let no_key = verify(&evidence.path("exported.tape"), &evidence.path("words.pem"), &[]);
    assert_eq!(no_key.code, 2, "{no_key:?}");
}
