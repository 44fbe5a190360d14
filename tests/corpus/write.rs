//! Puts a corpus together: kinds in spellings in carriers in layers, lookalikes between them, and the
//! answer key apart.

use super::{
    drafts::{Draft, draft},
    innocent,
    kinds::{KINDS, Kind, has_checksum, with_wrong_checksum},
    layers::{File, LAYERS, Layer},
    random::Random,
    terraform::{self, ATTRIBUTES, Attribute, Value},
};

/// How many of a hundred files are wrapped in some layer.
const WRAPPED: usize = 35;
/// How many of a hundred tokens with a checksum get a wrong one.
const WRONG: usize = 12;
/// One secret of the answer key.
pub(crate) struct Truth {
    /// The rule that should report it.
    pub(crate) kind: &'static str,
    /// Which rules may.
    pub(crate) named: Named,
    pub(crate) secret: String,
    /// The name it goes by, or the header or command it stands in.
    pub(crate) spelling: String,
    pub(crate) carrier: String,
    pub(crate) layer: &'static str,
    /// First and last line, where the innermost text keeps its lines.
    pub(crate) lines: Option<(u64, u64)>,
    /// Its checksum is wrong: to be found, but as no more than possible.
    pub(crate) is_mangled: bool,
}

/// Which rules are right about a secret.
#[derive(Clone, Copy)]
pub(crate) enum Named {
    Kind(&'static Kind),
    /// Any whose name begins so.
    Start(&'static str),
}

impl Named {
    pub(crate) fn allows(&self, rule: &str) -> bool {
        match self {
            Named::Kind(kind) => kind.is_named(rule),
            Named::Start(start) => rule.starts_with(start.trim_end_matches('*')),
        }
    }
}

/// One file of the corpus.
pub(crate) struct Entry {
    pub(crate) file: File,
    pub(crate) truth: Option<Truth>,
    /// What it is, if it holds no secret.
    pub(crate) lookalike: String,
}

/// So many files with a secret, and as many without.
pub(crate) fn corpus(seed: u64, size: usize) -> Vec<Entry> {
    let mut random = Random::new(seed);
    let mut entries = Vec::new();
    for number in 0..size {
        for mut entry in [leak(number, &mut random), lookalike(number, &mut random)] {
            entry.file.path = format!("{:05}/{}", entries.len(), entry.file.path);
            entries.push(entry);
        }
    }
    entries
}

fn leak(number: usize, random: &mut Random) -> Entry {
    // Every tenth is Terraform's; the others are the kinds in turn.
    if number % 10 == 9 {
        let attribute = &ATTRIBUTES[number / 10 % ATTRIBUTES.len()];
        return terraform_leak(attribute, random);
    }
    let kind = &KINDS[(number - number / 10) % KINDS.len()];
    let mut secret = kind.mint(random);
    let is_mangled = has_checksum(kind.id) && random.percent(WRONG);
    if is_mangled {
        secret = with_wrong_checksum(&secret);
    }
    let draft = draft(kind, &secret, random);
    finish(draft, kind.id, Named::Kind(kind), secret, is_mangled, random)
}

fn terraform_leak(attribute: &Attribute, random: &mut Random) -> Entry {
    let (kind, named, secret) = match attribute.value {
        Value::Kind(id) => {
            let kind = Kind::of(id);
            (id, Named::Kind(kind), kind.mint(random))
        }
        Value::Own(rule, template) => ("(Terraform)", Named::Start(rule), random.fill(template)),
    };
    let form = *random.pick(terraform::FORMS);
    let (path, text) = terraform::file(form, attribute, random);
    let shown = secret.replace('\n', "\\n");
    let draft = Draft {
        path,
        text: text.replace("@V@", &shown),
        shown,
        spelling: format!("{}.{}", attribute.resource, attribute.path),
        carrier: form.to_owned(),
    };
    finish(draft, kind, named, secret, false, random)
}

fn finish(
    draft: Draft,
    kind: &'static str,
    named: Named,
    secret: String,
    is_mangled: bool,
    random: &mut Random,
) -> Entry {
    let at = draft.text.find(&draft.shown).unwrap_or_else(|| panic!("{}", draft.carrier));
    let line = |to: usize| draft.text[..to].matches('\n').count() as u64 + 1;
    let layer = layer_for(&draft, random);
    let lines = layer.keeps_lines.then(|| (line(at), line(at + draft.shown.len())));
    let file = File { path: draft.path, bytes: draft.text.into_bytes() };
    Entry {
        file: layer.apply(&file, random),
        truth: Some(Truth {
            kind,
            named,
            secret,
            spelling: draft.spelling,
            carrier: draft.carrier,
            layer: layer.name,
            lines,
            is_mangled,
        }),
        lookalike: String::new(),
    }
}

/// A layer that does not take away by what the secret is known.
fn layer_for(draft: &Draft, random: &mut Random) -> &'static Layer {
    let layer = layer(random);
    let hides = draft.carrier == KNOWN_AS_A_FILE && IN_OTHER_TEXT.contains(&layer.name);
    if hides { &LAYERS[0] } else { layer }
}

/// A carrier without a word of Cloudflare's: one line that is known by being all of a file.
const KNOWN_AS_A_FILE: &str = "wrangler config, token";
/// Layers that make a file a part of another text.
const IN_OTHER_TEXT: [&str; 6] = [
    "base64, not aligned",
    "percent",
    "JSON string twice",
    "unicode escapes",
    "HTML entities",
    "quoted-printable",
];

fn layer(random: &mut Random) -> &'static Layer {
    if random.percent(WRAPPED) { random.pick(&LAYERS[1..]) } else { &LAYERS[0] }
}

/// A file that holds no secret.
fn lookalike(number: usize, random: &mut Random) -> Entry {
    let (name, path, text) = innocent::file(number, random);
    let layer = layer(random);
    let file = File { path, bytes: text.into_bytes() };
    let lookalike = format!("{name} ({})", layer.name);
    Entry { file: layer.apply(&file, random), truth: None, lookalike }
}
