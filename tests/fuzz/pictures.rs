//! Damaged pictures of all four kinds: whatever comes, what would be stored is a picture of one of the four
//! and nothing else, nothing panics, and no file takes long.

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use ::tests::anatomy;
use anyhow::{Context as _, ensure};
use collab::testing::Rng;
use ondeck_server::pictures::take_in::{Kind, MOST_BYTES, take_in};

/// No file takes longer, however it is damaged: those here are small, and so is what they may unfold to.
const WITHIN: Duration = Duration::from_secs(20);
/// Memory of the whole process at its worst, in kilobytes: two of the largest pictures.
const MOST_KILOBYTES: u64 = 900 * 1024;

/// Values at which arithmetic goes wrong.
const EDGES: &[u32] = &[
    0,
    1,
    2,
    127,
    128,
    255,
    256,
    8_192,
    8_193,
    32_767,
    32_768,
    65_535,
    1 << 24,
    1 << 31,
    u32::MAX,
];

/// Damages pictures; fails with the seed of the one that broke something.
pub(crate) fn pictures(files: u64, seed: u64) -> anyhow::Result<()> {
    let samples = samples()?;
    let (start, mut random) = (Instant::now(), Rng::new(seed));
    let (mut stored, mut slowest) = (0, (Duration::ZERO, 0));
    for _ in 0..files {
        let seed = random.any();
        let begun = Instant::now();
        stored += u64::from(one(&samples, seed).with_context(|| format!("seed {seed}"))?);
        slowest = slowest.max((begun.elapsed(), seed));
    }
    let (time, slow) = slowest;
    ensure!(time < WITHIN, "seed {slow} took {time:?}");
    let memory = peak_memory();
    ensure!(memory < MOST_KILOBYTES, "{memory} kB of memory");
    let rate = files as f64 / start.elapsed().as_secs_f64();
    writeln!(
        std::io::stdout(),
        "{files} damaged pictures, {stored} of them usable, {rate:.0}/s, slowest {time:?}, \
         {} MB at most, seed {seed}: nothing broke",
        memory / 1024
    )?;
    Ok(())
}

fn samples() -> anyhow::Result<Vec<Vec<u8>>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures");
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    paths.into_iter().map(|path| Ok(std::fs::read(path)?)).collect()
}

/// Whether the picture could be used.
fn one(samples: &[Vec<u8>], seed: u64) -> anyhow::Result<bool> {
    let mut random = Rng::new(seed);
    let file = damaged(samples, &mut random);
    let Ok(picture) = take_in(&file) else { return Ok(false) };
    ensure!(Kind::of(&picture.bytes) == Some(picture.kind), "it changed its kind");
    let kind = anatomy::kind(&picture.bytes)?;
    ensure!(kind == picture.kind.extension(), "{kind} under the name of {:?}", picture.kind);
    ensure!(picture.bytes.len() <= MOST_BYTES, "{} bytes", picture.bytes.len());
    // What is stored can be taken in again.
    let again = take_in(&picture.bytes).map_err(|refusal| anyhow::anyhow!("its own: {refusal}"))?;
    ensure!((again.width, again.height) == (picture.width, picture.height), "it changed its size");
    Ok(true)
}

fn damaged(samples: &[Vec<u8>], random: &mut Rng) -> Vec<u8> {
    let mut file = samples[random.below(samples.len())].clone();
    for _ in 0..=random.below(5) {
        damage(&mut file, samples, random);
    }
    if random.one_in(2) {
        anatomy::mend_checksums(&mut file);
    }
    file
}

fn damage(file: &mut Vec<u8>, samples: &[Vec<u8>], random: &mut Rng) {
    if file.is_empty() {
        return;
    }
    // Headers decide more than pixels do.
    let reach = if random.one_in(2) { file.len() } else { file.len().min(200) };
    let at = random.below(reach);
    let length = 1 + random.below(64);
    let end = (at + length).min(file.len());
    match random.below(9) {
        0 | 1 => file[at] ^= 1 << random.below(8),
        2 => file[at] = random.any() as u8,
        3 | 4 => {
            let edge = EDGES[random.below(EDGES.len())];
            let bytes = if random.one_in(2) { edge.to_be_bytes() } else { edge.to_le_bytes() };
            let width = [1, 2, 3, 4][random.below(4)];
            for (place, byte) in file[at..].iter_mut().zip(bytes.into_iter().take(width)) {
                *place = byte;
            }
        }
        5 => file.truncate(at),
        6 => drop(file.drain(at..end)),
        7 => {
            let copy = file[at..end].to_vec();
            file.splice(at..at, copy);
        }
        _ => {
            let other = &samples[random.below(samples.len())];
            let from = random.below(other.len());
            let part = &other[from..(from + 8 * length).min(other.len())];
            file.splice(at..end, part.iter().copied());
        }
    }
}

/// The most memory that this process ever had, in kilobytes; 0 where it cannot be asked.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn damaged_pictures_break_nothing() {
        super::pictures(500, 1).unwrap();
    }
}
