//! From the name of a permission group to what a thief can do with it.
//!
//! The names are the API's (`GET /user/tokens/permission_groups`); the dashboard writes "Edit" where
//! the API writes "Write". Grading is ours: by the worst that the group allows by itself.

use crate::model::Grade;

/// What a permission group comes to.
pub(super) struct Graded {
    pub(super) grade: Grade,
    /// One sentence, without a full stop.
    pub(super) deed: String,
    /// Whether the group is one that we know, or one that only reads.
    pub(super) is_known: bool,
}

/// Groups that do the same, by the API's names.
struct Row(Grade, &'static str, &'static [&'static str]);

use Grade::{Data, Disruption, Recon, Takeover, Traffic};

const TABLE: [Row; 18] = [
    Row(
        Takeover,
        "it may make API tokens, and so give itself every permission",
        &["API Tokens Write", "Account API Tokens Write", "API Token Provisioning"],
    ),
    Row(
        Takeover,
        "it may change who is a member of the account",
        &["Memberships Write", "Account Settings Write", "SSO Connector Write"],
    ),
    Row(
        Takeover,
        "it may change how people log in, and let itself in",
        &["OAuth Client Write", "Access: Organizations, Identity Providers, and Groups Write"],
    ),
    Row(
        Traffic,
        "it may run code of its own where the sites' traffic passes",
        &[
            "Workers Scripts Write",
            "Workers Routes Write",
            "Pages Write",
            "Snippets Write",
            "Apps Write",
            "Zaraz Admin",
            "Zaraz Write",
            "Secrets Store Write",
        ],
    ),
    Row(
        Traffic,
        "it may change where names and requests lead",
        &[
            "DNS Write",
            "Zone Write",
            "Zone DNS Settings Write",
            "Load Balancers Write",
            "Page Rules Write",
            "Transform Rules Write",
            "Dynamic URL Redirects Write",
            "Origin Write",
            "Cloud Connector Write",
            "IP Prefixes: Write",
        ],
    ),
    Row(Traffic, "it may change certificates", &["SSL and Certificates Write"]),
    Row(
        Traffic,
        "it may make tunnels and take over those that are there",
        &[
            "Cloudflare Tunnel Write",
            "Argo Tunnel Write",
            "Cloudflare One Connector: cloudflared Write",
        ],
    ),
    Row(
        Traffic,
        "it may change who gets into Access applications, and the SSH certificate authorities that \
         servers trust",
        &["Access: Apps and Policies Write"],
    ),
    Row(
        Traffic,
        "it may make credentials for Access applications",
        &[
            "Access: Service Tokens Write",
            "Access: Mutual TLS Certificates Write",
            "Zero Trust Write",
        ],
    ),
    Row(
        Traffic,
        "it may read other people's mail by routing it elsewhere",
        &["Email Routing Rules Write"],
    ),
    Row(
        Data,
        "it may read or change stored data",
        &[
            "Workers R2 Storage Read",
            "Workers R2 Storage Write",
            "Workers R2 Storage Bucket Item Read",
            "Workers R2 Storage Bucket Item Write",
            "D1 Read",
            "D1 Write",
            "Workers KV Storage Read",
            "Workers KV Storage Write",
            "Queues Read",
            "Queues Write",
            "Hyperdrive Read",
            "Hyperdrive Write",
        ],
    ),
    Row(
        Data,
        "it may read or change videos and images",
        &["Stream Read", "Stream Write", "Images Read", "Images Write"],
    ),
    Row(
        Data,
        "it may read what visitors and staff do, or send it elsewhere",
        &[
            "Logs Read",
            "Logs Write",
            "Workers Tail Read",
            "Zero Trust: PII Read",
            "Access: Audit Logs Read",
            "Cloud Email Security: Read",
            "AI Gateway Read",
            "Account Analytics Read",
        ],
    ),
    Row(
        Disruption,
        "it may weaken what protects the sites",
        &[
            "Zone WAF Write",
            "Firewall Services Write",
            "Account Firewall Access Rules Write",
            "Zone Settings Write",
            "DDoS Protection Write",
        ],
    ),
    Row(Disruption, "it may empty caches, which slows sites down", &["Cache Purge"]),
    Row(
        Disruption,
        "it may run up costs",
        &["Calls Write", "Billing Write", "Workers AI Read", "Workers AI Write", "AI Gateway Run"],
    ),
    Row(Recon, "it may read the DNS records", &["DNS Read"]),
    Row(
        Recon,
        "it may read who the members of the account are",
        &["Memberships Read", "Account Settings Read"],
    ),
];

/// Grades a group by its name.
pub(super) fn of(name: &str) -> Graded {
    let plain = match name.strip_suffix("Edit") {
        Some(front) => format!("{front}Write"),
        None => name.to_owned(),
    };
    if let Some(Row(grade, deed, _)) = TABLE.iter().find(|row| row.2.contains(&plain.as_str())) {
        return Graded { grade: *grade, deed: (*deed).to_owned(), is_known: true };
    }
    let starts = |front: &str| plain.starts_with(front);
    if starts("Magic") && plain.ends_with("Write") {
        let deed = "it may change the routes of whole networks".to_owned();
        return Graded { grade: Traffic, deed, is_known: true };
    }
    if starts("Workers R2 Data Catalog") {
        let deed = "it may read or change stored data".to_owned();
        return Graded { grade: Data, deed, is_known: true };
    }
    if plain.ends_with("Read") {
        let deed = "it may read settings".to_owned();
        return Graded { grade: Recon, deed, is_known: true };
    }
    let deed = "it may change settings".to_owned();
    Graded { grade: Disruption, deed, is_known: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_graded_by_the_worst_they_allow() {
        for (name, grade, is_known) in [
            ("API Tokens Write", Takeover, true),
            ("Account API Tokens Edit", Takeover, true),
            ("Account Settings Write", Takeover, true),
            ("Workers Scripts Write", Traffic, true),
            ("Workers Scripts Read", Recon, true),
            ("DNS Edit", Traffic, true),
            ("DNS Read", Recon, true),
            ("Magic Transit Write", Traffic, true),
            ("Access: Apps and Policies Write", Traffic, true),
            ("Access: Apps and Policies Read", Recon, true),
            ("Workers R2 Storage Read", Data, true),
            ("Workers R2 Data Catalog Write", Data, true),
            ("D1 Read", Data, true),
            ("Cache Purge", Disruption, true),
            ("Zone Read", Recon, true),
            ("A Group Of Tomorrow Write", Disruption, false),
            ("", Disruption, false),
        ] {
            let graded = of(name);
            assert_eq!((graded.grade, graded.is_known), (grade, is_known), "{name}");
        }
    }

    #[test]
    fn no_group_stands_in_two_rows() {
        let mut names: Vec<&str> = TABLE.iter().flat_map(|row| row.2.iter().copied()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
