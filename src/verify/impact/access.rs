//! Certificate authorities of Access for short-lived SSH certificates.
//!
//! Servers trust their public keys (`TrustedUserCAKeys`), so whoever may write Access applications
//! can put another key where the next setup of a server takes it from. Public keys are no secrets;
//! a report shows their SHA-256 fingerprint as `ssh-keygen -l` does.
//!
//! `GET /{accounts|zones}/{id}/access/apps/ca` lists them. Where it gives no whole list, each
//! application is asked for its own, `…/access/apps/{app_id}/ca`.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    explorer::{Explorer, id_in},
    reach::{MOST_OWNERS, first},
};
use crate::model::CertificateAuthority;

/// More applications of one owner are not asked one by one.
const MOST_APPS: usize = 100;

/// Adds the authorities of the accounts and zones that the credential reaches.
pub(super) fn authorities(explorer: &mut Explorer<'_>) {
    let (accounts, zones) = (&explorer.impact.accounts, &explorer.impact.zones);
    let is_cut = accounts.len() > MOST_OWNERS || zones.len() > MOST_OWNERS;
    let accounts = first(accounts).into_iter().map(|id| format!("accounts/{id}"));
    let owners: Vec<String> =
        accounts.chain(first(zones).into_iter().map(|id| format!("zones/{id}"))).collect();
    explorer.impact.is_partial |= is_cut;
    for owner in owners {
        let listed = explorer.list(&format!("/{owner}/access/apps/ca"));
        let is_whole = listed.as_ref().is_some_and(|listed| !listed.is_cut);
        for item in listed.iter().flat_map(|listed| &listed.items) {
            add(explorer, item, &owner);
        }
        if !is_whole {
            ask_each(explorer, &owner);
        }
    }
}

fn ask_each(explorer: &mut Explorer<'_>, owner: &str) {
    let Some(apps) = explorer.list(&format!("/{owner}/access/apps")) else { return };
    explorer.impact.is_partial |= apps.items.len() > MOST_APPS;
    for app in apps.items.iter().take(MOST_APPS) {
        let Some(id) = id_in(app, "id") else { continue };
        // Most applications have none, which is a refusal.
        if let Some(found) = explorer.get(&format!("/{owner}/access/apps/{id}/ca")) {
            add(explorer, &found, owner);
        }
    }
}

fn add(explorer: &mut Explorer<'_>, item: &Value, owner: &str) {
    let key = item.get("public_key").and_then(Value::as_str);
    let read = key.and_then(fingerprint).and_then(|fingerprint| {
        let text = |name: &str| id_in(item, name).map(str::to_owned);
        let owner = owner.to_owned();
        Some(CertificateAuthority { id: text("id")?, aud: text("aud")?, fingerprint, owner })
    });
    let Some(authority) = read else {
        explorer.impact.is_partial = true;
        return;
    };
    let is_same = |known: &CertificateAuthority| {
        (&known.id, &known.owner) == (&authority.id, &authority.owner)
    };
    if !explorer.impact.authorities.iter().any(is_same) {
        explorer.impact.authorities.push(authority);
    }
}

/// `SHA256:` and the base64, without padding, of the hash of the key's blob. `None` unless it is a
/// line of OpenSSH whose blob begins with the algorithm that the line names.
pub(in crate::verify) fn fingerprint(line: &str) -> Option<String> {
    let mut words = line.split_ascii_whitespace();
    let (algorithm, blob) = (words.next()?, STANDARD.decode(words.next()?).ok()?);
    let length = u32::try_from(algorithm.len()).ok()?.to_be_bytes();
    let rest = blob.strip_prefix(&length)?;
    rest.starts_with(algorithm.as_bytes())
        .then(|| format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&blob))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A blob made up here, hashed by `ssh-keygen -lf`.
    #[test]
    fn fingerprints_are_those_of_openssh() {
        let blob = [&[0, 0, 0, 11][..], b"ssh-ed25519", &[0, 0, 0, 32], &[7; 32]].concat();
        let line =
            format!("ssh-ed25519 {} open-ssh-ca@cloudflareaccess.org", STANDARD.encode(&blob));
        assert_eq!(
            fingerprint(&line).as_deref(),
            Some("SHA256:gNSIRW+2Iyiuvsdp/bgjy38bvWHw6wQm3tuoXrl3WjQ")
        );
        for bad in ["", "ssh-ed25519", "ssh-ed25519 !!", "ssh-rsa AAAA", &line.replace("ed", "xx")]
        {
            assert_eq!(fingerprint(bad), None, "{bad}");
        }
    }
}
