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

/// A WebAssembly module without what only tools read: custom sections (id 0 in the binary format).
fn without_custom_sections(module: &[u8]) -> Vec<u8> {
    let (mut kept, mut at) = (module[..8.min(module.len())].to_vec(), 8);
    while at < module.len() {
        let (mut size, mut shift, mut next) = (0_usize, 0, at + 1);
        loop {
            let byte = module[next];
            size |= usize::from(byte & 0x7f) << shift;
            (shift, next) = (shift + 7, next + 1);
            if byte < 0x80 {
                break;
            }
        }
        if module[at] != 0 {
            kept.extend_from_slice(&module[at..next + size]);
        }
        at = next + size;
    }
    kept
}

fn compress(plain: &[u8]) -> io::Result<Vec<u8>> {
    // Debug builds are for quick turns: the quality that costs seconds is for the release.
    let quality =
        if env::var("PROFILE").is_ok_and(|profile| profile == "release") { 11 } else { 5 };
    // Larger blocks pack programs a little better.
    let params = brotli::enc::BrotliEncoderParams { quality, lgblock: 24, ..Default::default() };
    let module = plain.starts_with(b"\0asm").then(|| without_custom_sections(plain));
    let plain = module.as_deref().unwrap_or(plain);
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut io::Cursor::new(plain), &mut packed, &params)?;
    Ok(packed)
}
