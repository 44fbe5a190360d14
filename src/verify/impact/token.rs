//! What a token says of itself: `GET /user/tokens/{id}` or `/accounts/{a}/tokens/{id}`.
//!
//! Its name, its times, the addresses it is accepted from, and its policies: which permission
//! groups on which accounts, zones and buckets. Few tokens may read it.

use jiff::Timestamp;
use serde_json::Value;

use super::{explorer::Explorer, grade, reach};
use crate::{
    model::{Grade, Impact, Named},
    verify::{host::is_id, kinds::is_bucket},
};

/// What the policies allow.
pub(super) struct Policies {
    /// Each permission group's grade, with the sentence that says why.
    pub(super) grades: Vec<(Grade, String)>,
    /// The groups' names, as the service gives them.
    names: Vec<String>,
    accounts: Vec<Named>,
    zones: Vec<Named>,
    buckets: Vec<String>,
    /// Whether every group that may change something is one whose grade is known.
    is_known: bool,
}

/// More permission groups than this are not listed; Cloudflare has about 300.
const MOST_GROUPS: usize = 500;

/// Reads the token's own description into the impact; its policies, if it may read them.
pub(super) fn read_self(explorer: &mut Explorer<'_>) -> Option<Policies> {
    let token = explorer.impact.token.clone()?;
    let id = token.id.as_ref()?;
    let path = match &token.account {
        Some(account) => format!("/accounts/{account}/tokens/{id}"),
        None => format!("/user/tokens/{id}"),
    };
    let told = explorer.get(&path)?;
    if told.get("id").and_then(Value::as_str) != Some(id) {
        explorer.impact.is_partial = true;
        return None;
    }
    let moment = |name: &str| told.get(name)?.as_str()?.parse::<Timestamp>().ok();
    let addresses = |name: &str| -> Vec<String> {
        let list = told.pointer(&format!("/condition/request_ip/{name}")).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let facts = explorer.impact.token.get_or_insert_default();
    facts.name = told.get("name").and_then(Value::as_str).map(str::to_owned);
    facts.issued = moment("issued_on");
    facts.last_used = moment("last_used_on");
    facts.not_before = moment("not_before").or(facts.not_before);
    facts.expires = moment("expires_on").or(facts.expires);
    facts.allowed_from = addresses("in");
    facts.denied_from = addresses("not_in");
    let policies = told.get("policies").and_then(Value::as_array);
    if policies.is_none() {
        explorer.impact.is_partial = true;
    }
    policies.map(|policies| read(policies))
}

fn read(policies: &[Value]) -> Policies {
    let mut read = Policies {
        grades: Vec::new(),
        names: Vec::new(),
        accounts: Vec::new(),
        zones: Vec::new(),
        buckets: Vec::new(),
        is_known: true,
    };
    // What a policy denies is not subtracted: better too grave than not grave enough.
    for policy in policies.iter().filter(|policy| policy["effect"] != "deny") {
        let groups = policy.get("permission_groups").and_then(Value::as_array);
        for group in groups.into_iter().flatten() {
            let Some(name) = group.get("name").and_then(Value::as_str) else {
                // A group without a name may be anything.
                read.is_known = false;
                continue;
            };
            if read.names.len() < MOST_GROUPS && !read.names.iter().any(|known| known == name) {
                let graded = grade::of(name);
                read.is_known &= graded.is_known;
                if read.grades.iter().all(|(_, deed)| *deed != graded.deed) {
                    read.grades.push((graded.grade, graded.deed));
                }
                read.names.push(name.to_owned());
            }
        }
        let resources = policy.get("resources").and_then(Value::as_object);
        resources.into_iter().flatten().for_each(|(name, scope)| read.resource(name, scope));
    }
    read
}

impl Policies {
    /// `com.cloudflare.api.account.<id>`, `…account.zone.<id>`, and R2's
    /// `com.cloudflare.edge.r2.bucket.<account>_<jurisdiction>_<bucket>`. Resources may be nested.
    fn resource(&mut self, name: &str, scope: &Value) {
        let thing = |id: &str| is_id(id).then(|| Named { id: id.to_owned(), name: None });
        if let Some(id) = name.strip_prefix("com.cloudflare.api.account.zone.") {
            reach::add(&mut self.zones, thing(id));
        } else if let Some(id) = name.strip_prefix("com.cloudflare.api.account.") {
            reach::add(&mut self.accounts, thing(id));
        } else if let Some(place) = name.strip_prefix("com.cloudflare.edge.r2.bucket.") {
            let bucket = place.splitn(3, '_').nth(2).filter(|bucket| is_bucket(bucket));
            self.buckets.extend(bucket.map(str::to_owned));
        }
        // One step is all there is.
        for inner in scope.as_object().into_iter().flatten().map(|(name, _)| name) {
            self.resource(inner, &Value::Null);
        }
    }
}

/// Puts into the impact what the policies name. Whether their grades are all known.
pub(super) fn apply(impact: &mut Impact, policies: &Policies) -> bool {
    reach::add(&mut impact.accounts, policies.accounts.iter().cloned());
    reach::add(&mut impact.zones, policies.zones.iter().cloned());
    impact.zone_count = impact.zone_count.max(impact.zones.len() as u64);
    for bucket in &policies.buckets {
        if !impact.buckets.contains(bucket) {
            impact.buckets.push(bucket.clone());
        }
    }
    impact.permissions.extend(policies.names.iter().cloned());
    policies.is_known
}
