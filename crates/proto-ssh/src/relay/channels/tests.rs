//! Credit, in any order of events: nobody is sent more than they granted, and no credit is lost for ever.

#![allow(clippy::unwrap_used, reason = "tests")]

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

/// What may happen to one direction of a channel.
#[derive(Debug, Clone)]
enum Step {
    /// The sender sends a part of what it may; what becomes of it.
    Send(f64, Fate),
    /// The receiver takes what it has got and grants it again.
    Take,
    /// A lock ends: what it held is sent.
    Release,
    /// We say something of our own to the receiver.
    Say(u64),
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Passes,
    Held,
    Discarded,
    KeptBack,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let fate = prop_oneof![
        4 => Just(Fate::Passes),
        1 => Just(Fate::Held),
        1 => Just(Fate::Discarded),
        1 => Just(Fate::KeptBack),
    ];
    let step = prop_oneof![
        6 => (0.0..=1.0, fate).prop_map(|(part, fate)| Step::Send(part, fate)),
        4 => Just(Step::Take),
        1 => Just(Step::Release),
        1 => (1_u64..600).prop_map(Step::Say),
    ];
    prop::collection::vec(step, 1..200)
}

/// One direction: the client sends, the resource receives.
struct Model {
    channel: Channel,
    /// What the receiver has got and not granted again, and what it grants at most.
    unread: u64,
    window: u64,
}

impl Model {
    fn new(window: u32) -> Self {
        let mut channel = Channel::new(Side::Client, 0, 1 << 20, 32 << 10);
        channel.open = true;
        channel.ends.target = End {
            window: window.into(),
            max_packet: 32 << 10,
            granted: 1 << 20,
            ..End::default()
        };
        channel.ends.client.granted = window.min(MOST_WINDOW).into();
        Self {
            channel,
            unread: 0,
            window: window.into(),
        }
    }

    /// Sends to the receiver as far as its window goes; gives what does not go.
    fn deliver(&mut self, bytes: u64) -> u64 {
        let end = &mut self.channel.ends.target;
        let goes = bytes.min(end.window);
        end.window -= goes;
        self.unread += goes;
        bytes - goes
    }

    fn queue(&mut self, bytes: u64) {
        let bytes = Bytes::from(vec![0; usize::try_from(bytes).unwrap()]);
        if !bytes.is_empty() {
            self.channel.ends.target.push(Waiting::Offered {
                code: None,
                class: Class::Meta,
                bytes,
            });
        }
    }

    fn release(&mut self) {
        self.channel.kept_back = {
            let kept = u64::try_from(self.channel.kept_back).unwrap();
            i64::try_from(self.deliver(kept)).unwrap()
        };
        while let Some(waiting) = self.channel.ends.target.pop() {
            let rest = self.deliver(waiting.data_len());
            if rest > 0 {
                self.queue(rest);
                break;
            }
        }
    }

    fn grant(&mut self, pressed: bool) {
        // `grant` books it; the sender may use it from now on.
        let _granted = self.channel.grant(Side::Client, pressed);
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Send(part, fate) => {
                let granted = self.channel.ends.client.granted;
                let bytes = ((granted as f64) * part) as u64;
                self.channel
                    .ends
                    .client
                    .spend(usize::try_from(bytes).unwrap())
                    .unwrap();
                match fate {
                    Fate::Passes if self.channel.ends.target.queue.is_empty() => {
                        let rest = self.deliver(bytes);
                        self.queue(rest);
                    }
                    Fate::Passes | Fate::Held => self.queue(bytes),
                    Fate::Discarded => {}
                    Fate::KeptBack => self.channel.kept_back += i64::try_from(bytes).unwrap(),
                }
                self.grant(false);
            }
            Step::Take => {
                let taken = std::mem::take(&mut self.unread);
                self.channel.ends.target.window += taken;
                self.grant(true);
            }
            Step::Release => {
                self.release();
                self.grant(false);
            }
            Step::Say(bytes) => {
                if self.channel.ends.target.window >= bytes {
                    self.channel.ends.target.window -= bytes;
                    self.unread += bytes;
                }
            }
        }
    }

    /// Bytes of the sender's that we hold, or may come to hold.
    fn at_stake(&self) -> u64 {
        let kept_back = u64::try_from(self.channel.kept_back).unwrap();
        self.channel.ends.client.granted + self.channel.ends.target.queued + kept_back
    }
}

proptest! {
    #[test]
    fn what_we_may_have_to_hold_is_bounded_by_the_window(window in 1_u32..8_000_000, steps in steps()) {
        let mut model = Model::new(window);
        for step in &steps {
            model.step(step);
            prop_assert!(model.at_stake() <= u64::from(MOST_WINDOW));
            prop_assert!(model.channel.ends.target.window + model.unread == model.window);
        }
    }

    #[test]
    fn no_credit_is_lost(window in 1_u32..8_000_000, steps in steps()) {
        let mut model = Model::new(window);
        for step in &steps {
            model.step(step);
        }
        // The lock ends and the receiver reads all there is: then the sender may send a whole window again.
        while model.channel.ends.target.queued > 0 || model.channel.kept_back > 0 || model.unread > 0 {
            model.step(&Step::Release);
            model.step(&Step::Take);
        }
        model.grant(true);
        prop_assert_eq!(model.channel.ends.client.granted, u64::from(window.min(MOST_WINDOW)));
    }
}

#[test]
fn a_window_adjust_passes_on_as_it_came() {
    let mut model = Model::new(2 << 20);
    model.step(&Step::Send(0.5, Fate::Passes));
    model.channel.ends.target.window += 77;
    assert_eq!(model.channel.grant(Side::Client, true), Some(77));
}

#[test]
fn a_channel_number_is_free_again_after_its_end() {
    let mut table = Table::default();
    let new = || Channel::new(Side::Client, 7, 1, 1);
    let numbers: Vec<_> = (0..3).map(|_| table.insert(new()).unwrap()).collect();
    assert_eq!(numbers, [0, 1, 2]);
    assert!(table.remove(1).is_some());
    assert!(table.remove(1).is_none());
    assert_eq!(table.insert(new()), Some(1));
    for _ in 3..MOST_CHANNELS {
        assert!(table.insert(new()).is_some());
    }
    assert_eq!(table.insert(new()), None);
}
