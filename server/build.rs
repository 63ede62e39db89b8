//! Packs the built front-end and the example decks into the binary, compressed once.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

/// Folder (from the top of the repository) and the URL path that it is served under.
const FOLDERS: [(&str, &str); 3] =
    [("dist", "/assets/"), ("frontend/js/dist", "/assets/"), ("examples", "/examples/")];

fn main() -> io::Result<()> {
    let top = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("..");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let mut table = String::from("pub(super) static ASSETS: &[Asset] = &[\n");
    let mut entries = Vec::new();
    for (folder, url) in FOLDERS {
        let folder = top.join(folder);
        println!("cargo:rerun-if-changed={}", folder.display());
        collect(&folder, url, &mut entries)?;
    }
    entries.sort();
    entries.dedup_by(|later, first| later.0 == first.0);
    for (index, (url, path)) in entries.iter().enumerate() {
        println!("cargo:rerun-if-changed={}", path.display());
        let plain = fs::read(path)?;
        let digest = Sha256::digest(&plain);
        let etag = digest[..8].iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let packed = if compresses(url) { Some(compress(&plain)?) } else { None };
        let file = out.join(format!("asset-{index}"));
        fs::write(&file, packed.as_ref().unwrap_or(&plain))?;
        let brotli = packed.is_some();
        let _ = writeln!(
            table,
            "Asset {{ path: {url:?}, brotli: {brotli}, etag: \"\\\"{etag}\\\"\", bytes: include_bytes!({file:?}) }},"
        );
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)
}

fn collect(folder: &Path, url: &str, entries: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    // A missing folder is fine: the server then says that the front-end is not built.
    let Ok(listing) = fs::read_dir(folder) else { return Ok(()) };
    for entry in listing {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name.filter(|name| !name.starts_with('.')) else { continue };
        if path.is_dir() {
            collect(&path, &format!("{url}{name}/"), entries)?;
        } else if !name.ends_with(".map") && !name.ends_with(".d.ts") {
            entries.push((format!("{url}{name}"), path));
        }
    }
    Ok(())
}

fn compresses(url: &str) -> bool {
    !["woff2", "png", "jpg", "jpeg", "webp", "gif"].iter().any(|kind| url.ends_with(kind))
}

fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    // Debug builds are for quick turns: the quality that costs seconds is for the release.
    let quality =
        if env::var("PROFILE").is_ok_and(|profile| profile == "release") { 11 } else { 5 };
    let params = brotli::enc::BrotliEncoderParams { quality, ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut io::Cursor::new(plain), &mut packed, &params)?;
    Ok(packed)
}
