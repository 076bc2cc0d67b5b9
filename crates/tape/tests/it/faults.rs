//! Every fault has its name.

use std::io::Cursor;

use domain::Micros;
use proptest::prelude::*;
use tape::{Ending, Place, PublicKey, Scratch, SealState, SigningKey, Verdict, Writer, verify};

use crate::make::{Made, key, label, made_by, other_key, report, rows, sample, signer, verdict};

/// Where the parts of a sample's file begin: head, five blocks, seal, end.
fn places(made: &Made) -> Vec<usize> {
    let mut at = vec![0, made.head.len()];
    for block in &made.blocks {
        at.push(at[at.len() - 1] + block.len());
    }
    at.push(at[at.len() - 1] + made.seal.len());
    at
}

#[test]
fn one_flipped_bit_is_found_in_its_place() {
    let made = sample(1);
    let file = made.file();
    let places = places(&made);
    for bit in 0..file.len() * 8 {
        let mut bad = file.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let part = places.partition_point(|&at| at <= bit / 8) - 1;
        let want = match part {
            0 => Verdict::Changed(Place::Head),
            6 => Verdict::Changed(Place::Seal),
            n => {
                let from = (n as u64 - 1) * 3;
                Verdict::Changed(Place::Block {
                    block: n as u64 - 1,
                    from,
                    to: Some(from + 3),
                })
            }
        };
        let report = report(&bad);
        // Which records a block had is told by the next block or by itself; when its lengths are wrong, by nobody.
        let got = match report.verdict {
            Verdict::Changed(Place::Block {
                block,
                from,
                to: None,
            }) => Verdict::Changed(Place::Block {
                block,
                from,
                to: Some(from + 3),
            }),
            other => other,
        };
        assert_eq!(got, want, "byte {} of part {part}", bit / 8 - places[part]);
        if part > 0 {
            assert_eq!(
                report.blocks,
                part as u64 - 1,
                "what stands before the fault is proven"
            );
        }
    }
}

#[test]
fn one_flipped_bit_in_a_tape_without_a_seal_is_found() {
    let made = sample(1);
    let file = [made.head.clone(), made.blocks.concat()].concat();
    for bit in 0..file.len() * 8 {
        let mut bad = file.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let report = report(&bad);
        assert!(!report.verdict.is_genuine());
        assert!(report.records < 15, "bit {bit}: {}", report.verdict);
    }
}

#[test]
fn a_removed_block_leaves_its_records_missing() {
    let made = sample(1);
    assert_eq!(
        verdict(&made.file_of(&[1, 2, 3, 4])),
        Verdict::Missing { from: 0, to: 3 }
    );
    assert_eq!(
        verdict(&made.file_of(&[0, 1, 3, 4])),
        Verdict::Missing { from: 6, to: 9 }
    );
    assert_eq!(
        verdict(&made.file_of(&[0, 4])),
        Verdict::Missing { from: 3, to: 12 }
    );
    assert_eq!(
        verdict(&made.file_of(&[0, 1, 2, 3])),
        Verdict::Missing { from: 12, to: 15 }
    );
    assert_eq!(verdict(&made.file_of(&[])), Verdict::Missing { from: 0, to: 15 });
    assert_eq!(report(&made.file_of(&[0, 1, 3, 4])).records, 6);
}

#[test]
fn the_first_fault_is_named_when_there_are_several() {
    let made = sample(1);
    let mut file = made.file_of(&[0, 2, 3, 4]);
    let end = file.len() - made.seal.len() - 10;
    file[end] ^= 1;
    assert_eq!(verdict(&file), Verdict::Missing { from: 3, to: 6 });
    file.truncate(file.len() - made.seal.len());
    assert_eq!(verdict(&file), Verdict::Missing { from: 3, to: 6 });
}

#[test]
fn exchanged_moved_and_repeated_blocks_are_out_of_order() {
    let made = sample(1);
    assert_eq!(
        verdict(&made.file_of(&[0, 2, 1, 3, 4])),
        Verdict::OrderChanged { record: 3 }
    );
    assert_eq!(
        verdict(&made.file_of(&[0, 1, 2, 4, 3])),
        Verdict::OrderChanged { record: 9 }
    );
    assert_eq!(
        verdict(&made.file_of(&[4, 1, 2, 3, 0])),
        Verdict::OrderChanged { record: 0 }
    );
    assert_eq!(
        verdict(&made.file_of(&[1, 2, 3, 4, 0])),
        Verdict::OrderChanged { record: 0 }
    );
    assert_eq!(
        verdict(&made.file_of(&[0, 1, 1, 2, 3, 4])),
        Verdict::OrderChanged { record: 3 }
    );
    assert_eq!(
        verdict(&made.file_of(&[0, 1, 2, 3, 4, 2])),
        Verdict::OrderChanged { record: 6 }
    );
    // A gap that stays a gap comes before what is repeated behind it.
    assert_eq!(
        verdict(&made.file_of(&[0, 1, 3, 1, 4])),
        Verdict::Missing { from: 6, to: 9 }
    );
}

#[test]
fn a_cut_tail_is_cut_wherever_it_is_cut() {
    let made = sample(1);
    let (file, places) = (made.file(), places(&made));
    for len in 1..file.len() {
        // Whole blocks that are left: the first block begins at places[1].
        let blocks = places[2..=6].iter().filter(|&&end| end <= len).count();
        let after = (blocks > 0).then(|| made.infos[blocks - 1].header.last_time);
        assert_eq!(
            verdict(&file[..len]),
            Verdict::Cut {
                records: blocks as u64 * 3,
                after
            },
            "cut at {len}"
        );
    }
    assert_eq!(verdict(&[]), Verdict::NotATape);
}

#[test]
fn bytes_behind_the_seal_are_found() {
    let made = sample(1);
    let file = made.file();
    for tail in [
        b"x".to_vec(),
        vec![0; 500],
        made.blocks[4].clone(),
        made.seal.clone(),
        file.clone(),
    ] {
        let got = verdict(&[file.clone(), tail.clone()].concat());
        assert_eq!(
            got,
            Verdict::Changed(Place::Behind {
                bytes: tail.len() as u64
            })
        );
    }
}

#[test]
fn bytes_added_to_a_tape_without_a_seal_are_found() {
    let made = sample(1);
    let file = [made.head.clone(), made.blocks.concat(), vec![0; 300]].concat();
    assert_eq!(
        verdict(&file),
        Verdict::Changed(Place::Block {
            block: 5,
            from: 15,
            to: None
        })
    );
}

#[test]
fn a_block_of_another_tape_is_found() {
    let (made, other) = (sample(1), sample(2));
    let file = |block: &[u8]| {
        [
            &made.head,
            &made.blocks[0],
            block,
            &made.blocks[2],
            &made.blocks[3],
            &made.blocks[4],
            &made.seal,
        ]
        .concat()
    };
    assert_eq!(verdict(&file(&made.blocks[1])), Verdict::Intact);
    assert_eq!(
        verdict(&file(&other.blocks[1])),
        Verdict::Changed(Place::OtherTape { record: 3 })
    );
    let stranger = made_by(&SigningKey::from_seed(&[9; 32]).unwrap(), 1, &[]);
    assert_eq!(
        verdict(&[made.head.clone(), stranger.seal].concat()),
        Verdict::Changed(Place::Seal)
    );
    let inserted = [
        &made.head,
        &made.blocks[0],
        &other.blocks[3],
        &made.blocks[1],
        &made.seal,
    ]
    .map(Vec::as_slice);
    assert_eq!(
        verdict(&inserted.concat()),
        Verdict::Changed(Place::OtherTape { record: 3 })
    );
}

#[test]
fn a_seal_or_head_of_another_tape_is_found() {
    let (made, other) = (sample(1), sample(2));
    let swapped = [made.head.clone(), made.blocks.concat(), other.seal].concat();
    assert_eq!(verdict(&swapped), Verdict::Changed(Place::Seal));
    let swapped = [other.head, made.blocks.concat(), made.seal].concat();
    assert_eq!(
        verdict(&swapped),
        Verdict::Changed(Place::OtherTape { record: 0 })
    );
}

#[test]
fn a_second_writing_of_the_same_tape_does_not_continue_the_first() {
    let made = sample(1);
    // The same name, signed by the same key, but with other records.
    let again = made_by(
        &signer(),
        1,
        &[vec![], sample(3).infos.iter().take(1).map(|_| note()).collect()],
    );
    let forged = [&made.head, &made.blocks[0], &again.blocks[0], &made.seal]
        .map(Vec::as_slice)
        .concat();
    assert_eq!(verdict(&forged), Verdict::OrderChanged { record: 0 });
    let other = made_by(&signer(), 1, &[vec![note(); 3], vec![note(); 3]]);
    let forged = [&made.head, &made.blocks[0], &other.blocks[1], &made.seal]
        .map(Vec::as_slice)
        .concat();
    assert_eq!(
        verdict(&forged),
        Verdict::Changed(Place::Block {
            block: 1,
            from: 3,
            to: Some(6)
        })
    );
}

#[test]
fn a_seal_of_a_second_writing_does_not_end_the_first() {
    let made = sample(1);
    let other = made_by(&signer(), 1, &vec![vec![note(); 3]; 5]);
    let forged = [made.head.clone(), made.blocks.concat(), other.seal].concat();
    assert_eq!(verdict(&forged), Verdict::Changed(Place::Seal));
}

fn note() -> tape::Record {
    tape::Record::new(
        crate::make::START,
        0,
        tape::Kind::Note(bytes::Bytes::from_static(b"{}")),
    )
}

#[test]
fn another_key_is_told_from_a_change() {
    let file = sample(1).file();
    let verify = |keys: &[PublicKey]| verify(Cursor::new(&file), keys).unwrap().verdict;
    assert_eq!(verify(&[other_key()]), Verdict::ForeignKey(signer().public()));
    assert_eq!(verify(&[]), Verdict::ForeignKey(signer().public()));
    assert_eq!(
        verify(&[other_key(), signer().public()]),
        Verdict::Intact,
        "any of several keys"
    );
}

#[test]
fn other_files_are_no_tapes() {
    for file in [
        b"".as_slice(),
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0",
        b"DWTAPE2\nHEAD",
        b"DWTAP3",
    ] {
        assert_eq!(verdict(file), Verdict::NotATape);
    }
}

#[test]
fn an_unfinished_tape_says_up_to_when() {
    let mut file = Vec::new();
    let mut writer = Writer::begin(label(1), &key(), &signer(), &mut file).unwrap();
    writer.push(&note()).unwrap();
    let ending = Ending {
        state: SealState::Unfinished,
        at: Micros(2),
        reason: String::from("gateway_lost"),
    };
    writer
        .seal(ending, &mut Scratch::new().unwrap(), &mut file)
        .unwrap();
    let verdict = verdict(&file);
    assert_eq!(
        verdict,
        Verdict::Unfinished {
            records: 1,
            until: Some(crate::make::START)
        }
    );
    assert_eq!(
        verdict.to_string(),
        "unfinished: intact up to 2026-09-21T14:13:20.000000Z (1 records)"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_flipped_bits_are_found(rows in rows(), bits in prop::collection::vec(any::<prop::sample::Index>(), 1..5)) {
        let file = crate::make::made(1, &rows).file();
        let mut bad = file.clone();
        for bit in bits {
            let bit = bit.index(file.len() * 8);
            bad[bit / 8] ^= 1 << (bit % 8);
        }
        prop_assume!(bad != file);
        prop_assert!(!verdict(&bad).is_genuine());
    }

    #[test]
    fn any_exchange_of_bytes_is_found(rows in rows(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), len in 1..400_usize) {
        let file = crate::make::made(1, &rows).file();
        let (from, to) = (from.index(file.len()), to.index(file.len()));
        let piece = file[from..(from + len).min(file.len())].to_vec();
        let mut bad = file.clone();
        bad.splice(to..(to + len).min(file.len()), piece);
        prop_assume!(bad != file);
        prop_assert!(!verdict(&bad).is_genuine());
    }
}
