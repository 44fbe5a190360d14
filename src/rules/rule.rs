//! The contract of a rule: what each key of a rule file means.
//!
//! These types are what a file says once it has been read. Whoever writes rules of their own finds
//! here what every key means and which limits it has; `docs/writing-rules.md` says the same in
//! prose.

use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use super::terraform::{LARGEST_REGEX, Terraform};
use crate::model::{Confidence, Severity, Strength};

/// One kind of credential.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
#[serde(from = "super::document::Document")]
pub struct Rule {
    /// Its name in reports and suppressions, never changed once published: lower-case ASCII
    /// letters, digits and `-`. It is the file's name without `.toml`.
    pub id: Arc<str>,
    /// What a person calls it, without a full stop: `Cloudflare user API token`.
    pub title: Arc<str>,
    /// How grave a live credential of this kind is.
    pub severity: Severity,
    /// What a match is worth when none of its checks raises or lowers it.
    pub confidence: Confidence,
    /// Literals, at least one, each at least three bytes, case-sensitive. A match contains one of
    /// them. Rare ones make for fast scans. None only where the rule has no pattern.
    pub anchors: Vec<String>,
    /// The literals to look for in their base64 and UTF-16 spellings, each at least four bytes.
    /// They are the anchors unless the file says otherwise; none turns the decoding off.
    pub encoded_anchors: Vec<String>,
    /// A cheap look at what stands right behind the anchor, before any regular expression.
    pub gate: Option<Gate>,
    /// A regular expression in the syntax of the `regex` crate, searched in bytes: no look-around,
    /// no back references. Its group `secret` is the credential; the optional group `body` is the
    /// random part, for checksum, entropy and placeholder. It says nothing about neighbours: that
    /// is [`Check::Boundary`]. Empty in a rule that only knows attributes of Terraform resources.
    pub pattern: String,
    /// How far from its anchor the rule may look.
    pub reach: Reach,
    /// What a match must pass, in this order.
    pub checks: Vec<Check>,
    /// The attributes of Terraform resources that hold one.
    pub terraform: Option<Terraform>,
    /// How much of the secret a report may show.
    pub strength: Strength,
    /// The day (`YYYY-MM-DD`) on which Cloudflare ended the whole kind. What is found after it is a
    /// note, not an alarm.
    pub retired: Option<String>,
    /// How `--verify` may ask whether it is live. A name out of a closed list: a rule file can
    /// never choose where a secret is sent.
    pub verifier: Option<Verifier>,
    /// Markdown for a person: what it opens, where it usually leaks, how to revoke it.
    pub help: String,
    /// Pages to read on, `https://` only.
    pub references: Vec<String>,
    /// What must be found, at least one.
    pub examples: Vec<Example>,
    /// What must not be found, at least one.
    pub counter_examples: Vec<CounterExample>,
}

impl Rule {
    /// Its pattern, ready to search. Takes a fraction of a millisecond to some milliseconds, so it
    /// is called when an anchor of the rule was hit and not before.
    ///
    /// # Errors
    /// What is wrong with the pattern. Never for a rule out of a [`super::RuleSet`]: a user's
    /// patterns are compiled when they are loaded, and the built-in ones by the tests.
    pub fn compile(&self) -> Result<Regex, regex::Error> {
        RegexBuilder::new(&self.pattern).size_limit(LARGEST_REGEX).build()
    }
}

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
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
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
}

impl Check {
    /// All names, in the order of the variants.
    pub const NAMES: [&'static str; 7] =
        ["boundary", "crc32", "crc32-hint", "entropy", "not-hex", "placeholder", "decode"];

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
}

/// How a credential may be tested. These are only names: what each sends, and to which host, is fixed
/// in code (`src/verify/kinds`). A rule without one says that nothing answers whether its kind is live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verifier {
    /// The Global API key with its user's e-mail.
    GlobalKey,
    /// An API token of a user.
    UserToken,
    /// An API token of an account.
    AccountToken,
    /// An API token whose form does not tell whether a user or an account owns it.
    ApiToken,
    /// An OAuth access token.
    OauthAccessToken,
    /// An Origin CA key.
    OriginCaKey,
    /// An Access service token, against the host it protects.
    AccessServiceToken,
    /// An Access JSON web token.
    AccessJwt,
    /// A tunnel's token or credentials file, with the help of an API token.
    Tunnel,
    /// A Turnstile secret.
    Turnstile,
    /// An R2 key pair.
    R2,
    /// An R2 session token: useless without its pair, it only tells its expiry.
    R2Session,
    /// None: to test it is to use it. It is never sent anywhere.
    SideEffects,
}

/// A text in which the rule must find something.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// A template (see [`super::template`]), so that no token-shaped text lies in the file.
    pub text: String,
    /// The id of the rule that must report, if it is not this one.
    #[serde(default)]
    pub expect: Option<String>,
    /// The exact confidence it must have; unless given, `likely` or better.
    #[serde(default)]
    pub confidence: Option<Confidence>,
    /// Which carrier or quirk the example stands for.
    #[serde(default)]
    pub note: String,
}

/// A text in which the rule must find nothing, not even something possible.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterExample {
    /// A template, as in [`Example`].
    pub text: String,
    /// Why it is no credential of this kind.
    pub reason: String,
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
