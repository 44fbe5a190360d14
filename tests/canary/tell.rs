//! Everything that would give a secret away: itself, its pieces, its encodings, its SHA-256.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// A byte string that must not be printed, and what it is of which secret.
pub(crate) struct Tell {
    pub(crate) bytes: Vec<u8>,
    pub(crate) what: String,
}

/// How long a piece of a secret must be for its printing to be a leak. A mask shows a kind's public
/// prefix and four characters.
const PIECE: usize = 20;

/// All tells of one secret. `public` is text that is printed anyway: pieces that occur in it (the
/// address that all deploy hooks share) give nothing away.
pub(crate) fn tells(secret: &[u8], name: &str, public: &[u8]) -> Vec<Tell> {
    let mut tells = Vec::new();
    let mut add = |what: &str, bytes: Vec<u8>| {
        if bytes.len() >= 16 && memchr::memmem::find(public, &bytes).is_none() {
            tells.push(Tell { bytes, what: format!("{name}: {what}") });
        }
    };
    add("plaintext", secret.to_vec());
    for start in (0..secret.len().saturating_sub(PIECE)).step_by(7) {
        add("a piece", secret[start..start + PIECE].to_vec());
    }
    add("its end", secret[secret.len().saturating_sub(30)..].to_vec());
    for phase in 0..3 {
        let mut padded = vec![b'?'; phase];
        padded.extend_from_slice(secret);
        let determined = (phase * 8usize).div_ceil(6)..padded.len() * 8 / 6;
        for (alphabet, encoded) in [
            ("base64", STANDARD_NO_PAD.encode(&padded)),
            ("base64url", URL_SAFE_NO_PAD.encode(&padded)),
        ] {
            let text = encoded[determined.clone()].as_bytes();
            add(alphabet, text.to_vec());
            add(alphabet, text[text.len().saturating_sub(28)..].to_vec());
        }
    }
    let tail = &secret[secret.len().saturating_sub(30)..];
    for part in [secret, tail] {
        add("percent-encoded", each(part, |b| format!("%{b:02X}").into_bytes()));
        add("percent-encoded", each(part, |b| format!("%{b:02x}").into_bytes()));
        add("written as JSON escapes", each(part, |b| format!("\\u{b:04x}").into_bytes()));
        add("written as hex escapes", each(part, |b| format!("\\x{b:02x}").into_bytes()));
        add("hex", each(part, |b| format!("{b:02x}").into_bytes()));
        add("UTF-16LE", each(part, |b| vec![b, 0]));
        add("UTF-16BE", each(part, |b| vec![0, b]));
        add("spaced by escapes", each(part, |b| [&[b], &b"\\x00"[..]].concat()));
        add("listed", each(part, |b| format!("{b}, ").into_bytes()));
        let json = serde_json::to_string(&String::from_utf8_lossy(part)).unwrap();
        add("JSON", json.trim_matches('"').as_bytes().to_vec());
        add("debugged", part.escape_ascii().to_string().into_bytes());
        let backwards: Vec<u8> = part.iter().rev().copied().collect();
        add("backwards", backwards);
    }
    let hash = sha256(secret);
    let hex = each(&hash, |b| format!("{b:02x}").into_bytes());
    add("SHA-256 in upper-case hex", hex.to_ascii_uppercase());
    add("SHA-256 in hex", hex);
    add("SHA-256 in base64", STANDARD_NO_PAD.encode(hash).into_bytes());
    add("SHA-256 in base64url", URL_SAFE_NO_PAD.encode(hash).into_bytes());
    add("SHA-256", hash.to_vec());
    tells
}

fn each(bytes: &[u8], form: impl Fn(u8) -> Vec<u8>) -> Vec<u8> {
    bytes.iter().flat_map(|&b| form(b)).collect()
}

/// FIPS 180-4, as it is written there: the tool itself must not even link such a function.
pub(crate) fn sha256(message: &[u8]) -> [u8; 32] {
    let constants = constants();
    let mut state: [u32; 8] = [
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ];
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend((message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut w = [0u32; 64];
        for (word, bytes) in w.iter_mut().zip(block.chunks(4)) {
            *word = u32::from_be_bytes(bytes.try_into().unwrap());
        }
        for t in 16..64 {
            let s0 = w[t - 15].rotate_right(7) ^ w[t - 15].rotate_right(18) ^ (w[t - 15] >> 3);
            let s1 = w[t - 2].rotate_right(17) ^ w[t - 2].rotate_right(19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16].wrapping_add(s0).wrapping_add(w[t - 7]).wrapping_add(s1);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for t in 0..64 {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let t1 = h
                .wrapping_add(s1)
                .wrapping_add(choice)
                .wrapping_add(constants[t])
                .wrapping_add(w[t]);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & b) ^ (a & c) ^ (b & c);
            (h, g, f, e) = (g, f, e, d.wrapping_add(t1));
            (d, c, b, a) = (c, b, a, t1.wrapping_add(s0.wrapping_add(majority)));
        }
        for (word, more) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(more);
        }
    }
    let mut hash = [0; 32];
    for (bytes, word) in hash.chunks_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    hash
}

/// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
fn constants() -> [u32; 64] {
    let mut constants = [0; 64];
    let primes = (2u64..).filter(|n| (2..*n).all(|d| n % d != 0));
    for (constant, prime) in constants.iter_mut().zip(primes) {
        // The greatest r with r³ ≤ prime · 2⁹⁶, whose low 32 bits are the fraction.
        let (mut low, mut high) = (0u128, 1u128 << 36);
        while high - low > 1 {
            let middle = u128::midpoint(low, high);
            let fits = middle * middle * middle <= u128::from(prime) << 96;
            if fits { low = middle } else { high = middle }
        }
        *constant = low as u32;
    }
    constants
}

#[test]
fn the_hash_is_sha256() {
    let hex = |bytes: &[u8]| String::from_utf8(each(bytes, |b| format!("{b:02x}").into())).unwrap();
    assert_eq!(
        hex(&sha256(b"abc")),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        hex(&sha256(b"")),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}
