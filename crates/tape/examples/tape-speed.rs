//! Prints what writing and verifying a tape costs: CPU seconds per GiB, for terminal text and for noise.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a measurement, not a program"
)]

use std::io::Cursor;

use bytes::Bytes;
use domain::{ConnectionId, Micros, SessionId};
use tape::{DataKey, Direction, Ending, Label, Scratch, SealState, SigningKey, Writer};

const TOTAL: usize = 512 << 20;
const CHUNK: usize = 32 << 10;

fn main() {
    let mut noise = vec![0; CHUNK * 64];
    aws_lc_rs::rand::fill(&mut noise).unwrap();
    let line = |n: usize| {
        format!(
            "\x1b[32m-rw-r--r--\x1b[0m 1 root root {:>9} Nov 21 23:{:02} file-{n:06}.txt\r\n",
            n * 7919 % 1_000_003,
            n % 60
        )
    };
    let text: String = (0..40_000).map(line).collect();
    let text = text.into_bytes()[..CHUNK * 64].to_vec();
    for (name, data) in [
        ("terminal text", text),
        ("noise", noise),
        ("zeros", vec![0; CHUNK * 64]),
    ] {
        let chunks: Vec<Bytes> = data.chunks(CHUNK).map(Bytes::copy_from_slice).collect();
        measure(name, &chunks);
    }
}

fn measure(name: &str, chunks: &[Bytes]) {
    let key = DataKey::new(&[7; 32]).unwrap();
    let signer = SigningKey::from_seed(&[9; 32]).unwrap();
    let label = Label {
        tape: ConnectionId::fresh(),
        session: SessionId::new(Micros(1_790_000_000_000_000), 1, 2),
        node: String::from("speed"),
        protocol: String::from("ssh"),
        started_at: Micros(1_790_000_000_000_000),
        master_key: String::from("none"),
        data_key: vec![0; 60],
    };
    let (mut scratch, mut out, mut file) = (Scratch::new().unwrap(), Vec::new(), Vec::new());
    let mut writer = Writer::begin(label, &key, &signer, &mut file).unwrap();
    let mut stored = 0;
    let begun = cpu_secs();
    for n in 0..TOTAL / CHUNK {
        let at = Micros(1_790_000_000_000_000 + n as i64);
        writer
            .push_data(
                at,
                1,
                Direction::FromTarget,
                &chunks[n % chunks.len()..=n % chunks.len()],
            )
            .unwrap();
        if writer.should_close(at) {
            writer.close_block(&mut scratch, &mut out).unwrap();
            stored += out.len();
            // Kept for verification below; a part only, so that copying does not count.
            if file.len() < 64 << 20 {
                file.extend_from_slice(&out);
            }
            out.clear();
        }
    }
    let secs = cpu_secs() - begun;
    let gib = TOTAL as f64 / f64::from(1 << 30);
    println!(
        "{name}: {:.0} MB per CPU second, {:.2} CPU-s/GiB, stored {:.1} %",
        TOTAL as f64 / 1e6 / secs,
        secs / gib,
        stored as f64 * 100.0 / TOTAL as f64
    );
    let ending = Ending {
        state: SealState::Finished,
        at: Micros(1),
        reason: String::from("done"),
    };
    writer.seal(ending, &mut scratch, &mut out).unwrap();
    let begun = cpu_secs();
    let report = tape::verify(Cursor::new(&file), &[signer.public()]).unwrap();
    let secs = cpu_secs() - begun;
    println!(
        "  verify: {:.0} MB of file per CPU second, {} blocks, {}",
        file.len() as f64 / 1e6 / secs,
        report.blocks,
        report.verdict
    );
}

/// CPU time of this thread, so that a busy machine does not change what is measured.
fn cpu_secs() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
