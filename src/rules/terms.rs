//! The terms of a form: the gate behind an anchor, how far a pattern sees, and the checks that a match
//! must pass.

use crate::model::PartnerRole;

/// What must follow an anchor at once for the pattern to be tried at all.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// ASCII characters and ranges as inside a bracket expression, without the brackets:
    /// `A-Za-z0-9_-`. A `-` at either end stands for itself; there are no escapes.
    pub class: String,
    /// How many bytes of the class must follow, at least one.
    pub length: usize,
}

/// Which of the 256 byte values belong to a class.
pub type ByteSet = [bool; 256];

impl Gate {
    /// The bytes of its class. `None` if the class is empty, not ASCII, or holds a range that runs
    /// backward; never `None` for a rule out of a [`super::RuleSet`].
    pub fn bytes(&self) -> Option<ByteSet> {
        let mut set = [false; 256];
        let mut rest = self.class.as_bytes();
        if rest.is_empty() || !rest.is_ascii() {
            return None;
        }
        while let [first, after @ ..] = rest {
            if let [b'-', last, after @ ..] = after {
                if last < first {
                    return None;
                }
                set[usize::from(*first)..=usize::from(*last)].fill(true);
                rest = after;
            } else {
                set[usize::from(*first)] = true;
                rest = after;
            }
        }
        Some(set)
    }
}

/// How many bytes around an anchor's first byte a rule may look at. The window ends there: a match
/// never goes beyond it, and the neighbours that [`Check::Boundary`] looks at count as part of it.
/// Small windows make history scans fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// Bytes before the anchor, at most 16 KiB.
    pub before: usize,
    /// Bytes from the anchor's first byte on, the anchor included, at most 64 KiB.
    pub after: usize,
}

/// One named check. A plain name in TOML, or a table where it needs a value:
/// `checks = ["crc32", "boundary", { entropy = 3.6 }]`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// No letter or digit stands on either side of the secret, except that one on the left may
    /// close an escape (`\n`, `%3D`, `\u003d`, …). Else not a match.
    Boundary,
    /// The eight characters behind group `body` are its CRC-32 in lower-case hex. If so the match
    /// is certain and its neighbours are moot; if not it is possible.
    Crc32,
    /// As `crc32`, but a wrong checksum changes nothing: for kinds whose checksum is not proven.
    Crc32Hint,
    /// Shannon entropy of `body`, or else of `secret`, in bits per character; below this value it
    /// is not a match.
    Entropy(f64),
    /// `body`, or else `secret`, holds a character that is no hex digit; else not a match.
    NotHex,
    /// A published sample or a generic placeholder (`xxxx`, `your_api_token`, a sequence) is
    /// possible.
    Placeholder,
    /// The text decodes to the named structure: certain if so, else not a match.
    Decode(Decoder),
    /// `body`, or else `secret`, holds lower-case and upper-case letters, and a digit or at least no
    /// words; else not a match.
    Mixed,
    /// `body`, or else `secret`, is no token of another vendor's with a prefix (`ghp_`, `npm_`); else
    /// not a match.
    #[serde(rename = "not-foreign")]
    Foreign,
    /// `body`, or else `secret`, that is mostly made of words (`ThisIsMyTokenForTheTests`) is
    /// possible.
    Words,
    /// `secret` is an address whose host is another machine than the one it is read on; else not a
    /// match.
    Remote,
    /// A partner of this role stands near; else not a match.
    Needs(PartnerRole),
    /// A partner of this role stands near; else possible.
    Prefers(PartnerRole),
}

impl Check {
    /// All names, in the order of the variants.
    pub const NAMES: [&'static str; 13] = [
        "boundary",
        "crc32",
        "crc32-hint",
        "entropy",
        "not-hex",
        "placeholder",
        "decode",
        "mixed",
        "not-foreign",
        "words",
        "remote",
        "needs",
        "prefers",
    ];

    /// Its name in a rule file.
    pub fn name(self) -> &'static str {
        match self {
            Check::Boundary => "boundary",
            Check::Crc32 => "crc32",
            Check::Crc32Hint => "crc32-hint",
            Check::Entropy(_) => "entropy",
            Check::NotHex => "not-hex",
            Check::Placeholder => "placeholder",
            Check::Decode(_) => "decode",
            Check::Mixed => "mixed",
            Check::Foreign => "not-foreign",
            Check::Words => "words",
            Check::Remote => "remote",
            Check::Needs(_) => "needs",
            Check::Prefers(_) => "prefers",
        }
    }
}

/// A structure that [`Check::Decode`] can tell from noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decoder {
    /// Base64 of JSON with `a` (account), `t` (tunnel) and `s` (secret). Takes group `secret`.
    TunnelToken,
    /// A JSON object with `AccountTag`, `TunnelSecret` and `TunnelID`. Takes the whole match; the
    /// object may stand inside a JSON string, with its quotes escaped.
    TunnelCredentials,
    /// The body of cloudflared's PEM block: JSON with `apiToken` or `serviceKey`, or the older two
    /// lines of text. Takes group `secret`; what it holds is judged in turn.
    OriginCert,
    /// Base64 of `jwt/` and a JSON web token. Takes group `secret`; yields the expiry.
    #[serde(rename = "r2-session-token")]
    R2SessionToken,
    /// A JSON web token whose issuer is `https://<team>.cloudflareaccess.com`. Takes group
    /// `secret`; yields the expiry.
    AccessJwt,
    /// A token of wrangler's configuration and the `expiration_time` behind it. Takes the whole
    /// match; yields the expiry.
    WranglerConfig,
    /// A JSON web token whose claim `tun` names a tunnel. Takes group `secret`; yields the expiry.
    TunnelManagementToken,
    /// Base64 of a private JSON web key as Stream makes them. Takes group `secret`.
    StreamJwk,
    /// A PEM block with a private key, its line breaks perhaps escaped, or base64 of one. The block
    /// as a file would have it is the secret. Takes group `secret`.
    PrivateKey,
    /// An address of an R2 object with S3's signature. Takes the whole match, which is the address;
    /// yields bucket and expiry.
    #[serde(rename = "r2-presigned-url")]
    R2PresignedUrl,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(class: &str) -> Option<String> {
        let gate = Gate { class: class.to_owned(), length: 1 };
        let set = gate.bytes()?;
        Some((0..=255u8).filter(|&b| set[usize::from(b)]).map(char::from).collect())
    }

    #[test]
    fn a_gate_reads_ranges_and_takes_a_dash_at_either_end_for_itself() {
        assert_eq!(members("a-e").as_deref(), Some("abcde"));
        assert_eq!(members("a-c_-").as_deref(), Some("-_abc"));
        assert_eq!(members("-a-c").as_deref(), Some("-abc"));
        assert_eq!(members("-").as_deref(), Some("-"));
        assert_eq!(members("+/=").as_deref(), Some("+/="));
    }

    #[test]
    fn a_gate_refuses_what_no_byte_can_meet() {
        assert_eq!(members(""), None);
        assert_eq!(members("z-a"), None);
        assert_eq!(members("ä"), None);
    }
}
