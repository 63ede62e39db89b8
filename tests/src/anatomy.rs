//! Takes a picture's file apart by the book, without any decoder: for tests that want to know that there
//! is nothing in it but a picture.

use anyhow::{Context as _, bail, ensure};

/// Which of the four kinds a file is, when it is that from its first byte to its last and holds nothing
/// that does not decide about pixels: no EXIF, XMP, ICC profile, text or comment, nothing behind its end.
///
/// # Errors
/// What else there is.
pub fn kind(file: &[u8]) -> anyhow::Result<&'static str> {
    match file {
        [0x89, b'P', b'N', b'G', 13, 10, 26, 10, chunks @ ..] => png(chunks).map(|()| "png"),
        [0xFF, 0xD8, segments @ ..] => jpeg(segments).map(|()| "jpg"),
        [b'G', b'I', b'F', b'8', b'9' | b'7', b'a', rest @ ..] => gif(rest).map(|()| "gif"),
        [b'R', b'I', b'F', b'F', rest @ ..] => webp(rest).map(|()| "webp"),
        _ => bail!("none of the four kinds"),
    }
}

/// Gives the checksums of a PNG's chunks anew, as far as it has any: what is damaged behind them gets
/// further into a decoder.
pub fn mend_checksums(file: &mut [u8]) {
    let mut at = 8;
    while let Some(length) = file.get(at..at + 4) {
        let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
        let end = at.saturating_add(8).saturating_add(length);
        let Some(sum) = file.get(at + 4..end).map(crc32) else { return };
        let Some(place) = file.get_mut(end..end + 4) else { return };
        place.copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xEDB8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> anyhow::Result<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length).context("it ends early")?;
    *rest = tail;
    Ok(head)
}

fn png(mut rest: &[u8]) -> anyhow::Result<()> {
    loop {
        let length = take(&mut rest, 4)?.try_into().map(u32::from_be_bytes)? as usize;
        let body = take(&mut rest, 4 + length)?;
        let sum = take(&mut rest, 4)?.try_into().map(u32::from_be_bytes)?;
        ensure!(sum == crc32(body), "a wrong checksum");
        match &body[..4] {
            b"IHDR" | b"PLTE" | b"tRNS" | b"IDAT" | b"acTL" | b"fcTL" | b"fdAT" | b"gAMA"
            | b"cHRM" | b"sRGB" => {}
            b"IEND" => {
                ensure!(rest.is_empty(), "{} bytes behind the end", rest.len());
                return Ok(());
            }
            name => bail!("a chunk {:?}", String::from_utf8_lossy(name)),
        }
    }
}

fn jpeg(mut rest: &[u8]) -> anyhow::Result<()> {
    loop {
        let [mark, kind] = take(&mut rest, 2)?.try_into()?;
        ensure!(mark == 0xFF, "no marker where one has to be");
        match kind {
            0xD9 => {
                ensure!(rest.is_empty(), "{} bytes behind the end", rest.len());
                return Ok(());
            }
            0xC0..=0xC2 | 0xC4 | 0xDA | 0xDB | 0xDD | 0xE0 => {}
            kind => bail!("a segment {kind:#x}"),
        }
        let length = take(&mut rest, 2)?.try_into().map(u16::from_be_bytes)?;
        let body = take(&mut rest, usize::from(length).checked_sub(2).context("no length")?)?;
        ensure!(kind != 0xE0 || (body.starts_with(b"JFIF\0") && body.len() == 14), "an odd JFIF");
        if kind == 0xDA {
            // Until a marker that does not belong to the scan.
            while !matches!(rest, [0xFF, 1..=0xCF | 0xD8..=0xFF, ..]) {
                take(&mut rest, 1)?;
            }
        }
    }
}

fn gif(mut rest: &[u8]) -> anyhow::Result<()> {
    let palette = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let screen = take(&mut rest, 7)?;
    take(&mut rest, palette(screen[4]))?;
    loop {
        match take(&mut rest, 1)? {
            [0x3B] => {
                ensure!(rest.is_empty(), "{} bytes behind the end", rest.len());
                return Ok(());
            }
            [0x2C] => {
                let image = take(&mut rest, 9)?;
                take(&mut rest, palette(image[8]))?;
                take(&mut rest, 1)?;
                blocks(&mut rest)?;
            }
            [0x21] => match take(&mut rest, 1)? {
                [0xF9] => ensure!(blocks(&mut rest)? == 4, "an odd control block"),
                [0xFF] => {
                    ensure!(rest.starts_with(b"\x0bNETSCAPE2.0"), "an application's block");
                    ensure!(blocks(&mut rest)? == 11 + 3, "an odd block of loops");
                }
                other => bail!("an extension {other:?}"),
            },
            other => bail!("a block {other:?}"),
        }
    }
}

/// How many bytes there are in a row of blocks.
fn blocks(rest: &mut &[u8]) -> anyhow::Result<usize> {
    let mut sum = 0;
    loop {
        let length = usize::from(take(rest, 1)?[0]);
        if length == 0 {
            return Ok(sum);
        }
        sum += take(rest, length)?.len();
    }
}

fn webp(mut rest: &[u8]) -> anyhow::Result<()> {
    let length = take(&mut rest, 4)?.try_into().map(u32::from_le_bytes)? as usize;
    ensure!(length == rest.len(), "a length of {length}, and {} bytes", rest.len());
    ensure!(take(&mut rest, 4)? == b"WEBP", "RIFF, and not WebP");
    chunks(rest, true)
}

fn chunks(mut rest: &[u8], outside: bool) -> anyhow::Result<()> {
    while !rest.is_empty() {
        let name = take(&mut rest, 4)?;
        let length = take(&mut rest, 4)?.try_into().map(u32::from_le_bytes)? as usize;
        let body = take(&mut rest, length)?;
        ensure!(
            take(&mut rest, length % 2)?.iter().all(|byte| *byte == 0),
            "padding that says something"
        );
        match name {
            b"VP8 " | b"VP8L" | b"ALPH" => {}
            b"VP8X" if outside => ensure!(body[0] & 0b0010_1100 == 0, "flags {:#b}", body[0]),
            b"ANIM" if outside => ensure!(length == 6, "an odd animation"),
            b"ANMF" if outside => chunks(body.get(16..).context("half a frame")?, false)?,
            name => bail!("a chunk {:?}", String::from_utf8_lossy(name)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_with_metadata_are_not_taken_for_bare_ones() {
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/pictures")).unwrap() {
            let path = entry.unwrap().path();
            let bare = ["glass.webp", "apart.png"].iter().any(|name| path.ends_with(name));
            let file = std::fs::read(&path).unwrap();
            assert_eq!(kind(&file).is_ok(), bare, "{}: {:?}", path.display(), kind(&file));
        }
    }
}
