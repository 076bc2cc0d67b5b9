//! Whether a bundle is what was taken out, told from the file and public keys alone.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use tape::PublicKey;

use super::{FORMAT, Line, MANIFEST, Manifest, RECORDINGS, SIGNATURE, Signature};

/// No manifest of a session is longer.
const MOST: u64 = 16 << 20;

/// More files are in no bundle.
const MOST_FILES: usize = 100_000;

/// What was found out about a bundle.
#[derive(Debug, Clone)]
pub struct Report {
    /// Whether all is as it was taken out.
    pub verdict: Verdict,
    /// What the signed manifest says; [`None`] when its signature is not good.
    pub manifest: Option<Manifest>,
    /// How many recordings are in it.
    pub recordings: usize,
}

/// Whether a bundle is what was taken out. Displays as one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every file is here, unchanged, and none besides; recordings are genuine in themselves.
    Intact,
    /// The list is what was signed, and these files are not what it says.
    Faults(Vec<(String, Fault)>),
    /// The list of files is not what was signed.
    ManifestChanged,
    /// There is no list of files, or no signature: they were taken out, or cut off.
    Unsigned,
    /// The list is signed, by a key that was not given.
    ForeignKey(PublicKey),
    /// The file is no bundle.
    NotABundle,
}

/// What is wrong with a file in a bundle. Displays as the rest of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is not what was signed.
    Changed,
    /// It is not there.
    Missing,
    /// It is there and was not signed, or is there twice.
    Added,
    /// It is what was signed, and the recording in it was not genuine even then.
    Recording(tape::Verdict),
}

impl Verdict {
    /// Gives the verdict as one word, for programs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Faults(_) => "changed",
            Self::ManifestChanged => "manifest_changed",
            Self::Unsigned => "unsigned",
            Self::ForeignKey(_) => "foreign_key",
            Self::NotABundle => "not_a_bundle",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intact => f.write_str("intact"),
            Self::Faults(faults) => {
                for (index, (name, fault)) in faults.iter().enumerate() {
                    let between = if index == 0 { "" } else { "; " };
                    write!(f, "{between}{name} {fault}")?;
                }
                Ok(())
            }
            Self::ManifestChanged => f.write_str("the list of files is not what was signed"),
            Self::Unsigned => f.write_str("the list of files or its signature is not there"),
            Self::ForeignKey(key) => write!(f, "signed by another key, {}", key.id()),
            Self::NotABundle => f.write_str("not a bundle"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("is changed"),
            Self::Missing => f.write_str("is missing"),
            Self::Added => f.write_str("was added"),
            Self::Recording(verdict) => write!(f, "is a recording that is {verdict}"),
        }
    }
}

/// A file as it is in the archive.
struct Found {
    line: Line,
    /// Where its content begins.
    at: u64,
}

/// What an archive holds.
#[derive(Default)]
struct Contents {
    files: Vec<Found>,
    manifest: Option<Vec<u8>>,
    signature: Option<Vec<u8>>,
}

/// Checks a bundle. Files are hashed and never written anywhere; errors are those of reading, and a file that ends too early is no error.
pub fn check<R: Read + Seek>(mut input: R, keys: &[PublicKey]) -> io::Result<Report> {
    input.rewind()?;
    let Some(contents) = read(&mut input)? else {
        return Ok(Report::of(Verdict::NotABundle));
    };
    let (Some(text), Some(signature)) = (&contents.manifest, &contents.signature) else {
        return Ok(Report::of(Verdict::Unsigned));
    };
    let signature: Option<Signature> = serde_json::from_slice(signature).ok();
    let Some((signature, key)) = signature.and_then(|one| one.key().map(|key| (one, key))) else {
        return Ok(Report::of(Verdict::ManifestChanged));
    };
    if !keys.contains(&key) {
        return Ok(Report::of(Verdict::ForeignKey(key)));
    }
    let manifest: Option<Manifest> = serde_json::from_slice(text).ok();
    let manifest = manifest.filter(|one| one.format == FORMAT && signature.holds(&key, text));
    let Some(manifest) = manifest else {
        return Ok(Report::of(Verdict::ManifestChanged));
    };
    let (mut faults, genuine) = compare(&manifest, &contents.files);
    let tapes = genuine.into_iter().filter(|found| {
        let name = &found.line.name;
        let tape = Path::new(name).extension().is_some_and(|ending| ending == "tape");
        tape && name.starts_with(RECORDINGS)
    });
    let mut recordings = 0;
    for found in tapes {
        recordings += 1;
        let section = Section::new(&mut input, found.at, found.line.bytes);
        let report = tape::verify(BufReader::with_capacity(256 << 10, section), keys)?;
        if !report.verdict.is_genuine() {
            faults.push((found.line.name.clone(), Fault::Recording(report.verdict)));
        }
    }
    Ok(Report {
        verdict: if faults.is_empty() {
            Verdict::Intact
        } else {
            Verdict::Faults(faults)
        },
        manifest: Some(manifest),
        recordings,
    })
}

impl Report {
    fn of(verdict: Verdict) -> Self {
        Self {
            verdict,
            manifest: None,
            recordings: 0,
        }
    }
}

/// Reads and hashes an archive up to its end, or to where it can be read no further; [`None`] when it is no archive.
fn read<R: Read>(input: &mut R) -> io::Result<Option<Contents>> {
    let mut archive = tar::Archive::new(input);
    let mut contents = Contents::default();
    // Raw: nothing in the archive has a say in how the rest is read.
    for entry in archive.entries()?.raw(true) {
        let Ok(mut entry) = entry else {
            let nothing = contents.files.is_empty() && contents.manifest.is_none();
            return Ok((!nothing).then_some(contents));
        };
        if contents.files.len() >= MOST_FILES {
            return Ok(None);
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let (at, size) = (entry.raw_file_position(), entry.size());
        let kept = match name.as_str() {
            MANIFEST => Some(&mut contents.manifest),
            SIGNATURE => Some(&mut contents.signature),
            _ => None,
        };
        if let Some(kept) = kept.filter(|kept| kept.is_none()) {
            if size > MOST {
                return Ok(None);
            }
            let mut text = Vec::new();
            if entry.read_to_end(&mut text).is_ok() && text.len() as u64 == size {
                *kept = Some(text);
            }
            continue;
        }
        let (sha256, bytes) = hash(&mut entry)?;
        contents.files.push(Found {
            line: Line { name, bytes, sha256 },
            at,
        });
    }
    Ok(Some(contents))
}

/// Hashes what is there of a file.
fn hash(input: &mut impl Read) -> io::Result<(String, u64)> {
    let (mut hash, mut bytes) = (Context::new(&SHA256), 0);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            // What ends in the middle of a file is cut: its hash says so.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        };
        hash.update(buffer.get(..read).unwrap_or_default());
        bytes += read as u64;
    }
    Ok((HEXLOWER.encode(hash.finish().as_ref()), bytes))
}

/// Compares what is there with what was signed: gives what is wrong, and the files that are right.
fn compare<'f>(manifest: &Manifest, files: &'f [Found]) -> (Vec<(String, Fault)>, Vec<&'f Found>) {
    let mut there: HashMap<&str, &Found> = HashMap::new();
    let listed: HashSet<&str> = manifest.files.iter().map(|line| line.name.as_str()).collect();
    let (mut faults, mut genuine) = (Vec::new(), Vec::new());
    for found in files {
        let name = found.line.name.as_str();
        if there.insert(name, found).is_some() || !listed.contains(name) {
            faults.push((found.line.name.clone(), Fault::Added));
        }
    }
    for line in &manifest.files {
        match there.get(line.name.as_str()) {
            None => faults.push((line.name.clone(), Fault::Missing)),
            Some(found) if found.line == *line => genuine.push(*found),
            Some(_) => faults.push((line.name.clone(), Fault::Changed)),
        }
    }
    (faults, genuine)
}

/// A part of a file, as if it were one.
struct Section<'f, R> {
    file: &'f mut R,
    start: u64,
    bytes: u64,
    at: u64,
}

impl<'f, R: Read + Seek> Section<'f, R> {
    fn new(file: &'f mut R, start: u64, bytes: u64) -> Self {
        Self {
            file,
            start,
            bytes,
            at: 0,
        }
    }
}

impl<R: Read + Seek> Read for Section<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.bytes.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        self.file.seek(SeekFrom::Start(self.start + self.at))?;
        let read = self.file.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.at += read as u64;
        Ok(read)
    }
}

impl<R> Seek for Section<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(to) => Some(to),
            SeekFrom::End(by) => self.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
