//! One location of a secret: which part of what, path, line and column, commit.

use std::fmt;

use bstr::BString;

use super::{ObjectId, Region};

/// Which part of a source holds the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The content of a file or blob.
    Content,
    /// The text a symbolic link points to.
    SymlinkTarget,
    /// A file's or folder's own name.
    FileName,
    /// A commit's message.
    CommitMessage,
    /// A commit's author, committer or other header.
    CommitHeader,
    /// An annotated tag's message.
    TagMessage,
    /// An annotated tag's name, tagger or other header.
    TagHeader,
    /// The name of a branch, tag or other ref.
    RefName,
    /// A reflog's line (a message or a name).
    Reflog,
    /// The repository's own configuration (a remote's address, a header).
    Config,
}

impl Part {
    /// Its name in reports: kebab-case, stable.
    pub fn name(self) -> &'static str {
        match self {
            Part::Content => "content",
            Part::SymlinkTarget => "symlink-target",
            Part::FileName => "file-name",
            Part::CommitMessage => "commit-message",
            Part::CommitHeader => "commit-header",
            Part::TagMessage => "tag-message",
            Part::TagHeader => "tag-header",
            Part::RefName => "ref-name",
            Part::Reflog => "reflog",
            Part::Config => "config",
        }
    }
}

/// An encoding or a container through which the secret was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Base64, standard or URL-safe alphabet.
    Base64,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// The PEM block of a `cloudflared` origin certificate.
    OriginCert,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
    /// Percent-encoding, as in addresses.
    Percent,
    /// Escapes that begin with a backslash, as in JSON and strings of programs.
    Escapes,
    /// Character references of HTML and XML.
    HtmlEntities,
    /// Quoted-printable, as in mail.
    QuotedPrintable,
    /// A gzip stream (RFC 1952).
    Gzip,
    /// A Zstandard stream (RFC 8878).
    Zstd,
    /// An xz stream.
    Xz,
    /// A bzip2 stream.
    Bzip2,
    /// A member of a zip archive.
    Zip,
    /// A member of a tar archive.
    Tar,
}

impl Layer {
    /// Whether it is a file format of its own, within which lines and columns are those of what it
    /// holds; the others are spellings of a text in a text.
    pub fn is_container(self) -> bool {
        matches!(
            self,
            Layer::Gzip | Layer::Zstd | Layer::Xz | Layer::Bzip2 | Layer::Zip | Layer::Tar
        )
    }

    /// Its name in reports: stable, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Base64 => "base64",
            Layer::Utf16Le => "utf-16le",
            Layer::Utf16Be => "utf-16be",
            Layer::OriginCert => "origin-cert",
            Layer::Utf32Le => "utf-32le",
            Layer::Utf32Be => "utf-32be",
            Layer::Percent => "percent",
            Layer::Escapes => "escapes",
            Layer::HtmlEntities => "html-entities",
            Layer::QuotedPrintable => "quoted-printable",
            Layer::Gzip => "gzip",
            Layer::Zstd => "zstd",
            Layer::Xz => "xz",
            Layer::Bzip2 => "bzip2",
            Layer::Zip => "zip",
            Layer::Tar => "tar",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a place stands in the life of the repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// In a file of the work tree or named on the command line, or on standard input.
    WorkTree,
    /// In what the next commit adds.
    Staged,
    /// In history, and the commit at HEAD still has it.
    AtHead,
    /// In history, reachable from some ref, but not in the commit at HEAD.
    History,
    /// In an object that no ref and no HEAD leads to: by a reflog at most, so that `git gc` may drop it.
    Unreachable,
    /// In the repository's own files (refs, reflogs, configuration), not in an object.
    Repository,
}

impl Standing {
    /// Its name in reports: kebab-case, stable.
    pub fn name(self) -> &'static str {
        match self {
            Standing::WorkTree => "work-tree",
            Standing::Staged => "staged",
            Standing::AtHead => "at-head",
            Standing::History => "history",
            Standing::Unreachable => "unreachable",
            Standing::Repository => "repository",
        }
    }
}

/// An author or committer as the commit names them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Person {
    /// The name, raw.
    pub name: BString,
    /// The e-mail address, raw, without angle brackets.
    pub email: BString,
    /// Seconds since 1970-01-01 UTC.
    pub seconds: i64,
    /// The offset from UTC that the commit notes, in minutes east.
    pub offset_minutes: i32,
}

/// The commit a place is shown with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitRef {
    /// Its name.
    pub id: ObjectId,
    /// Who wrote it.
    pub author: Person,
    /// Who committed it.
    pub committer: Person,
    /// The first line of its message, raw.
    pub subject: BString,
}

/// One location of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which part of the source.
    pub part: Part,
    /// Where it stands in the life of the repository.
    pub standing: Standing,
    /// The path of the file, `/`-separated raw bytes, relative to the repository's root (or as the
    /// user named it where there is none); the name of the ref for [`Part::RefName`] and
    /// [`Part::Reflog`]. `None` where an object has no path: messages, dangling blobs.
    pub path: Option<BString>,
    /// The path inside the archive at `path`, raw bytes; `!` stands between the names of archives
    /// in one another. `None` outside archives.
    pub member: Option<BString>,
    /// Line and column of the secret, or of the text it is encoded in; behind a container
    /// ([`Layer::is_container`]), those in what the innermost one holds. `None` in file names and
    /// ref names.
    pub region: Option<Region>,
    /// The encodings and containers through which it was reached, outermost first; empty for plain
    /// text.
    pub layers: Vec<Layer>,
    /// Line and column in the innermost decoded text, where an encoding that `region` is of holds a
    /// text with lines of its own.
    pub inner: Option<Region>,
    /// The blob, commit or tag that holds it. `None` in the work tree.
    pub object: Option<ObjectId>,
    /// The first commit that brought it to this path (or the commit itself, for its message).
    pub commit: Option<CommitRef>,
    /// Which repository, where a report is about several; its paths begin with the same.
    pub repository: Option<BString>,
    /// GitHub's `primaryLocationLineHash` of the line, where it was computed.
    pub line_hash: Option<String>,
}

impl Place {
    /// A place in `part` at `standing`, all else unknown.
    pub fn new(part: Part, standing: Standing) -> Self {
        Place {
            part,
            standing,
            path: None,
            member: None,
            region: None,
            layers: Vec::new(),
            inner: None,
            object: None,
            commit: None,
            repository: None,
            line_hash: None,
        }
    }
    /// Whether the file or object is a container itself, so that the region is none of its own. A
    /// container that is encoded in a text is placed in that text.
    pub fn is_inside(&self) -> bool {
        self.layers.first().is_some_and(|layer| layer.is_container())
    }
}
