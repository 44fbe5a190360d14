//! The kinds of credentials as they are handed out, and the names under which people keep them:
//! written from what Cloudflare and the tools document, not from the rules.

use super::{keys, random::Random};

/// How a value is made.
#[derive(Clone, Copy)]
pub(crate) enum Mint {
    /// A template.
    Text(&'static str),
    /// What templates cannot say.
    Made(fn(&mut Random) -> String),
}

/// One kind of credential: the table that joins how it looks to the rule that should find it.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    /// The rule that is expected to report it.
    pub(crate) id: &'static str,
    /// Other rules that are right, too. A star at the end stands for any rest.
    pub(crate) also: &'static [&'static str],
    pub(crate) mint: Mint,
    /// Environment variables, each with what stands beside it (`;` between settings).
    pub(crate) names: &'static [&'static str],
    /// Settings that always stand near: templates `NAME=value`.
    pub(crate) beside: &'static [&'static str],
    /// Headers, `Name: value` with `@V@` for the secret.
    pub(crate) headers: &'static [&'static str],
    /// Addresses that such a header is sent to.
    pub(crate) address: &'static str,
    /// Commands, with `@V@` for the secret.
    pub(crate) commands: &'static [&'static str],
    /// Whether the value tells itself, so that its name may be anything.
    pub(crate) tells_itself: bool,
}

const BLANK: Kind = Kind {
    id: "",
    also: &[],
    mint: Mint::Text(""),
    names: &[],
    beside: &[],
    headers: &[],
    address: API,
    commands: &[],
    tells_itself: false,
};

const API: &str = "https://api.cloudflare.com/client/v4/zones/{{hex:32}}/dns_records";
const ACCOUNT: &str = "CLOUDFLARE_ACCOUNT_ID={{hex:32}}";

const TOKEN_NAMES: &[&str] = &[
    "CLOUDFLARE_API_TOKEN",
    "CF_API_TOKEN",
    "CF_DNS_API_TOKEN",
    "CF_ZONE_API_TOKEN",
    "CLOUDFLARE_DNS_API_TOKEN",
    "CLOUDFLARE_ZONE_API_TOKEN",
    "CF_Token",
    "SAVED_CF_Token",
    "CLOUDFLARE_TOKEN",
    "CF_TOKEN",
    "WRANGLER_R2_SQL_AUTH_TOKEN",
    "TF_VAR_cloudflare_api_token",
    "CF_AIG_TOKEN",
    "CLOUDFLARE_AI_GATEWAY_API_KEY",
    "WORKERS_AI_API_TOKEN",
    "CLOUDFLARE_AI_TOKEN",
];
const TOKEN_HEADERS: &[&str] = &["Authorization: Bearer @V@", "cf-aig-authorization: Bearer @V@"];
const TOKEN_COMMANDS: &[&str] = &[
    "curl -H \"Authorization: Bearer @V@\" https://api.cloudflare.com/client/v4/user/tokens/verify",
    "CLOUDFLARE_API_TOKEN=@V@ npx wrangler deploy",
    "terraform apply -var cloudflare_api_token=@V@",
    "flarectl --api-token @V@ zone list # CF_API_TOKEN=@V@",
];
const KEY_NAMES: &[&str] = &[
    "CLOUDFLARE_API_KEY",
    "CF_API_KEY",
    "CF_Key",
    "SAVED_CF_Key",
    "CLOUDFLARE_GLOBAL_API_KEY",
    "CF_GLOBAL_API_KEY",
    "CLOUDFLARE_AUTH_KEY",
    "TUNNEL_API_KEY",
    "CF_KEY",
];
const KEY_COMMANDS: &[&str] = &[
    "curl -H 'X-Auth-Email: {{email}}' -H 'X-Auth-Key: @V@' https://api.cloudflare.com/client/v4/zones",
    "CF_API_EMAIL={{email}} CF_API_KEY=@V@ flarectl zone list",
];
const TUNNEL_COMMANDS: &[&str] = &[
    "cloudflared tunnel run --token @V@",
    "cloudflared service install @V@",
    "docker run -d cloudflare/cloudflared:latest tunnel --no-autoupdate run --token @V@",
    "cloudflared tunnel --token=@V@ run",
];
const EMAIL: &str = "CLOUDFLARE_EMAIL={{email}}";
const ACCESS_NAMES: &[&str] = &[
    "CF_ACCESS_CLIENT_SECRET",
    "CLOUDFLARE_ACCESS_CLIENT_SECRET",
    "TUNNEL_SERVICE_TOKEN_SECRET",
    "ACCESS_CLIENT_SECRET",
];
const ACCESS_COMMANDS: &[&str] = &[
    "cloudflared access ssh --hostname ssh.{{domain}} --service-token-id {{hex:32}}.access --service-token-secret @V@",
    "curl -H 'CF-Access-Client-Id: {{hex:32}}.access' -H 'CF-Access-Client-Secret: @V@' https://grafana.{{domain}}",
];

pub(crate) const KINDS: &[Kind] = &[
    Kind {
        id: "cloudflare-user-api-token",
        mint: Mint::Text("cfut_{{alnum:40}}{{crc32}}"),
        names: TOKEN_NAMES,
        beside: &[ACCOUNT],
        headers: TOKEN_HEADERS,
        commands: TOKEN_COMMANDS,
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-account-api-token",
        mint: Mint::Text("cfat_{{alnum:40}}{{crc32}}"),
        names: TOKEN_NAMES,
        beside: &[ACCOUNT],
        headers: TOKEN_HEADERS,
        commands: TOKEN_COMMANDS,
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-global-api-key",
        mint: Mint::Text("cfk_{{alnum:40}}{{crc32}}"),
        names: KEY_NAMES,
        beside: &[EMAIL],
        headers: &["X-Auth-Key: @V@"],
        commands: KEY_COMMANDS,
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-access-client-secret",
        also: &[],
        mint: Mint::Text("cfast_{{alnum:40}}{{crc32}}"),
        names: ACCESS_NAMES,
        beside: &["CF_ACCESS_CLIENT_ID={{hex:32}}.access"],
        headers: &["CF-Access-Client-Secret: @V@"],
        address: "https://{{lower:7}}.{{domain}}/api/health",
        commands: ACCESS_COMMANDS,
        tells_itself: true,
    },
    Kind {
        id: "cloudflare-access-client-secret-legacy",
        // Terraform's resource is the same for both.
        also: &["cloudflare-access-client-secret"],
        mint: Mint::Text("{{hex:64}}"),
        names: ACCESS_NAMES,
        beside: &["CF_ACCESS_CLIENT_ID={{hex:32}}.access"],
        headers: &["CF-Access-Client-Secret: @V@"],
        address: "https://{{lower:7}}.{{domain}}/api/health",
        commands: ACCESS_COMMANDS,
        ..BLANK
    },
    Kind {
        id: "cloudflare-oauth-access-token",
        mint: Mint::Text("cfoat_{{b64url:42}}A.{{b64url:42}}E"),
        names: &["CLOUDFLARE_OAUTH_TOKEN", "CF_OAUTH_TOKEN", "CLOUDFLARE_API_TOKEN"],
        headers: &["Authorization: Bearer @V@"],
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-oauth-refresh-token",
        mint: Mint::Text("cfort_{{b64url:42}}A.{{b64url:42}}E"),
        names: &["CLOUDFLARE_REFRESH_TOKEN", "CF_REFRESH_TOKEN", "WRANGLER_REFRESH_TOKEN"],
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-origin-ca-key",
        mint: Mint::Made(keys::origin_ca_key),
        names: &[
            "CLOUDFLARE_API_USER_SERVICE_KEY",
            "CF_API_USER_SERVICE_KEY",
            "TUNNEL_API_CA_KEY",
            "CLOUDFLARE_ORIGIN_CA_KEY",
        ],
        headers: &["X-Auth-User-Service-Key: @V@"],
        address: "https://api.cloudflare.com/client/v4/certificates",
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-tunnel-token",
        also: &[],
        mint: Mint::Made(keys::tunnel_token),
        names: &["TUNNEL_TOKEN", "CLOUDFLARED_TOKEN", "CLOUDFLARE_TUNNEL_TOKEN", "CF_TUNNEL_TOKEN"],
        commands: TUNNEL_COMMANDS,
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-r2-session-token",
        mint: Mint::Made(keys::r2_session),
        names: &["AWS_SESSION_TOKEN", "R2_SESSION_TOKEN"],
        headers: &["X-Amz-Security-Token: @V@"],
        address: "https://{{hex:32}}.r2.cloudflarestorage.com/{{lower:8}}/report.csv",
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-access-jwt",
        mint: Mint::Text(
            r#"{{jwt:{"alg":"RS256","kid":"{{hex:64}}","typ":"JWT"}:{"aud":["{{hex:64}}"],"email":"{{email}}","exp":4102444800,"iat":1767225600,"iss":"https://{{lower:8}}.cloudflareaccess.com","type":"app","identity_nonce":"{{alnum:16}}","sub":"{{uuid}}"}}}"#,
        ),
        names: &["WRANGLER_CF_AUTHORIZATION_TOKEN", "CF_AUTHORIZATION", "CF_ACCESS_TOKEN"],
        headers: &[
            "Cookie: CF_Authorization=@V@",
            "Cf-Access-Jwt-Assertion: @V@",
            "cf-access-token: @V@",
        ],
        address: "https://{{lower:7}}.{{domain}}/api",
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-turnstile-secret",
        // All that were seen begin so; an example of Cloudflare's does not.
        mint: Mint::Text("0x4AAAAAA{{b64url:26}}"),
        names: &[
            "TURNSTILE_SECRET_KEY",
            "CF_TURNSTILE_SECRET",
            "CF_TURNSTILE_SECRET_KEY",
            "CLOUDFLARE_TURNSTILE_SECRET_KEY",
            "TURNSTILE_SECRET",
            "NUXT_TURNSTILE_SECRET_KEY",
        ],
        beside: &["NEXT_PUBLIC_TURNSTILE_SITE_KEY=0x4AAAAAA{{b64url:15}}"],
        commands: &[
            "curl -d 'secret=@V@&response=XXXX.DUMMY.TOKEN.XXXX' https://challenges.cloudflare.com/turnstile/v0/siteverify",
        ],
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-deploy-hook",
        mint: Mint::Made(keys::deploy_hook),
        names: &["DEPLOY_HOOK_URL", "CF_DEPLOY_HOOK", "PAGES_DEPLOY_HOOK"],
        commands: &["curl -X POST @V@", "curl -d '' \"@V@\""],
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-global-api-key-legacy",
        mint: Mint::Made(keys::legacy_key),
        names: KEY_NAMES,
        beside: &[EMAIL],
        headers: &["X-Auth-Key: @V@"],
        commands: KEY_COMMANDS,
        ..BLANK
    },
    Kind {
        id: "cloudflare-api-token-legacy",
        // Terraform's resource says who owns it.
        also: &["cloudflare-user-api-token", "cloudflare-account-api-token"],
        mint: Mint::Made(keys::legacy_token),
        names: TOKEN_NAMES,
        beside: &[ACCOUNT],
        headers: TOKEN_HEADERS,
        commands: TOKEN_COMMANDS,
        ..BLANK
    },
    Kind {
        id: "cloudflare-r2-access-key",
        also: &[],
        mint: Mint::Text("{{hex:64}}"),
        names: &[
            "R2_SECRET_ACCESS_KEY;R2_ACCESS_KEY_ID={{hex:32}}",
            "CLOUDFLARE_R2_SECRET_ACCESS_KEY;CLOUDFLARE_R2_ACCESS_KEY_ID={{hex:32}}",
            "CF_R2_SECRET_ACCESS_KEY;CF_R2_ACCESS_KEY_ID={{hex:32}}",
            "AWS_SECRET_ACCESS_KEY;AWS_ACCESS_KEY_ID={{hex:32}}",
            "S3_SECRET_ACCESS_KEY;S3_ACCESS_KEY_ID={{hex:32}}",
        ],
        beside: &["R2_ENDPOINT=https://{{hex:32}}.r2.cloudflarestorage.com"],
        ..BLANK
    },
    Kind {
        id: "cloudflare-oauth-token-legacy",
        also: &["cloudflare-oauth-access-token", "cloudflare-oauth-refresh-token"],
        mint: Mint::Text("{{b64url:42}}A.{{b64url:42}}E"),
        ..BLANK
    },
    Kind {
        id: "cloudflare-realtime-secret",
        also: &["cloudflare-realtime-sfu-secret", "cloudflare-realtime-turn-key"],
        mint: Mint::Text("{{hex:64}}"),
        names: &[
            "CALLS_APP_SECRET;CALLS_APP_ID={{hex:32}}",
            "REALTIME_APP_SECRET;REALTIME_APP_ID={{hex:32}}",
            "TURN_KEY_API_TOKEN;TURN_KEY_ID={{hex:32}}",
            "CLOUDFLARE_TURN_TOKEN;CLOUDFLARE_TURN_KEY_ID={{hex:32}}",
        ],
        headers: &["Authorization: Bearer @V@"],
        address: "https://rtc.live.cloudflare.com/v1/turn/keys/{{hex:32}}/credentials/generate-ice-servers",
        ..BLANK
    },
    Kind {
        id: "cloudflare-stream-signing-key",
        mint: Mint::Made(keys::stream_key),
        names: &[
            "STREAM_SIGNING_KEY",
            "CF_STREAM_PEM",
            "CF_STREAM_JWK",
            "CLOUDFLARE_STREAM_SIGNING_KEY",
        ],
        beside: &["CF_STREAM_KEY_ID={{hex:32}}"],
        // A PEM block in base64 is anybody's; what stands beside it tells.
        tells_itself: false,
        ..BLANK
    },
    Kind {
        id: "cloudflare-images-key",
        also: &[],
        mint: Mint::Text("{{alnum:33}}"),
        names: &["CF_IMAGES_KEY", "IMAGES_SIGNING_KEY", "CLOUDFLARE_IMAGES_KEY"],
        beside: &["CF_IMAGES_ACCOUNT_HASH={{b64url:22}}"],
        ..BLANK
    },
    Kind {
        id: "cloudflare-stream-webhook-secret",
        also: &["cloudflare-webhook-secret"],
        mint: Mint::Text("{{hex:32}}"),
        names: &["CLOUDFLARE_STREAM_WEBHOOK_SECRET", "CF_STREAM_WEBHOOK_SECRET"],
        beside: &["CLOUDFLARE_ACCOUNT_ID={{hex:32}}"],
        ..BLANK
    },
    Kind {
        id: "cloudflare-hyperdrive-connection",
        also: &["cloudflare-hyperdrive-connection-string"],
        mint: Mint::Text("postgres://{{lower:6}}:{{alnum:18}}@db.{{domain}}:5432/{{lower:7}}"),
        names: &[
            "CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_DB",
            "WRANGLER_HYPERDRIVE_LOCAL_CONNECTION_STRING_HYPERDRIVE",
        ],
        commands: &["npx wrangler hyperdrive create main --connection-string=\"@V@\""],
        ..BLANK
    },
    Kind {
        id: "cloudflare-tunnel-management-token",
        mint: Mint::Text(
            r#"{{jwt:{"alg":"ES256","typ":"JWT"}:{"tun":{"id":"{{uuid}}","account_tag":"{{hex:32}}"},"actor":{"id":"{{hex:32}}","support":false},"exp":4102444800,"iat":1767225600}}}"#,
        ),
        names: &["TUNNEL_MANAGEMENT_TOKEN"],
        commands: &["cloudflared tail --token @V@ {{uuid}}"],
        tells_itself: true,
        ..BLANK
    },
    Kind {
        id: "cloudflare-r2-presigned-url",
        mint: Mint::Made(keys::presigned_address),
        names: &["DOWNLOAD_URL", "UPLOAD_URL", "SIGNED_URL", "IMAGE_SRC"],
        commands: &["curl -o photo.jpg '@V@'", "curl -T dump.sql \"@V@\""],
        tells_itself: true,
        ..BLANK
    },
    // The rest stand only in files of their own shape.
    Kind {
        id: "cloudflare-tunnel-credentials",
        mint: Mint::Text("{{base64:{{random:32}}}}"),
        ..BLANK
    },
    Kind {
        id: "cloudflare-tunnel-cert",
        also: &[
            "cloudflare-user-api-token",
            "cloudflare-account-api-token",
            "cloudflare-api-token-legacy",
            "cloudflare-origin-ca-key",
        ],
        mint: Mint::Made(keys::wrapped_credential),
        ..BLANK
    },
    Kind { id: "cloudflare-stream-live-input", mint: Mint::Text("{{hex:32}}k{{hex:32}}"), ..BLANK },
    Kind {
        id: "cloudflare-warp-license",
        also: &["cloudflare-warp-license-key"],
        mint: Mint::Text("{{alnum:8}}-{{alnum:8}}-{{alnum:8}}"),
        ..BLANK
    },
    Kind { id: "cloudflare-warp-account", also: &[], mint: Mint::Text("{{uuid}}"), ..BLANK },
    Kind {
        id: "cloudflare-temporary-account",
        also: &["cloudflare-api-token-legacy"],
        mint: Mint::Made(keys::legacy_token),
        ..BLANK
    },
    Kind { id: "cloudflare-scim-secret", mint: Mint::Text("{{b64url:40}}"), ..BLANK },
    Kind { id: "cloudflare-oauth-client-secret", mint: Mint::Text("{{b64url:43}}"), ..BLANK },
    Kind {
        id: "cloudflare-origin-private-key",
        also: &["cloudflare-private-key"],
        mint: Mint::Made(keys::private_key),
        ..BLANK
    },
    Kind {
        id: "cloudflare-notification-webhook-secret",
        also: &["cloudflare-webhook-secret"],
        // Of people's choosing. One in some thousands of 24 looks like words run together.
        mint: Mint::Text("{{alnum:32}}"),
        ..BLANK
    },
];

impl Kind {
    /// The kind whose rule has this id.
    pub(crate) fn of(id: &str) -> &'static Kind {
        KINDS.iter().find(|kind| kind.id == id).unwrap_or_else(|| panic!("no kind {id}"))
    }

    pub(crate) fn mint(&self, random: &mut Random) -> String {
        match self.mint {
            Mint::Text(template) => random.fill(template),
            Mint::Made(make) => make(random),
        }
    }

    /// Whether a rule's finding counts as this kind.
    pub(crate) fn is_named(&self, rule: &str) -> bool {
        self.id == rule
            || self.also.iter().any(|also| match also.strip_suffix('*') {
                Some(start) => rule.starts_with(start),
                None => *also == rule,
            })
    }
}

/// Whether the kind has a checksum that tells a mangled one.
pub(crate) fn has_checksum(id: &str) -> bool {
    matches!(
        id,
        "cloudflare-user-api-token" | "cloudflare-account-api-token" | "cloudflare-global-api-key"
    )
}

/// The same token with one digit of its checksum changed.
pub(crate) fn with_wrong_checksum(token: &str) -> String {
    let last = if token.ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &token[..token.len() - 1])
}
