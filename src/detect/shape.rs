//! Cheap measures of a string: how even its characters are, and whether it is mere hexadecimal.

use std::sync::LazyLock;

use base64::Engine;
use regex::bytes::Regex;

use super::base64::STANDARD;

/// Shannon entropy in bits per character: 0 for a run of one character, at most 8.
pub(super) fn entropy(bytes: &[u8]) -> f64 {
    if bytes.is_empty() {
        return 0.0;
    }
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f64;
    counts
        .iter()
        .filter(|&&count| count > 0)
        .map(|&count| {
            let share = f64::from(count) / total;
            -share * share.log2()
        })
        .sum()
}

/// Whether there is any character that is not a hexadecimal digit.
pub(super) fn is_not_hex(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| !byte.is_ascii_hexdigit())
}

/// Whether there are lower-case and upper-case letters and a digit; without a digit, which one random
/// token in 900 lacks, it must at least not be words.
pub(super) fn is_mixed(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_lowercase)
        && bytes.iter().any(u8::is_ascii_uppercase)
        && (bytes.iter().any(u8::is_ascii_digit) || !is_wordy(bytes))
}

/// Whether it is the base64 of plain text, as Kubernetes keeps names and references.
pub(super) fn is_encoded_text(bytes: &[u8]) -> bool {
    let is_text = |b: &u8| b.is_ascii_graphic() || b.is_ascii_whitespace();
    STANDARD.decode(bytes).is_ok_and(|text| text.len() > 8 && text.iter().all(is_text))
}

/// Hosts that mean the machine itself.
const OWN_HOSTS: [&str; 5] = ["localhost", "127.", "0.0.0.0", "[::1]", "host.docker.internal"];

/// The names that are kept for documentation (RFC 2606).
const EXAMPLE_HOSTS: [&str; 3] = ["example.com", "example.net", "example.org"];

/// Whether an address `scheme://user:password@host` leads to another machine.
pub(super) fn is_remote(address: &[u8]) -> bool {
    let text = String::from_utf8_lossy(address);
    // A password holds no at sign and no slash, but what follows the host may.
    let rest = text.split_once("://").map_or(&*text, |(_, rest)| rest);
    let authority = rest.split_once('/').map_or(rest, |(authority, _)| authority);
    let Some((_, host)) = authority.rsplit_once('@') else { return false };
    // A service's name without a dot is known inside one compose file or cluster only.
    let end =
        host.find([':', '/', '?', ',']).filter(|_| !host.starts_with('[')).unwrap_or(host.len());
    let is_named = host[..end].contains('.') || host.starts_with('[');
    is_named && !OWN_HOSTS.iter().any(|own| host.starts_with(own)) && !is_example(&host[..end])
}

/// Whether a host has, or lies under, a name that is kept for documentation.
fn is_example(host: &str) -> bool {
    EXAMPLE_HOSTS.iter().any(|name| {
        host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// What tokens of other vendors look like that are as long as an old token of Cloudflare's and made of the
/// same characters; and its new ones, of which a soft line break may leave as much. One random token in
/// 260,000 begins with any three characters that are asked for: behind so few, more is asked for.
static FOREIGN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u)^(?:gh[oprsu]_[A-Za-z0-9]+$|npm_|glpat-|gldt-|pypi-|AKIA|AIza|dckr_|shpat_|dop_v1_|doo_v1_",
        r"|nfp_|vercel_|sntrys_|lin_api_|whsec_|pat-|fly_|rnd_|cfsk_|cfut_|cfat_|cfk_|cfast_|cfoat_|cfort_",
        // Stripe and who writes as it does; OpenAI and who writes as it does.
        r"|[prs]k_(?:live|test|prod|[0-9a-f]+$)|sk-(?:[a-z0-9]{2,8}-|[A-Za-z0-9]+$)",
        r"|xox[a-z]-|hf_[A-Za-z]+$|re_[A-Za-z0-9]{8}_[A-Za-z0-9]+$",
        // JSON: in base64 of ASCII, each group of four characters begins in the alphabet's first half.
        r"|eyJ.(?:[A-Za-f].{3})+(?:[.].*|.{0,3})$)",
    ))
    .ok()
});

/// Whether it is as a token of another vendor.
pub(super) fn is_foreign(bytes: &[u8]) -> bool {
    FOREIGN.as_ref().is_some_and(|foreign| foreign.is_match(bytes))
}

/// Shorter runs of letters of one case stand in random text, too,
const SHORTEST_WORD: usize = 4;
/// and count only if they are these, which identifiers and placeholders are made of.
const SHORT_WORDS: &[&[u8]] = &[
    b"my", b"is", b"to", b"of", b"in", b"on", b"by", b"no", b"or", b"as", b"at", b"it", b"if",
    b"be", b"do", b"go", b"we", b"us", b"cf", b"id", b"ip", b"ci", b"cd", b"db", b"js", b"io",
    b"ns", b"the", b"for", b"and", b"not", b"are", b"was", b"can", b"has", b"any", b"all", b"one",
    b"two", b"new", b"old", b"our", b"own", b"out", b"off", b"end", b"use", b"put", b"get", b"set",
    b"add", b"you", b"key", b"api", b"url", b"dns", b"env", b"dev", b"app", b"web", b"aws", b"cli",
    b"sdk", b"ssl", b"tls", b"sso", b"cdn", b"jwt", b"abc", b"foo", b"bar", b"baz", b"xyz",
];
/// So many letters or digits may stand alone among words.
const MOST_STRAYS: usize = 1;

/// Whether it is words: of the letters and digits 85 in 100 stand in runs of four or more letters of one
/// case (the first may be a capital), at least one in five of them a vowel, or in short words; and
/// hardly any letter stands alone, or digit before letters, as in random text many do. Of random text
/// of 33 letters and digits one in a million is so.
pub(super) fn is_wordy(bytes: &[u8]) -> bool {
    let (mut in_words, mut strays) = (0, 0);
    let mut start = 0;
    let is_word = |run: &[u8]| {
        let vowels = run.iter().filter(|b| b"aeiouy".contains(&b.to_ascii_lowercase())).count();
        let is_short_word = || SHORT_WORDS.iter().any(|word| run.eq_ignore_ascii_case(word));
        if run.len() >= SHORTEST_WORD { vowels * 5 >= run.len() } else { is_short_word() }
    };
    for at in 0..=bytes.len() {
        if bytes.get(at).is_some_and(|&byte| goes_on(&bytes[start..at], byte)) {
            continue;
        }
        let run = &bytes[start..at];
        in_words += if is_word(run) { run.len() } else { 0 };
        strays += usize::from(run.len() == 1);
        start = match bytes.get(at) {
            Some(byte) if !byte.is_ascii_alphabetic() => {
                let letters_follow = || bytes[at..].iter().any(u8::is_ascii_alphabetic);
                strays += usize::from(byte.is_ascii_digit() && letters_follow());
                at + 1
            }
            _ => at,
        };
    }
    let counted = bytes.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    in_words * 100 >= counted * 85 && strays <= MOST_STRAYS
}

/// Whether a letter belongs to the word that is read: of the same case, or small behind a capital.
fn goes_on(run: &[u8], byte: u8) -> bool {
    byte.is_ascii_alphabetic()
        && match run {
            [] => true,
            [first] if first.is_ascii_uppercase() => true,
            [.., last] => last.is_ascii_uppercase() == byte.is_ascii_uppercase(),
        }
}

/// Whether this could be an API token without a prefix: 40 to 80 letters, digits, `_` and `-`
/// (Terraform provider, `iam_value`).
pub(super) fn could_be_token(bytes: &[u8]) -> bool {
    (40..=80).contains(&bytes.len())
        && bytes.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// The checksum that ends `cfk_`, `cfut_` and `cfat_` tokens: CRC-32/ISO-HDLC of the 40-character
/// body alone, as eight lowercase hex digits (see `docs/ARCHITECTURE.md`, "Checksum").
pub(super) fn checksum_holds(body: &[u8], digits: &[u8]) -> bool {
    format!("{:08x}", crc32fast::hash(body)).as_bytes() == digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_vectors() {
        let vectors = [
            ("0123456789".repeat(4), "a6463c49"),
            ("A".repeat(40), "2ae98c30"),
            (format!("{}Z", "Zz9".repeat(13)), "ba6a3c37"),
            ("LeadingZeroChecksumVector193xxxxxxxxxxxx".to_owned(), "00e5e9a0"),
        ];
        for (body, digits) in vectors {
            assert!(checksum_holds(body.as_bytes(), digits.as_bytes()), "{digits}");
            assert!(!checksum_holds(body.as_bytes(), b"00000000"));
        }
    }

    #[test]
    fn words_are_told_from_random_letters() {
        for words in [
            "QuickBrownFoxesJumpOverLazyDogsWithGum42",
            "this_token_serves_only_these_tests_01",
            "myCloudflareApiTokenForProductionZones",
            "CLOUDFLARE_API_TOKEN_VALUE",
            "export+CLOUDFLARE_API_USER_SERVICE_KEY+",
        ] {
            assert!(is_wordy(words.as_bytes()), "{words}");
        }
        // The second is random text that is nearly so.
        for other in [
            "MQnqpNMfsNXmvKAkBTcIRJFFmGOznSpKFbIjogZh",
            "JcdQohnkDFhHuhitWRSOSAOJZiborjPK3",
            "0123456789",
            "",
            "a1b2c3",
        ] {
            assert!(!is_wordy(other.as_bytes()) || other.is_empty(), "{other}");
        }
        assert!(is_mixed(b"MQnqpNMfsNXmvKAkBTcIRJFFmGOznSpKFbIjogZh"));
        assert!(!is_mixed(b"myCloudflareApiTokenForProductionZones"));
        assert!(!is_mixed(b"this_token_serves_only_these_tests_01"));
    }

    #[test]
    fn an_address_of_the_machine_itself_is_not_remote() {
        for own in [
            "localhost:5432/db",
            "127.0.0.1/db",
            "[::1]:5432",
            "host.docker.internal",
            "db:1",
            "db.example.com/x",
        ] {
            assert!(!is_remote(format!("postgres://u:p@{own}").as_bytes()), "{own}");
        }
        for other in ["db.notexample.com:5432/x", "10.0.0.7/x", "[2001:db8::1]:5432/x"] {
            assert!(is_remote(format!("postgres://u:p@ss@{other}").as_bytes()), "{other}");
        }
        assert!(!is_remote(b"postgres://db.example.com/x"));
    }

    #[test]
    fn tokens_of_other_vendors_are_told_from_random_text_that_begins_alike() {
        let with = |front: &str, rest: &str| is_foreign(format!("{front}{rest}").as_bytes());
        let random = "MQnqpNMfsNXmvKAkBTcIR_JFFmGOznSpKFbIj";
        for front in ["sk-", "sk_", "rk_", "pk_", "xox", "hf_", "re_", "eyJ", "ghp_"] {
            assert!(!with(front, random), "{front}");
        }
        let even = &"MQnqpNMfsNXmvKAkBTcIRxJFFmGOznSpKFbIjs"[..36];
        for front in ["ghp_", "npm_", "sk-", "sk-ant-", "sk_live_", "xoxb-", "hf_"] {
            assert!(with(front, even), "{front}");
        }
        assert!(with("re_", &format!("{}_{even}", &even[..8])));
        assert!(with("sk_", &"0a".repeat(24)));
        let header = STANDARD.encode(r#"{"alg":"HS256","typ":"JWT","kid":"1"}"#);
        assert!(is_foreign(header.trim_end_matches('=').as_bytes()));
        assert!(with(&header.replace('=', ""), ".eyJ_"));
    }

    #[test]
    fn encoded_words_are_no_token() {
        assert!(is_encoded_text(b"WU9VUl9DTE9VREZMQVJFX0FQSV9UT0tFTl9IRVJF"));
        assert!(!is_encoded_text(b"MQnqpNMfsNXmvKAkBTcIRJFFmGOznSpKFbIjogZh"));
    }

    #[test]
    fn entropy_of_known_strings() {
        assert_eq!(entropy(b""), 0.0);
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert!((entropy(b"abcd") - 2.0).abs() < 1e-9);
    }
}
