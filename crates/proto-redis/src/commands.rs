//! What commands do and where their keys are, for rules on statements. As `COMMAND` of Redis 7.0 says, and the documentation of those that
//! came later.

use std::{collections::HashMap, sync::LazyLock};

use domain::statement::{StatementFacts, StatementKind};

use crate::wire::Command;

/// Where the keys of a command are among its arguments; the name is argument 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// It has none.
    None,
    /// It is about all of them, or about some that it does not name.
    Any,
    /// From the first to the last, which counts from the end when it is negative, and so many further each time.
    Range(usize, isize, usize),
    /// Keys up to the first argument, and then as many as another one says.
    Counted(usize),
    /// Behind a word, the first half of what is left.
    Streams,
    /// The first, and the one behind one of these words.
    Store,
    /// The third, or all behind `KEYS`.
    Migrate,
}

use Keys::{Any, Counted, Migrate, Range, Store, Streams};
use StatementKind::{Admin, Code, Ddl, Grant, Other, Read, ServerFile, Write, WriteAll};

type Row = (&'static [StatementKind], Keys, &'static str);

/// Commands with one meaning each; `NAME|SUBCOMMAND` goes before `NAME`.
const TABLE: &[Row] = &[
    (
        &[Read],
        Range(1, 1, 1),
        "BITCOUNT BITFIELD_RO BITPOS DUMP EXPIRETIME GEODIST GEOHASH GEOPOS GEORADIUS_RO GEORADIUSBYMEMBER_RO GEOSEARCH \
        GET GETBIT GETRANGE HEXISTS HEXPIRETIME HGET HGETALL HKEYS HLEN HMGET HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSTRLEN HTTL HVALS LINDEX LLEN \
        LPOS LRANGE PEXPIRETIME PTTL SCARD SISMEMBER SMEMBERS SMISMEMBER SRANDMEMBER SSCAN STRLEN SUBSTR TTL TYPE XLEN XPENDING XRANGE XREVRANGE ZCARD \
        ZCOUNT ZLEXCOUNT ZMSCORE ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE \
        VCARD VDIM VEMB VGETATTR VINFO VISMEMBER VLINKS VRANDMEMBER VSIM",
    ),
    (
        &[Read],
        Range(1, -1, 1),
        "EXISTS MGET PFCOUNT SDIFF SINTER SUNION TOUCH WATCH",
    ),
    (&[Read], Range(1, 2, 1), "LCS"),
    (
        &[Read],
        Range(2, 2, 1),
        "MEMORY|USAGE OBJECT|ENCODING OBJECT|FREQ OBJECT|IDLETIME OBJECT|REFCOUNT XINFO|CONSUMERS XINFO|GROUPS XINFO|STREAM",
    ),
    (&[Read], Counted(1), "SINTERCARD ZDIFF ZINTER ZINTERCARD ZUNION"),
    (&[Read], Streams, "XREAD"),
    (
        &[Read],
        Any,
        "CLUSTER|GETKEYSINSLOT DBSIZE KEYS RANDOMKEY SCAN SORT_RO",
    ),
    (
        &[Write],
        Range(1, 1, 1),
        "APPEND BITFIELD DECR DECRBY DELIFEQ EXPIRE EXPIREAT GEOADD GETDEL GETEX GETSET HDEL HEXPIRE HEXPIREAT HGETDEL HGETEX \
        HINCRBY HINCRBYFLOAT HMSET HPERSIST HPEXPIRE HPEXPIREAT HSET HSETEX HSETNX INCR INCRBY INCRBYFLOAT LINSERT LPOP LPUSH LPUSHX LREM LSET \
        LTRIM MOVE PERSIST PEXPIRE PEXPIREAT PFADD PSETEX RESTORE RESTORE-ASKING RPOP RPUSH RPUSHX SADD SET SETBIT SETEX SETNX SETRANGE SPOP SREM \
        XACK XACKDEL XADD XAUTOCLAIM XCLAIM XDEL XDELEX XSETID XTRIM ZADD ZINCRBY ZPOPMAX ZPOPMIN ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE \
        VADD VREM VSETATTR",
    ),
    (
        &[Write],
        Range(1, -1, 1),
        "DEL PFMERGE SDIFFSTORE SINTERSTORE SUNIONSTORE UNLINK",
    ),
    (
        &[Write],
        Range(1, 2, 1),
        "BLMOVE BRPOPLPUSH COPY GEOSEARCHSTORE LMOVE RENAME RENAMENX RPOPLPUSH SMOVE ZRANGESTORE",
    ),
    (&[Write], Range(1, -2, 1), "BLPOP BRPOP BZPOPMAX BZPOPMIN"),
    (&[Write], Range(1, -1, 2), "MSET MSETNX"),
    (&[Write], Range(2, -1, 1), "BITOP"),
    (
        &[Write],
        Range(2, 2, 1),
        "XGROUP|CREATE XGROUP|CREATECONSUMER XGROUP|DELCONSUMER XGROUP|DESTROY XGROUP|SETID",
    ),
    (&[Write], Counted(1), "LMPOP ZMPOP"),
    (
        &[Write],
        Counted(2),
        "BLMPOP BZMPOP ZDIFFSTORE ZINTERSTORE ZUNIONSTORE",
    ),
    (&[Write], Streams, "XREADGROUP"),
    (&[Write], Store, "GEORADIUS GEORADIUSBYMEMBER"),
    (&[Write], Any, "MSETEX"),
    (&[Read, Write], Any, "SORT"),
    (&[Write, WriteAll], Any, "FLUSHALL FLUSHDB SWAPDB"),
    (&[Code], Any, "EVAL EVALSHA EVAL_RO EVALSHA_RO FCALL FCALL_RO"),
    (&[Code], Keys::None, "SCRIPT|LOAD"),
    (&[Code, Ddl], Keys::None, "FUNCTION|LOAD FUNCTION|RESTORE"),
    (&[Ddl], Keys::None, "FUNCTION|DELETE FUNCTION|FLUSH"),
    (
        &[Grant],
        Keys::None,
        "ACL|SETUSER ACL|DELUSER ACL|LOAD ACL|SAVE AUTH",
    ),
    (
        &[Admin, ServerFile],
        Keys::None,
        "BGREWRITEAOF BGSAVE CONFIG|REWRITE SAVE",
    ),
    (
        &[Admin, ServerFile, Code],
        Keys::None,
        "MODULE|LOAD MODULE|LOADEX",
    ),
    (
        &[Admin, WriteAll],
        Any,
        "REPLICAOF SLAVEOF CLUSTER|RESET CLUSTER|FLUSHSLOTS",
    ),
    (&[Admin, Read], Any, "MONITOR PSYNC SYNC REPLCONF"),
    (&[Admin, Read, Write], Migrate, "MIGRATE"),
    (&[Admin, Read, Write], Any, "DEBUG PFDEBUG PFSELFTEST"),
    (
        &[Admin],
        Keys::None,
        "CONFIG|GET CONFIG|RESETSTAT MODULE|UNLOAD SHUTDOWN FAILOVER CLIENT|KILL CLIENT|PAUSE CLIENT|UNPAUSE \
        CLIENT|UNBLOCK CLIENT|NO-EVICT CLUSTER|ADDSLOTS CLUSTER|ADDSLOTSRANGE CLUSTER|BUMPEPOCH CLUSTER|DELSLOTS CLUSTER|DELSLOTSRANGE \
        CLUSTER|FAILOVER CLUSTER|FORGET CLUSTER|MEET CLUSTER|MIGRATION CLUSTER|REPLICATE CLUSTER|SAVECONFIG CLUSTER|SET-CONFIG-EPOCH CLUSTER|SETSLOT \
        LATENCY|RESET SLOWLOG|RESET SCRIPT|KILL SCRIPT|FLUSH SCRIPT|DEBUG FUNCTION|KILL ACL|LOG SENTINEL|SET SENTINEL|REMOVE SENTINEL|MONITOR \
        SENTINEL|FAILOVER SENTINEL|CONFIG SENTINEL|RESET",
    ),
    (
        &[Other],
        Keys::None,
        "ACL ASKING CLIENT CLUSTER COMMAND CONFIG DISCARD ECHO EXEC FUNCTION HELLO INFO LASTSAVE LATENCY LOLWUT MEMORY MODULE MULTI \
        OBJECT PING PSUBSCRIBE PUBLISH PUBSUB PUNSUBSCRIBE QUIT READONLY READWRITE RESET ROLE SCRIPT SELECT SENTINEL SLOWLOG SPUBLISH SSUBSCRIBE \
        SUBSCRIBE SUNSUBSCRIBE TIME UNSUBSCRIBE UNWATCH WAIT WAITAOF XGROUP XINFO",
    ),
];

/// Settings that say where the server reads and writes files, or what it runs.
const FILES: [&str; 11] = [
    "DIR",
    "DBFILENAME",
    "APPENDFILENAME",
    "APPENDDIRNAME",
    "ACLFILE",
    "LOGFILE",
    "PIDFILE",
    "UNIXSOCKET",
    "LOADMODULE",
    "TLS-CERT-FILE",
    "TLS-KEY-FILE",
];

static KNOWN: LazyLock<HashMap<&'static str, (&'static [StatementKind], Keys)>> = LazyLock::new(|| {
    let rows = TABLE.iter();
    rows.flat_map(|(kinds, keys, names)| names.split_whitespace().map(|name| (name, (*kinds, *keys))))
        .collect()
});

/// Tells what a command does, and to which keys.
pub(crate) fn facts(command: &Command<'_>) -> StatementFacts {
    let name = command.word(0);
    let of_sub = || KNOWN.get(format!("{name}|{}", command.word(1)).as_str());
    let found = of_sub().or_else(|| KNOWN.get(name.as_str()));
    // What is not known may be a module's, and do anything to the data.
    let (kinds, keys) = found.copied().unwrap_or((&[Read, Write, Code], Any));
    let mut facts = StatementFacts {
        kinds: kinds.to_vec(),
        ..StatementFacts::default()
    };
    if name == "CONFIG" && command.word(1) == "SET" {
        facts.kinds = vec![Admin];
        let names = (2..command.kept()).step_by(2);
        if !command.is_kept_whole()
            || names
                .into_iter()
                .any(|at| FILES.contains(&command.word(at).as_str()))
        {
            facts.add(ServerFile);
        }
    }
    match places(command, keys) {
        Some(places) => {
            for at in places {
                match command.argument(at).filter(|_| command.has_whole(at)) {
                    Some(key) => facts.keys.push(String::from_utf8_lossy(key).into_owned()),
                    None => facts.unclear = true,
                }
            }
        }
        None => facts.unclear = true,
    }
    facts
}

/// Lists where the keys are; [`None`] when that cannot be told.
fn places(command: &Command<'_>, keys: Keys) -> Option<Vec<usize>> {
    let count = usize::try_from(command.count).ok()?;
    let number =
        |at: usize| -> Option<usize> { std::str::from_utf8(command.argument(at)?).ok()?.parse().ok() };
    let behind = |words: &[&str]| (1..command.kept()).find(|at| words.contains(&command.word(*at).as_str()));
    match keys {
        Keys::None => Some(Vec::new()),
        Any => None,
        Range(first, last, step) => {
            let last = if last < 0 {
                count.checked_add_signed(last)?
            } else {
                last.unsigned_abs()
            };
            Some((first..=last).step_by(step).filter(|at| *at < count).collect())
        }
        Counted(at) => {
            let first = at + 1;
            let last = first.checked_add(number(at)?)?;
            // What stands before the number of a command that stores is its destination; of one that waits, how long.
            let destination = (at == 2 && !command.word(0).starts_with('B')).then_some(1);
            Some(destination.into_iter().chain(first..last.min(count)).collect())
        }
        Streams => {
            let first = behind(&["STREAMS"])? + 1;
            Some((first..first + count.checked_sub(first)? / 2).collect())
        }
        Store => {
            let mut places = vec![1];
            places.extend(behind(&["STORE", "STOREDIST"]).map(|at| at + 1));
            Some(places)
        }
        Migrate => match behind(&["KEYS"]) {
            Some(at) => Some((at + 1..count).collect()),
            None => Some(vec![3]),
        },
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::wire::{Keep, Requests, command};

    const KEEP: Keep = Keep {
        argument: 1 << 20,
        all: 1 << 20,
    };

    /// Reads words as a command.
    pub(crate) fn with<T>(line: &str, look: impl FnOnce(&Command<'_>) -> T) -> T {
        let words: Vec<_> = line.split(' ').map(str::as_bytes).collect();
        let mut requests = Requests::default();
        let (_, whole) = requests.feed(&command(words), KEEP).unwrap();
        assert!(whole);
        look(&requests.command())
    }

    #[test]
    fn keys_are_found_where_they_are() {
        for (line, kind, keys) in [
            ("get a", Read, "a"),
            ("SET a b EX 10", Write, "a"),
            ("mget a b c", Read, "a b c"),
            ("MSET a 1 b 2", Write, "a b"),
            ("BLPOP a b 0", Write, "a b"),
            ("BITOP AND d a b", Write, "d a b"),
            ("ZUNIONSTORE d 2 a b WEIGHTS 1 2", Write, "d a b"),
            ("ZUNION 2 a b WITHSCORES", Read, "a b"),
            ("BLMPOP 0 2 a b LEFT", Write, "a b"),
            ("XREAD COUNT 2 STREAMS a b 0 0", Read, "a b"),
            ("GEORADIUS a 1 2 3 km STORE b", Write, "a b"),
            ("OBJECT ENCODING a", Read, "a"),
            ("MIGRATE h 1 a 0 100", Admin, "a"),
            ("MIGRATE h 1  0 100 AUTH p KEYS a b", Write, "a b"),
            ("RENAME a b", Write, "a b"),
            ("PING", Other, ""),
            ("CLIENT ID", Other, ""),
            ("CLIENT KILL ID 1", Admin, ""),
            ("CONFIG SET dir /tmp", ServerFile, ""),
            ("CONFIG SET maxmemory 1", Admin, ""),
            ("ACL SETUSER x", Grant, ""),
        ] {
            with(line, |command| {
                let facts = facts(command);
                assert!(facts.kinds.contains(&kind), "{line}: {facts:?}");
                assert_eq!(facts.keys.join(" "), keys, "{line}");
                assert!(!facts.unclear, "{line}");
            });
        }
    }

    #[test]
    fn what_cannot_be_told_is_unclear() {
        for line in [
            "FLUSHALL",
            "KEYS *",
            "EVAL return 0",
            "JSON.SET a $ 1",
            "SORT a BY w_*",
            "ZUNION x a",
            "XREAD a b",
        ] {
            with(line, |command| assert!(facts(command).unclear, "{line}"));
        }
        with("JSON.SET a $ 1", |command| {
            assert!(facts(command).kinds.contains(&Write));
        });
        with("CONFIG SET maxmemory 1", |command| {
            assert!(!facts(command).kinds.contains(&ServerFile));
        });
    }

    #[test]
    fn no_command_stands_in_the_table_twice() {
        let names: Vec<_> = TABLE
            .iter()
            .flat_map(|(_, _, names)| names.split_whitespace())
            .collect();
        assert_eq!(names.len(), KNOWN.len());
    }
}
