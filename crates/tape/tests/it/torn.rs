//! A recorder that was lost leaves a tape that can be ended.

use std::io::Cursor;

use domain::{Micros, Span};
use tape::{Salvage, SalvageError, SealState, Verdict, salvage};

use crate::make::{START, other_key, report, sample, signer, verdict};
use crate::round_trip::read_all;

fn rescue(file: &[u8]) -> Result<(Vec<u8>, Salvage), SalvageError> {
    let salvage = salvage(
        Cursor::new(file),
        &signer(),
        START.plus(Span::secs(99)),
        "gateway_lost",
    )?;
    let mut rescued = file[..salvage.keep as usize].to_vec();
    rescued.extend_from_slice(&salvage.tail);
    Ok((rescued, salvage))
}

#[test]
fn torn_at_any_byte_it_verifies_as_unfinished_up_to_the_last_whole_block() {
    let made = sample(1);
    let file = made.file();
    let whole = read_all(&file).0;
    for len in made.head.len()..file.len() {
        let (rescued, salvage) = rescue(&file[..len]).unwrap();
        let blocks = made
            .infos
            .iter()
            .filter(|info| info.offset as usize + info.len <= len)
            .count();
        let until = (blocks > 0).then(|| made.infos[blocks - 1].header.last_time);
        let report = report(&rescued);
        assert_eq!(
            report.verdict,
            Verdict::Unfinished {
                records: blocks as u64 * 3,
                until
            },
            "torn at {len}"
        );
        let seal = report.seal.unwrap();
        assert_eq!(
            (seal.state, seal.reason.as_str()),
            (SealState::Unfinished, "gateway_lost")
        );
        assert_eq!(seal.torn_bytes, salvage.torn_bytes);
        assert_eq!(salvage.keep + salvage.torn_bytes, len as u64);
        assert_eq!(read_all(&rescued).0, whole[..blocks * 3]);
        assert_eq!((seal.to_target, seal.from_target), traffic(&whole[..blocks * 3]));
        assert_eq!(seal.index.len(), blocks);
    }
}

fn traffic(records: &[tape::Record]) -> (u64, u64) {
    let each = records.iter().map(|record| record.kind.traffic());
    each.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[test]
fn torn_within_the_head_there_is_nothing_to_rescue() {
    let made = sample(1);
    for len in 0..made.head.len() {
        assert!(
            matches!(rescue(&made.head[..len]), Err(SalvageError::NoHead)),
            "torn at {len}"
        );
    }
}

#[test]
fn a_tail_of_zeros_after_a_power_cut_is_cut_away() {
    let made = sample(1);
    let file = [made.head.clone(), made.blocks[..3].concat(), vec![0; 4096]].concat();
    let (rescued, salvage) = rescue(&file).unwrap();
    assert_eq!(salvage.torn_bytes, 4096);
    assert!(matches!(
        verdict(&rescued),
        Verdict::Unfinished { records: 9, .. }
    ));
}

#[test]
fn a_sealed_tape_is_left_alone() {
    let file = sample(1).file();
    let Err(SalvageError::Sealed(seal)) = rescue(&file) else {
        panic!("sealed")
    };
    assert_eq!(seal.records, 15);
    let longer = [file.clone(), vec![0; 100]].concat();
    assert!(
        matches!(rescue(&longer), Err(SalvageError::Sealed(_))),
        "a good seal is never cut away"
    );
    let (rescued, _) = rescue(&file[..file.len() - 1]).unwrap();
    assert!(
        matches!(rescue(&rescued), Err(SalvageError::Sealed(_))),
        "rescued once is enough"
    );
}

#[test]
fn only_the_key_that_began_a_tape_ends_it() {
    let made = sample(1);
    let other = tape::SigningKey::from_seed(&[0x18; 32]).unwrap();
    assert_eq!(other.public(), other_key());
    let result = salvage(Cursor::new(&made.head), &other, Micros(1), "gateway_lost");
    assert!(matches!(result, Err(SalvageError::ForeignKey(id)) if id == signer().public().id()));
}

#[test]
fn only_blocks_that_follow_each_other_are_kept() {
    let (made, other) = (sample(1), sample(2));
    let file = |blocks: &[&[u8]]| [&made.head, &blocks.concat()].map(Vec::as_slice).concat();
    for blocks in [
        [made.blocks[0].as_slice(), &made.blocks[2]],
        [made.blocks[0].as_slice(), &made.blocks[0]],
        [made.blocks[0].as_slice(), &other.blocks[1]],
    ] {
        let (rescued, salvage) = rescue(&file(&blocks)).unwrap();
        assert_eq!(salvage.torn_bytes, blocks[1].len() as u64);
        assert!(matches!(
            verdict(&rescued),
            Verdict::Unfinished { records: 3, .. }
        ));
    }
}
