//! Terraform state and plans: attributes that the provider marks as sensitive, by resource.

use super::random::Random;

/// One sensitive attribute: the resource's type, the path to it (`/` between steps), the kind as in
/// the table of kinds or a template of its own, and the rules that may report it.
pub(crate) struct Attribute {
    pub(crate) resource: &'static str,
    pub(crate) path: &'static str,
    pub(crate) value: Value,
    pub(crate) beside: &'static str,
}

/// What stands in an attribute.
pub(crate) enum Value {
    /// A kind of the table.
    Kind(&'static str),
    /// A template, which a rule of this name, or one that begins so, reports.
    Own(&'static str, &'static str),
}

use Value::{Kind, Own};

const fn of(
    resource: &'static str,
    path: &'static str,
    value: Value,
    beside: &'static str,
) -> Attribute {
    Attribute { resource, path, value, beside }
}

const ANY: &str = "cloudflare-*";

pub(crate) const ATTRIBUTES: &[Attribute] = &[
    of(
        "cloudflare_api_token",
        "value",
        Kind("cloudflare-user-api-token"),
        "\"id\": \"{{hex:32}}\", \"status\": \"active\"",
    ),
    of(
        "cloudflare_api_token",
        "value",
        Kind("cloudflare-api-token-legacy"),
        "\"id\": \"{{hex:32}}\", \"name\": \"ci\"",
    ),
    of(
        "cloudflare_account_token",
        "value",
        Kind("cloudflare-account-api-token"),
        "\"id\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_account_token",
        "value",
        Kind("cloudflare-api-token-legacy"),
        "\"account_id\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_ai_search_token",
        "cf_api_key",
        Kind("cloudflare-api-token-legacy"),
        "\"cf_api_id\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_zero_trust_access_service_token",
        "client_secret",
        Kind("cloudflare-access-client-secret-legacy"),
        "\"client_id\": \"{{hex:32}}.access\", \"duration\": \"8760h\"",
    ),
    of(
        "cloudflare_access_service_token",
        "client_secret",
        Kind("cloudflare-access-client-secret"),
        "\"client_id\": \"{{hex:32}}.access\"",
    ),
    of(
        "cloudflare_zero_trust_tunnel_cloudflared",
        "tunnel_secret",
        Own(ANY, "{{base64:{{random:32}}}}"),
        "\"id\": \"{{uuid}}\", \"account_tag\": \"{{hex:32}}\"",
    ),
    of("cloudflare_tunnel", "secret", Own(ANY, "{{base64:{{random:32}}}}"), "\"id\": \"{{uuid}}\""),
    of(
        "cloudflare_zero_trust_tunnel_warp_connector",
        "tunnel_secret",
        Own(ANY, "{{base64:{{random:32}}}}"),
        "\"id\": \"{{uuid}}\"",
    ),
    of(
        "cloudflare_zero_trust_tunnel_cloudflared_token",
        "token",
        Kind("cloudflare-tunnel-token"),
        "\"tunnel_id\": \"{{uuid}}\"",
    ),
    of(
        "cloudflare_turnstile_widget",
        "secret",
        Kind("cloudflare-turnstile-secret"),
        "\"sitekey\": \"0x4AAAAAA{{b64url:15}}\"",
    ),
    of(
        "cloudflare_calls_sfu_app",
        "secret",
        Kind("cloudflare-realtime-secret"),
        "\"uid\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_calls_turn_app",
        "key",
        Kind("cloudflare-realtime-secret"),
        "\"uid\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_stream_key",
        "pem",
        Kind("cloudflare-stream-signing-key"),
        "\"id\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_stream_live_input",
        "rtmps/stream_key",
        Kind("cloudflare-stream-live-input"),
        "\"uid\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_stream_live_input",
        "srt/passphrase",
        Own(ANY, "{{hex:32}}k{{hex:32}}"),
        "\"uid\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_stream_webhook",
        "secret",
        Kind("cloudflare-stream-webhook-secret"),
        "\"notification_url\": \"https://{{domain}}/hook\"",
    ),
    of(
        "cloudflare_oauth_client",
        "client_secret",
        Kind("cloudflare-oauth-client-secret"),
        "\"client_id\": \"{{uuid}}\"",
    ),
    of(
        "cloudflare_moq_relay",
        "token_subscribe",
        Own(ANY, "{{b64url:120}}"),
        "\"name\": \"relay\"",
    ),
    of(
        "cloudflare_notification_policy_webhooks",
        "secret",
        Kind("cloudflare-notification-webhook-secret"),
        "\"url\": \"https://{{domain}}/alerts\"",
    ),
    of(
        "cloudflare_logpush_job",
        "ownership_challenge",
        Own(ANY, "{{alnum:64}}"),
        "\"dataset\": \"http_requests\"",
    ),
    of(
        "cloudflare_magic_transit_connector",
        "license_key",
        Own(ANY, "{{alnum:40}}"),
        "\"id\": \"{{hex:32}}\"",
    ),
    of(
        "cloudflare_magic_wan_ipsec_tunnel",
        "psk",
        Own(ANY, "{{alnum:32}}"),
        "\"customer_endpoint\": \"192.0.2.1\"",
    ),
    of(
        "cloudflare_dns_zone_transfers_tsig",
        "secret",
        Own(ANY, "{{base64:{{random:48}}}}"),
        "\"algo\": \"hmac-sha512.\"",
    ),
    of(
        "cloudflare_hyperdrive_config",
        "origin/password",
        Own(ANY, "{{alnum:24}}"),
        "\"name\": \"db\"",
    ),
    of(
        "cloudflare_pipeline_sink",
        "config/credentials/secret_access_key",
        Kind("cloudflare-r2-access-key"),
        "\"type\": \"r2\"",
    ),
    of(
        "cloudflare_r2_bucket_sippy",
        "destination/secret_access_key",
        Kind("cloudflare-r2-access-key"),
        "\"bucket_name\": \"photos\"",
    ),
    of(
        "cloudflare_secrets_store_secret",
        "value",
        Own(ANY, "{{alnum:32}}"),
        "\"name\": \"DB_PASSWORD\"",
    ),
    of(
        "cloudflare_pages_project",
        "deployment_configs/production/secrets/API_KEY",
        Own(ANY, "{{alnum:32}}"),
        "\"name\": \"site\"",
    ),
    of(
        "cloudflare_zero_trust_access_identity_provider",
        "config/client_secret",
        Own(ANY, "{{b64url:40}}"),
        "\"type\": \"azureAD\"",
    ),
    of(
        "cloudflare_zero_trust_access_identity_provider",
        "scim_config/secret",
        Kind("cloudflare-scim-secret"),
        "\"type\": \"okta\"",
    ),
    of(
        "cloudflare_zero_trust_access_application",
        "saas_app/client_secret",
        Own(ANY, "{{b64url:64}}"),
        "\"type\": \"saas\"",
    ),
    of(
        "cloudflare_custom_hostname",
        "ssl/custom_key",
        Kind("cloudflare-origin-private-key"),
        "\"hostname\": \"{{domain}}\"",
    ),
    of(
        "cloudflare_custom_ssl",
        "private_key",
        Kind("cloudflare-origin-private-key"),
        "\"bundle_method\": \"ubiquitous\"",
    ),
    of(
        "cloudflare_mtls_certificate",
        "private_key",
        Kind("cloudflare-origin-private-key"),
        "\"ca\": false",
    ),
];

/// In which file it stands.
pub(crate) const FORMS: &[&str] = &["Terraform state", "Terraform state backup", "Terraform plan"];

/// The file of that form with the attribute in it, `@V@` for the secret.
pub(crate) fn file(form: &str, attribute: &Attribute, random: &mut Random) -> (String, String) {
    let mut inner = "\"@V@\"".to_owned();
    let steps: Vec<&str> = attribute.path.split('/').collect();
    for step in steps.iter().skip(1).rev() {
        inner = format!("{{\"{step}\": {inner}}}");
        // Two closing braces side by side would end a directive.
        inner = inner.replace("}}", "} }");
    }
    let Attribute { resource, beside, .. } = attribute;
    let values = format!("{{ {beside}, \"{}\": {inner} }}", steps[0]);
    let provider = "registry.terraform.io/cloudflare/cloudflare";
    let (path, text) = match form {
        "Terraform plan" => (
            "plan.json",
            format!(
                "{{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.8\",\"planned_values\":{{\"root_module\":{{\"resources\":[{{\"address\":\"{resource}.main\",\"mode\":\"managed\",\"type\":\"{resource}\",\"name\":\"main\",\"provider_name\":\"{provider}\",\"schema_version\":0,\"values\":{values} }} ] }} }} }}\n"
            ),
        ),
        _ => (
            if form.ends_with("backup") { "terraform.tfstate.backup" } else { "terraform.tfstate" },
            format!(
                "{{\n  \"version\": 4,\n  \"terraform_version\": \"1.9.8\",\n  \"serial\": 12,\n  \"lineage\": \"{{{{uuid}}}}\",\n  \"outputs\": {{}},\n  \"resources\": [\n    {{\n      \"mode\": \"managed\",\n      \"type\": \"{resource}\",\n      \"name\": \"main\",\n      \"provider\": \"provider[\\\"{provider}\\\"]\",\n      \"instances\": [\n        {{\n          \"schema_version\": 0,\n          \"attributes\": {values},\n          \"sensitive_attributes\": []\n        }}\n      ]\n    }}\n  ]\n}}\n"
            ),
        ),
    };
    (path.to_owned(), random.fill(&text))
}
