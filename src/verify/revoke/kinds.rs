//! For each kind, how it is revoked: the requests of Cloudflare's documents, what they break, and
//! what cannot be undone.

use super::{
    leak::Leak,
    step::{Body, Caller, Find, Item, Step, Way, Yield},
};
use crate::{
    model::CertificateAuthority,
    rules::{RuleSet, Verifier},
    verify::{
        host::is_id,
        request::Method::{Delete, Get, Patch, Post, Put},
    },
};

/// What is to be done about one credential. Sends nothing.
///
/// `roll` gives a new value instead of deleting or disabling, where the API can do both.
pub fn plan(leak: &Leak, rules: &RuleSet, roll: bool) -> Item {
    let rule = rules.get(&leak.rule);
    let way = match leak.rule.as_str() {
        "cloudflare-stream-signing-key" => stream_key(leak),
        "cloudflare-stream-live-input" => live_input(leak),
        "cloudflare-deploy-hook" => deploy_hook(leak),
        "cloudflare-realtime-turn-key" => calls(leak, "turn_keys"),
        "cloudflare-realtime-sfu-secret" => calls(leak, "apps"),
        _ => match rule.and_then(|rule| rule.verifier) {
            Some(Verifier::UserToken) if leak.rule == "cloudflare-user-api-token" => {
                Some(token(leak, Owner::User, roll))
            }
            Some(Verifier::AccountToken) => Some(token(leak, Owner::Account, roll)),
            Some(Verifier::UserToken | Verifier::ApiToken) => {
                Some(token(leak, Owner::Either, roll))
            }
            Some(Verifier::R2 | Verifier::R2Session) => Some(r2(leak, roll)),
            Some(Verifier::AccessServiceToken) => Some(service_token(leak, roll)),
            Some(Verifier::Tunnel) => Some(tunnel(leak)),
            Some(Verifier::Turnstile) => Some(turnstile(leak)),
            _ => None,
        },
    };
    let way = way.unwrap_or_else(|| {
        Way::ByHand(rule.map_or_else(|| BY_HAND.to_owned(), |rule| unmarked(rule.remedy())))
    });
    Item {
        rule: leak.rule.clone(),
        title: leak.title.clone(),
        masked: leak.masked.clone(),
        fingerprint: leak.fingerprint.clone(),
        way,
    }
}

const BY_HAND: &str = "This kind is not known here; revoke it in the dashboard of its service.";

/// Text without Markdown's marks, on one line.
fn unmarked(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").replace(['*', '`'], "")
}

/// Who may own an API token.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    User,
    Account,
    Either,
}

const LACKS_ACCOUNT: Way =
    Way::Lacks("its account is not known; tell it with `--detail account=ID`");

fn token(leak: &Leak, owner: Owner, roll: bool) -> Way {
    let of_account = leak.detail("token-account");
    let account = of_account.or_else(|| leak.detail("account")).filter(|_| owner != Owner::User);
    if owner == Owner::Account && account.is_none() {
        return LACKS_ACCOUNT;
    }
    let user = "/user/tokens".to_owned();
    // An account near a token of unknown owner may be its owner; where not, the user is.
    let (base, other) = match account {
        None => (user, None),
        Some(account) => {
            let is_sure = owner == Owner::Account || of_account.is_some();
            (format!("/accounts/{account}/tokens"), (!is_sure).then_some(user))
        }
    };
    let mut steps = Vec::new();
    let id = match (leak.detail("token-id"), &leak.secret) {
        (Some(id), _) => id.to_owned(),
        (None, Some(secret)) => {
            let mut step =
                Step::new(Get, format!("{base}/verify"), "to learn its id").find(Find::OwnId);
            step.or = other.as_ref().map(|other| format!("{other}/verify"));
            step.caller = Caller::Leaked(secret.clone());
            steps.push(step);
            "{id}".to_owned()
        }
        (None, None) => {
            return Way::Lacks(
                "its id is not in the report; make one with --verify, or name the source with \
                 --source, or tell it with `--detail token-id=ID`",
            );
        }
    };
    steps.push(end_of_token(&base, other.as_deref(), &id, roll));
    Way::Calls {
        steps,
        breaks: "every program that uses the token stops at once",
        undo: undo(roll),
    }
}

fn end_of_token(base: &str, other: Option<&str>, id: &str, roll: bool) -> Step {
    let (method, rest, why) = match roll {
        true => (Put, "/value", "to give it a new value"),
        false => (Delete, "", "to delete it"),
    };
    let mut step = Step::new(method, format!("{base}/{id}{rest}"), why);
    step.or = other.map(|other| format!("{other}/{id}{rest}"));
    match roll {
        true => step.body(Body::Empty).yields(Yield::Secret("")),
        false => step,
    }
}

fn undo(roll: bool) -> &'static str {
    match roll {
        true => {
            "the old value cannot be brought back; the new one is shown once, and only with \
             --show-secrets"
        }
        false => "a deleted token cannot be brought back; its programs need a new one",
    }
}

/// The access key id is the id of the API token that the pair was made of.
fn r2(leak: &Leak, roll: bool) -> Way {
    let Some(id) = leak.detail("token-id") else {
        return Way::Lacks(
            "its access key id is not known; tell it with `--detail token-id=ACCESS_KEY_ID`",
        );
    };
    let (base, other) = match leak.detail("account") {
        Some(account) => (format!("/accounts/{account}/tokens"), Some("/user/tokens")),
        None => ("/user/tokens".to_owned(), None),
    };
    Way::Calls {
        steps: vec![end_of_token(&base, other, id, roll)],
        breaks: "the pair, the API token it was made of and all its temporary credentials stop at \
                 once",
        undo: undo(roll),
    }
}

fn service_token(leak: &Leak, roll: bool) -> Way {
    let Some(account) = leak.detail("account") else { return LACKS_ACCOUNT };
    let Some(client) = leak.detail("client-id") else {
        return Way::Lacks(
            "its client id is not known; tell it with `--detail client-id=ID.access`",
        );
    };
    let base = format!("/accounts/{account}/access/service_tokens");
    let find = Step::new(Get, base.as_str(), "to find the token of the client id")
        .find(Find::InList { field: "client_id", value: client.to_owned() });
    let (end, undo) = match roll {
        true => (
            Step::new(Post, format!("{base}/{{id}}/rotate"), "to give it a new secret")
                .body(Body::Empty)
                .yields(Yield::Secret("/client_secret")),
            "the old secret cannot be brought back; the new one is shown once, and only with \
             --show-secrets",
        ),
        false => (
            Step::new(Put, format!("{base}/{{id}}"), "to switch it off").body(Body::Disabled),
            "it can be switched on again in the dashboard, with the leaked secret: rotate it first",
        ),
    };
    Way::Calls {
        steps: vec![find, end],
        breaks: "machines that log in to Access with the token are let in no more",
        undo,
    }
}

fn tunnel(leak: &Leak) -> Way {
    let Some(account) = leak.detail("account") else { return LACKS_ACCOUNT };
    let Some(tunnel) = leak.detail("tunnel") else {
        return Way::Lacks("the tunnel's id is not known; tell it with `--detail tunnel=UUID`");
    };
    let path = format!("/accounts/{account}/cfd_tunnel/{tunnel}");
    Way::Calls {
        steps: vec![
            Step::new(Patch, path.as_str(), "to give it a new secret")
                .body(Body::TunnelSecret)
                .yields(Yield::TunnelSecret),
            Step::new(
                Delete,
                format!("{path}/connections"),
                "to drop connections made with the old one",
            ),
        ],
        breaks: "all connectors are cut off, and what is behind the tunnel is not reachable until \
                 they run with the new token",
        undo: "the old secret cannot be brought back; the new token is in the dashboard, and \
               `cloudflared tunnel token` prints it",
    }
}

fn turnstile(leak: &Leak) -> Way {
    let Some(account) = leak.detail("account") else { return LACKS_ACCOUNT };
    let Some(sitekey) = leak.detail("sitekey") else {
        return Way::Lacks(
            "the widget's site key is not known; tell it with `--detail sitekey=KEY`",
        );
    };
    let path = format!("/accounts/{account}/challenges/widgets/{sitekey}/rotate_secret");
    Way::Calls {
        steps: vec![
            Step::new(Post, path, "to give the widget a new secret")
                .body(Body::AtOnce)
                .yields(Yield::Secret("/secret")),
        ],
        breaks: "forms behind the widget refuse everybody until their servers have the new secret",
        undo: "the old secret cannot be brought back; the new one is in the widget's settings",
    }
}

fn stream_key(leak: &Leak) -> Option<Way> {
    let Some(account) = leak.detail("account") else { return Some(LACKS_ACCOUNT) };
    let Some(key) = leak.detail("key-id") else {
        return Some(Way::Lacks("the key's id is not known; tell it with `--detail key-id=ID`"));
    };
    let path = format!("/accounts/{account}/stream/keys/{key}");
    Some(Way::Calls {
        steps: vec![Step::new(Delete, path, "to delete the key")],
        breaks: "every playback token signed with the key ends",
        undo: "a deleted key cannot be brought back; make another before",
    })
}

fn live_input(leak: &Leak) -> Option<Way> {
    let Some(account) = leak.detail("account") else { return Some(LACKS_ACCOUNT) };
    let Some(input) = leak.detail("live-input") else {
        return Some(Way::Lacks(
            "the live input's id is not known; tell it with `--detail live-input=ID`",
        ));
    };
    let path = format!("/accounts/{account}/stream/live_inputs/{input}/rotate_keys");
    Some(Way::Calls {
        steps: vec![Step::new(Post, path, "to give the input new keys").body(Body::Empty)],
        breaks: "broadcasts under way end, and the encoder needs the new keys",
        undo: "the old keys cannot be brought back; the new ones are in the dashboard",
    })
}

/// Hooks of Workers Builds; those of Pages only the dashboard can delete.
fn deploy_hook(leak: &Leak) -> Option<Way> {
    let (account, script) = (leak.detail("account")?, leak.detail("script")?);
    let Some(hook) = &leak.secret else {
        return Some(Way::Lacks(
            "the hook's id is its secret, which a report does not hold; name the source with \
             --source",
        ));
    };
    let path = format!("/accounts/{account}/builds/workers/{script}/deploy_hooks/");
    let step = Step { ending: Some(hook.clone()), ..Step::new(Delete, path, "to delete the hook") };
    Some(Way::Calls {
        steps: vec![step],
        breaks: "whoever calls the hook starts no build any more",
        undo: "a deleted hook cannot be brought back; a new one has another address",
    })
}

/// Keys of Realtime cannot be rolled.
fn calls(leak: &Leak, what: &str) -> Option<Way> {
    let Some(account) = leak.detail("account") else { return Some(LACKS_ACCOUNT) };
    let Some(id) = leak.detail("key-id") else {
        return Some(Way::Lacks("its id is not known; tell it with `--detail key-id=ID`"));
    };
    let path = format!("/accounts/{account}/calls/{what}/{id}");
    Some(Way::Calls {
        steps: vec![Step::new(Delete, path, "to delete it, since it has no other value to take")],
        breaks: "calls and streams through it end",
        undo: "it cannot be brought back; make another and bring it to the backend before",
    })
}

impl Item {
    /// Replaces a certificate authority that a leaked credential could have replaced. `None` if its
    /// owner or its audience tag is not of its form.
    pub fn authority(authority: &CertificateAuthority, fingerprint: &str) -> Option<Item> {
        let (sort, id) = authority.owner.split_once('/')?;
        let is_tag =
            authority.aud.len() == 64 && authority.aud.bytes().all(|b| b.is_ascii_hexdigit());
        if !matches!(sort, "accounts" | "zones") || !is_id(id) || !is_tag {
            return None;
        }
        let apps = format!("/{sort}/{id}/access/apps");
        let ca = format!("{apps}/{{id}}/ca");
        let find = Find::InList { field: "aud", value: authority.aud.clone() };
        let steps = vec![
            Step::new(Get, apps, "to find its application").find(find),
            Step::new(Delete, ca.as_str(), "to delete the authority"),
            Step::new(Post, ca, "to make another")
                .body(Body::Empty)
                .yields(Yield::PublicKey("/public_key")),
        ];
        Some(Item {
            rule: "cloudflare-access-ssh-ca".to_owned(),
            title: "Access authority for short-lived SSH certificates".to_owned(),
            masked: authority.fingerprint.clone(),
            fingerprint: fingerprint.to_owned(),
            way: Way::Calls {
                steps,
                breaks: "nobody gets into servers with short-lived certificates until the new public \
                         key stands in their TrustedUserCAKeys",
                undo: "a deleted authority cannot be brought back",
            },
        })
    }
}
