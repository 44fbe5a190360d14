//! Containers made as their own programs make them.

use std::io::{Cursor, Write};

use zip::{ZipWriter, write::SimpleFileOptions};

/// A way to pack one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrap {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Zip,
    ZipStored,
    ZipStream,
    ZipLong,
    Tar,
    TarLongName,
}

impl Wrap {
    pub(crate) const ALL: [Wrap; 10] = [
        Wrap::Gzip,
        Wrap::Zstd,
        Wrap::Xz,
        Wrap::Bzip2,
        Wrap::Zip,
        Wrap::ZipStored,
        Wrap::ZipStream,
        Wrap::ZipLong,
        Wrap::Tar,
        Wrap::TarLongName,
    ];

    /// What a report calls it.
    pub(crate) fn layer(self) -> &'static str {
        match self {
            Wrap::Gzip => "gzip",
            Wrap::Zstd => "zstd",
            Wrap::Xz => "xz",
            Wrap::Bzip2 => "bzip2",
            Wrap::Zip | Wrap::ZipStored | Wrap::ZipStream | Wrap::ZipLong => "zip",
            Wrap::Tar | Wrap::TarLongName => "tar",
        }
    }

    /// Whether its members have names.
    pub(crate) fn names(self) -> bool {
        matches!(self.layer(), "zip" | "tar")
    }

    /// The text, packed.
    pub(crate) fn pack(self, name: &str, text: &[u8]) -> Vec<u8> {
        match self {
            Wrap::Gzip => {
                let mut out =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                out.write_all(text).unwrap();
                out.finish().unwrap()
            }
            Wrap::Zstd => zstd::encode_all(text, 3).unwrap(),
            Wrap::Xz => {
                let mut out = liblzma::write::XzEncoder::new(Vec::new(), 0);
                out.write_all(text).unwrap();
                out.finish().unwrap()
            }
            Wrap::Bzip2 => {
                let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
                out.write_all(text).unwrap();
                out.finish().unwrap()
            }
            Wrap::Zip => zip(|zip| zip_file(zip, name, text)),
            Wrap::ZipStored | Wrap::ZipLong => zip(|zip| {
                let options = SimpleFileOptions::default()
                    .compression_method(zip::CompressionMethod::Stored)
                    .large_file(self == Wrap::ZipLong);
                zip.start_file(name, options).unwrap();
                zip.write_all(text).unwrap();
            }),
            Wrap::ZipStream => {
                let mut out = ZipWriter::new_stream(Vec::new());
                for (name, method) in [
                    ("other", zip::CompressionMethod::Stored),
                    (name, zip::CompressionMethod::Deflated),
                    ("last", zip::CompressionMethod::Stored),
                ] {
                    let options = SimpleFileOptions::default().compression_method(method);
                    out.start_file(name, options).unwrap();
                    let is_filling = method == zip::CompressionMethod::Stored;
                    out.write_all(if is_filling { b"filling PK\x07\x08 PK\x03\x04" } else { text })
                        .unwrap();
                }
                out.finish().unwrap().into_inner()
            }
            Wrap::Tar => tar(|tar| tar_file(tar, name, text)),
            Wrap::TarLongName => tar(|tar| {
                // Its long name is overridden by the pax header before it.
                let mut header = header(text.len(), tar::EntryType::Regular);
                let pax = [("path", name.as_bytes())];
                tar.append_pax_extensions(pax).unwrap();
                header.set_path("overridden").unwrap();
                header.set_cksum();
                tar.append(&header, text).unwrap();
                tar_file(tar, &"n".repeat(300), b"a long name");
            }),
        }
    }
}

type Zip = ZipWriter<Cursor<Vec<u8>>>;

pub(crate) fn zip(fill: impl FnOnce(&mut Zip)) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    fill(&mut zip);
    zip.finish().unwrap().into_inner()
}

pub(crate) fn zip_file(zip: &mut Zip, name: &str, text: &[u8]) {
    let method = zip::CompressionMethod::Deflated;
    zip.start_file(name, SimpleFileOptions::default().compression_method(method)).unwrap();
    zip.write_all(text).unwrap();
}

type Tar = tar::Builder<Vec<u8>>;

pub(crate) fn tar(fill: impl FnOnce(&mut Tar)) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    fill(&mut tar);
    tar.into_inner().unwrap()
}

pub(crate) fn header(size: usize, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size as u64);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header
}

pub(crate) fn tar_file(tar: &mut Tar, name: &str, text: &[u8]) {
    tar.append_data(&mut header(text.len(), tar::EntryType::Regular), name, text).unwrap();
}

pub(crate) fn tar_link(tar: &mut Tar, name: &str, target: &str) {
    let mut header = header(0, tar::EntryType::Symlink);
    tar.append_link(&mut header, name, target).unwrap();
}
