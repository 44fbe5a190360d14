//! How far a credential reaches: accounts, memberships, zones, tunnels.

use serde_json::Value;

use super::explorer::{Explorer, id_in};
use crate::{
    model::{Impact, Named},
    verify::kinds::named,
};

/// Accounts with their roles, and zones, of a user whose key it is.
pub(super) fn of_user(explorer: &mut Explorer<'_>) {
    memberships(explorer);
    accounts(explorer);
    zones(explorer);
}

/// Accounts and zones that a token sees. Only users have memberships.
pub(super) fn of_token(explorer: &mut Explorer<'_>, secret: &[u8]) {
    accounts(explorer);
    let is_of_account = secret.starts_with(b"cfat_")
        || explorer.impact.token.as_ref().is_some_and(|token| token.account.is_some());
    if !is_of_account {
        memberships(explorer);
    }
    zones(explorer);
    // An account's token may not even list its own account.
    if explorer.impact.accounts.is_empty() {
        let of_token = explorer.impact.token.as_ref().and_then(|token| token.account.clone());
        add(&mut explorer.impact.accounts, of_token.map(|id| Named { id, name: None }));
    }
}

fn accounts(explorer: &mut Explorer<'_>) {
    let listed = explorer.list("/accounts");
    add(&mut explorer.impact.accounts, items(listed.as_ref().map(|listed| &listed.items)));
}

fn zones(explorer: &mut Explorer<'_>) {
    let Some(listed) = explorer.list("/zones") else { return };
    add(&mut explorer.impact.zones, items(Some(&listed.items)));
    explorer.impact.zone_count = listed.total.max(explorer.impact.zones.len() as u64);
}

/// `/memberships`: an account and the user's roles in it.
fn memberships(explorer: &mut Explorer<'_>) {
    let Some(listed) = explorer.list("/memberships") else { return };
    for item in &listed.items {
        let Some(account) = item.get("account").and_then(named) else { continue };
        if explorer.key.is_global() {
            let roles = item.get("roles").and_then(Value::as_array);
            for role in roles.into_iter().flatten().filter_map(Value::as_str) {
                let shown = account.name.as_ref().unwrap_or(&account.id);
                explorer.impact.permissions.push(format!("{role} in {shown}"));
            }
        }
        add(&mut explorer.impact.accounts, [account]);
    }
}

/// `/accounts/{id}/cfd_tunnel`: the tunnels of each account, but for deleted ones.
pub(super) fn tunnels(explorer: &mut Explorer<'_>) {
    for account in first(&explorer.impact.accounts) {
        let path = format!("/accounts/{account}/cfd_tunnel?is_deleted=false");
        let Some(listed) = explorer.list(&path) else { continue };
        for item in &listed.items {
            let Some(id) = id_in(item, "id") else { continue };
            let name = item.get("name").and_then(Value::as_str).map(str::to_owned);
            add(&mut explorer.impact.tunnels, [Named { id: id.to_owned(), name }]);
        }
    }
}

/// The accounts or zones that are asked about one by one.
pub(super) fn first(things: &[Named]) -> Vec<String> {
    things.iter().take(MOST_OWNERS).map(|thing| thing.id.clone()).collect()
}

/// More are not asked about one by one, which makes the impact partial.
pub(super) const MOST_OWNERS: usize = 10;

fn items(items: Option<&Vec<Value>>) -> Vec<Named> {
    items.into_iter().flatten().filter_map(named).collect()
}

/// Adds what is not there yet; a name that was missing is filled in.
pub(super) fn add(known: &mut Vec<Named>, more: impl IntoIterator<Item = Named>) {
    for thing in more {
        match known.iter_mut().find(|before| before.id == thing.id) {
            Some(before) => before.name = before.name.take().or(thing.name),
            None => known.push(thing),
        }
    }
}

/// `it reaches 2 accounts and 1 zone`, if it reaches anything.
pub(super) fn sentence(impact: &Impact) -> Option<String> {
    let (accounts, zones) = (impact.accounts.len() as u64, impact.zone_count);
    (accounts + zones > 0).then(|| format!("it reaches {}", counted(accounts, zones)))
}

/// `2 accounts and 1 zone`.
pub(super) fn counted(accounts: u64, zones: u64) -> String {
    let of = |n: u64, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    match (accounts, zones) {
        (0, zones) => of(zones, "zone"),
        (accounts, 0) => of(accounts, "account"),
        (accounts, zones) => format!("{} and {}", of(accounts, "account"), of(zones, "zone")),
    }
}
