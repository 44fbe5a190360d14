//! The one relation between secrets of different kinds: an R2 secret access key is SHA-256, in hex, of
//! the API token that it was made from (Cloudflare, "R2: API tokens").
//!
//! So a token and a key pair found anywhere in one run can be told to be one: rolling the token kills
//! the pair. Because the hash *is* the other secret it is compared and forgotten.

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::collect::Group;
use crate::{
    model::{Fact, Fingerprint, Secret, Strength},
    rules::{RuleSet, Verifier},
};

/// Lengths of what could be an API token.
const TOKEN: std::ops::RangeInclusive<usize> = 40..=80;

/// Tells each R2 secret which token it was made from, and the token which R2 secret is made from it,
/// by fingerprint.
pub(super) fn link_r2_secrets(rules: &RuleSet, groups: &mut [Group]) {
    let is_r2 = |group: &Group| rules.rules()[group.rule].verifier == Some(Verifier::R2);
    let made: FxHashMap<Secret, usize> = groups
        .iter()
        .enumerate()
        .filter(|(_, group)| is_r2(group))
        .map(|(index, group)| (group.secret.clone(), index))
        .collect();
    if made.is_empty() {
        return;
    }
    let mut pairs = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        if TOKEN.contains(&group.secret.reveal().len()) && !is_r2(group) {
            let hash =
                Secret::new(hex(&Sha256::digest(group.secret.reveal())), 0, Strength::Strong);
            pairs.extend(made.get(&hash).map(|secret| (index, *secret)));
        }
    }
    for (token, secret) in pairs {
        let name = |group: &Group| {
            let rule = &rules.rules()[group.rule].id;
            Fingerprint::of_finding(rule, &group.secret, b"", b"").to_string()
        };
        let (of_token, of_secret) = (name(&groups[token]), name(&groups[secret]));
        groups[token].facts.push(Fact { name: "r2-secret", value: of_secret });
        groups[secret].facts.push(Fact { name: "made-from-token", value: of_token });
    }
}

fn hex(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}
