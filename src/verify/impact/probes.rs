//! What answers a token that may not read itself: one small reading request to each product.
//!
//! Pages are as small as Cloudflare's OpenAPI description allows: some lists take no fewer than five
//! or ten items. Only the first account and the first zone are asked about: the permissions are the token's, not
//! the account's.

use serde_json::Value;

use super::{explorer::Explorer, reach};
use crate::{
    model::{
        Grade::{self, Data, Disruption, Recon},
        Named,
    },
    verify::{credential::Credential, kinds::is_bucket},
};

/// Of what a probe asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    User,
    Account,
    Zone,
}

/// One question, the permission that an answer shows, and what that is worth.
struct Probe(Of, &'static str, &'static str, Grade, &'static str);

const PROBES: [Probe; 13] = [
    Probe(Of::User, "/user/tokens?per_page=5", "API Tokens Read", Recon, "it may list API tokens"),
    Probe(Of::Zone, "/dns_records?per_page=1", "DNS Read", Recon, "it may read the DNS records"),
    Probe(
        Of::Account,
        "/workers/scripts",
        "Workers Scripts Read",
        Recon,
        "it may read Workers' code",
    ),
    Probe(
        Of::Account,
        "/storage/kv/namespaces?per_page=5",
        "Workers KV Storage Read",
        Data,
        "it may read Workers KV",
    ),
    Probe(Of::Account, "/r2/buckets", "Workers R2 Storage Read", Data, "it may read R2 buckets"),
    Probe(Of::Account, "/d1/database?per_page=10", "D1 Read", Data, "it may read D1 databases"),
    Probe(Of::Account, "/pages/projects", "Pages Read", Recon, "it may read Pages projects"),
    Probe(
        Of::Account,
        "/cfd_tunnel?per_page=1",
        "Cloudflare Tunnel Read",
        Recon,
        "it may list tunnels",
    ),
    Probe(
        Of::Account,
        "/access/apps?per_page=1",
        "Access: Apps and Policies Read",
        Recon,
        "it may read Access applications",
    ),
    Probe(
        Of::Account,
        "/members?per_page=5",
        "Account Settings Read",
        Recon,
        "it may read who the members of the account are",
    ),
    Probe(
        Of::Account,
        "/tokens?per_page=5",
        "Account API Tokens Read",
        Recon,
        "it may list the account's API tokens",
    ),
    Probe(
        Of::Account,
        "/ai/models/search?per_page=1",
        "Workers AI Read",
        Disruption,
        "it may use Workers AI, and run up costs",
    ),
    Probe(Of::Zone, "", "Zone Read", Recon, "it may read zones"),
];

/// Asks, and notes in the impact what answered. The grades with their sentences.
pub(super) fn probe(explorer: &mut Explorer<'_>, credential: &Credential) -> Vec<(Grade, String)> {
    // Where it may not list them, an id that stands near by is worth a question.
    let first = |listed: &[Named], near: &[String]| {
        listed.first().map(|thing| thing.id.clone()).or_else(|| near.first().cloned())
    };
    let account = first(&explorer.impact.accounts, &credential.accounts);
    let zone = first(&explorer.impact.zones, &credential.zones);
    let is_zone_listed = !explorer.impact.zones.is_empty();
    let mut grades = Vec::new();
    for Probe(of, path, permission, grade, deed) in &PROBES {
        let path = match (of, &account, &zone) {
            (Of::User, ..) => (*path).to_owned(),
            (Of::Account, Some(account), _) => format!("/accounts/{account}{path}"),
            (Of::Zone, _, Some(zone)) if !path.is_empty() => format!("/zones/{zone}{path}"),
            // The list of zones has answered already.
            (Of::Zone, ..) if is_zone_listed => {
                note(explorer, permission);
                grades.push((*grade, (*deed).to_owned()));
                continue;
            }
            _ => continue,
        };
        let Some(result) = explorer.get(&path) else { continue };
        note(explorer, permission);
        grades.push((*grade, (*deed).to_owned()));
        let proved = |id: &Option<String>| id.clone().map(|id| Named { id, name: None });
        match of {
            Of::User => {}
            Of::Account => reach::add(&mut explorer.impact.accounts, proved(&account)),
            Of::Zone => {
                reach::add(&mut explorer.impact.zones, proved(&zone));
                explorer.impact.zone_count = explorer.impact.zone_count.max(1);
            }
        }
        let buckets = result.get("buckets").and_then(Value::as_array);
        let names = buckets.into_iter().flatten().filter_map(|bucket| bucket.get("name")?.as_str());
        for name in names.filter(|name| is_bucket(name)) {
            explorer.impact.buckets.push(name.to_owned());
        }
    }
    grades
}

fn note(explorer: &mut Explorer<'_>, permission: &str) {
    explorer.impact.permissions.push(permission.to_owned());
}
