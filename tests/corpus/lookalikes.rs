//! What looks like a credential and is none: public identifiers under their real names, digests,
//! references to secrets kept elsewhere, placeholders, published samples, other vendors' values.

/// A path, and a template.
pub(crate) struct Lookalike {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
}

const fn of(name: &'static str, path: &'static str, text: &'static str) -> Lookalike {
    Lookalike { name, path, text }
}

pub(crate) const FILES: &[Lookalike] = &[
    of(
        "action pins",
        ".github/workflows/ci.yml",
        "steps:\n  - uses: cloudflare/wrangler-action@{{hex:40}} # v3.14.1\n    with:\n      apiToken: ${{open}} secrets.CLOUDFLARE_API_TOKEN {{close}}\n      accountId: {{hex:32}}\n  - uses: cloudflare/pages-action@{{hex:40}}\n",
    ),
    of(
        "lock file, npm",
        "package-lock.json",
        "{\"packages\": {\"node_modules/cloudflare\": {\"version\": \"4.5.0\", \"resolved\": \"https://registry.npmjs.org/cloudflare/-/cloudflare-4.5.0.tgz\", \"integrity\": \"sha512-{{base64:{{random:64}}}}\"}}}\n",
    ),
    of(
        "lock file, cargo",
        "Cargo.lock",
        "[[package]]\nname = \"cloudflare\"\nversion = \"0.14.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{{hex:64}}\"\n",
    ),
    of(
        "lock file, go",
        "go.sum",
        "github.com/cloudflare/cloudflare-go v0.116.0 h1:{{base64:{{random:32}}}}\ngithub.com/cloudflare/cloudflare-go v0.116.0/go.mod h1:{{base64:{{random:32}}}}\n",
    ),
    of(
        "lock file, terraform",
        ".terraform.lock.hcl",
        "provider \"registry.terraform.io/cloudflare/cloudflare\" {\n  version = \"5.11.0\"\n  hashes = [\n    \"h1:{{base64:{{random:32}}}}\",\n    \"zh:{{hex:64}}\",\n    \"zh:{{hex:64}}\",\n  ]\n}\n",
    ),
    of(
        "lock file, python",
        "requirements.txt",
        "cloudflare==4.3.1 \\\n    --hash=sha256:{{hex:64}} \\\n    --hash=sha256:{{hex:64}}\n",
    ),
    of(
        "lock file, poetry",
        "poetry.lock",
        "[[package]]\nname = \"cloudflare\"\nfiles = [\n    {file = \"cloudflare-4.3.1.tar.gz\", hash = \"sha256:{{hex:64}}\"},\n]\n",
    ),
    of(
        "nix hash",
        "default.nix",
        "src = fetchFromGitHub {\n  owner = \"cloudflare\";\n  repo = \"cloudflared\";\n  rev = \"{{hex:40}}\";\n  hash = \"sha256-{{base64:{{random:32}}}}\";\n};\n",
    ),
    of(
        "docker digests",
        "Dockerfile",
        "FROM cloudflare/cloudflared:2026.1.0@sha256:{{hex:64}}\nLABEL org.opencontainers.image.revision={{hex:40}}\n",
    ),
    of(
        "git log",
        "log.txt",
        "commit {{hex:40}}\nAuthor: Anna <{{email}}>\n\n    cloudflare: rotate the API token\n\ncommit {{hex:40}}\n    CF_API_KEY is read from the vault now\n",
    ),
    of(
        "git log, one line",
        "CHANGES",
        "{{hex:40}} cloudflare_api_key: never log it\n{{hex:40}} update cloudflare api token docs\n",
    ),
    of(
        "submodule",
        "diff.txt",
        "-Subproject commit {{hex:40}}\n+Subproject commit {{hex:40}}\nindex {{hex:7}}..{{hex:7}} cloudflare-api\n",
    ),
    of(
        "ETag and Ray",
        "headers.txt",
        "cf-ray: {{hex:16}}-FRA\netag: \"{{hex:32}}\"\nset-cookie: __cf_bm={{b64url:43}}-1767225600-1.0.1.1-{{b64url:86}}; path=/\nset-cookie: _cfuvid={{b64url:43}}-1767225600123-0.0.1.1-604800000\n",
    ),
    of(
        "visitor's cookie",
        "curl.txt",
        "curl 'https://{{domain}}/' -H 'cookie: cf_clearance={{b64url:43}}-1767225600-1.2.1.1-{{b64url:120}}'\n",
    ),
    of(
        "AUD tags",
        "access.ts",
        "export const POLICY_AUD = '{{hex:64}}';\nconst CERTS = 'https://{{lower:8}}.cloudflareaccess.com/cdn-cgi/access/certs';\n",
    ),
    of(
        "Access CA",
        "answer.json",
        "{\"result\": {\"id\": \"{{hex:48}}\", \"aud\": \"{{hex:64}}\", \"public_key\": \"ecdsa-sha2-nistp256 {{base64:{{random:100}}}} open-ssh-ca@cloudflareaccess.org\"}, \"success\": true}\n",
    ),
    of(
        "Access JWKS",
        "certs.json",
        "{\"keys\":[{\"kid\":\"{{hex:64}}\",\"kty\":\"RSA\",\"alg\":\"RS256\",\"use\":\"sig\",\"e\":\"AQAB\",\"n\":\"{{b64url:342}}\"}],\"public_cert\":{\"kid\":\"{{hex:64}}\"}}\n",
    ),
    of(
        "site keys",
        "login.html",
        "<div class=\"cf-turnstile\" data-sitekey=\"0x4AAAAAA{{b64url:15}}\"></div>\n<script src=\"https://challenges.cloudflare.com/turnstile/v0/api.js\" async></script>\n",
    ),
    of(
        "Turnstile test keys",
        ".env.test",
        "TURNSTILE_SITE_KEY=1x00000000000000000000AA\nTURNSTILE_SECRET_KEY=1x0000000000000000000000000000000AA\nTURNSTILE_SECRET=2x0000000000000000000000000000000AA\n",
    ),
    of(
        "hCaptcha and reCAPTCHA",
        ".env",
        "HCAPTCHA_SECRET=0x{{hex:40}}\nRECAPTCHA_SECRET=6L{{b64url:38}}\n",
    ),
    of(
        "Ethereum",
        "contracts.ts",
        "const token = '0x{{hex:40}}';\nconst key = '0x4{{hex:63}}';\nconst topic = '0x4{{hex:39}}';\n",
    ),
    of(
        "web analytics",
        "index.html",
        "<script defer src='https://static.cloudflareinsights.com/beacon.min.js' data-cf-beacon='{\"token\": \"{{hex:32}}\"}'></script>\n",
    ),
    of(
        "image delivery",
        "gallery.html",
        "<img src=\"https://imagedelivery.net/{{b64url:22}}/{{uuid}}/public\">\n<iframe src=\"https://customer-{{lower:10}}.cloudflarestream.com/{{hex:32}}/iframe\"></iframe>\n",
    ),
    of(
        "Stream playback",
        "play.js",
        "const uid = '{{hex:32}}';\nconst url = 'https://customer-{{lower:10}}.cloudflarestream.com/{{hex:32}}/manifest/video.m3u8';\nconst whep = 'https://customer-{{lower:10}}.cloudflarestream.com/{{hex:32}}/webRTC/play';\n",
    ),
    of(
        "wrangler ids",
        "wrangler.toml",
        "name = \"api\"\naccount_id = \"{{hex:32}}\"\nzone_id = \"{{hex:32}}\"\nkv_namespaces = [{ binding = \"KV\", id = \"{{hex:32}}\", preview_id = \"{{hex:32}}\" }]\n\n[[d1_databases]]\nbinding = \"DB\"\ndatabase_id = \"{{uuid}}\"\n\n[[hyperdrive]]\nbinding = \"H\"\nid = \"{{hex:32}}\"\nlocalConnectionString = \"postgres://user:password@localhost:5432/db\"\n",
    ),
    of(
        "wrangler ids, jsonc",
        "wrangler.jsonc",
        "{\n  \"account_id\": \"{{hex:32}}\", // main\n  \"kv_namespaces\": [{\"binding\": \"TOKENS\", \"id\": \"{{hex:32}}\"}],\n  \"vars\": {\"POLICY_AUD\": \"{{hex:64}}\", \"CF_ACCOUNT_ID\": \"{{hex:32}}\"}\n}\n",
    ),
    of(
        "tunnel config",
        "config.yml",
        "tunnel: {{uuid}}\ncredentials-file: /etc/cloudflared/{{uuid}}.json\ningress:\n  - hostname: {{domain}}\n    service: http://localhost:8000\n    originRequest:\n      access:\n        required: true\n        audTag:\n          - {{hex:64}}\n",
    ),
    of(
        "Terraform ids",
        "main.tf",
        "resource \"cloudflare_record\" \"www\" {\n  zone_id = \"{{hex:32}}\"\n}\nimport {\n  to = cloudflare_ruleset.waf\n  id = \"zone/{{hex:32}}/{{hex:32}}\"\n}\nprovider \"cloudflare\" {\n  api_token = var.cloudflare_api_token\n}\n",
    ),
    of(
        "Terraform long names",
        "outputs.tf",
        "output \"cloudflare_zero_trust_tunnel_cloudflared_token\" {\n  value     = data.cloudflare_zero_trust_tunnel_cloudflared_token.main_production_tunnel.token\n  sensitive = true\n}\nlocals {\n  api_token = module.cloudflare_account_token_for_dns_records_v2\n}\n",
    ),
    of(
        "Terraform state, public",
        "terraform.tfstate",
        "{\n  \"version\": 4,\n  \"terraform_version\": \"1.9.8\",\n  \"resources\": [{\"mode\": \"managed\", \"type\": \"cloudflare_zone\", \"name\": \"main\", \"provider\": \"provider[\\\"registry.terraform.io/cloudflare/cloudflare\\\"]\", \"instances\": [{\"attributes\": {\"id\": \"{{hex:32}}\", \"account_id\": \"{{hex:32}}\", \"zone\": \"{{domain}}\", \"verification_key\": \"284344499-1073087215\"}}]}]\n}\n",
    ),
    of(
        "Terraform plan, unknown",
        "plan.json",
        "{\"format_version\":\"1.2\",\"planned_values\":{\"root_module\":{\"resources\":[{\"address\":\"cloudflare_api_token.ci\",\"type\":\"cloudflare_api_token\",\"values\":{\"name\":\"ci\",\"value\":null},\"sensitive_values\":{\"value\":true} } ] } } }\n",
    ),
    of(
        "page rules and policies",
        "policies.json",
        "{\"policies\": [{\"id\": \"{{hex:32}}\", \"permission_groups\": [{\"id\": \"{{hex:32}}\", \"name\": \"API Tokens Write\"}], \"resources\": {\"com.cloudflare.api.account.{{hex:32}}\": \"*\"}}]}\n",
    ),
    of(
        "R2 key id alone",
        ".env",
        "R2_ACCOUNT_ID={{hex:32}}\nR2_ACCESS_KEY_ID={{hex:32}}\nR2_BUCKET=photos\nR2_ENDPOINT=https://{{hex:32}}.r2.cloudflarestorage.com\nR2_SECRET_ACCESS_KEY=\n",
    ),
    of(
        "R2 objects",
        "manifest.txt",
        "https://{{hex:32}}.r2.cloudflarestorage.com/backup/{{hex:64}}\nsha256:{{hex:64}}  backup.tar\n",
    ),
    of(
        "presigned address of S3",
        "links.txt",
        "https://{{lower:8}}.s3.eu-west-1.amazonaws.com/{{lower:6}}.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA{{digits:8}}QXZLMNBV%2F20990101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20990101T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature={{hex:64}}\n# was https://{{hex:32}}.r2.cloudflarestorage.com/{{lower:6}}.jpg\n",
    ),
    of(
        "AWS keys",
        "credentials",
        "[default]\naws_access_key_id = AKIA{{digits:4}}QXZLMNBV{{digits:4}}\naws_secret_access_key = {{alnum:19}}/{{alnum:20}}\n# cloudflare fronts this bucket\n",
    ),
    of(
        "AWS beside R2",
        "storage.env",
        "AWS_ACCESS_KEY_ID=AKIA{{digits:8}}QXZLMNBV\nAWS_SECRET_ACCESS_KEY={{alnum:40}}\nBACKUP_ENDPOINT=https://{{hex:32}}.r2.cloudflarestorage.com\n",
    ),
    of(
        "other vendors",
        ".env",
        "STRIPE_WEBHOOK_SECRET=whsec_{{alnum:32}}\nSENTRY_AUTH_TOKEN={{hex:64}}\nDATADOG_API_KEY={{hex:32}}\nDATADOG_APP_KEY={{hex:40}}\nHEROKU_API_KEY={{uuid}}\nCASHFREE_SECRET=cfsk_ma_prod_{{hex:32}}_{{hex:8}}\n",
    ),
    of(
        "JWT of others",
        "session.json",
        "{\"token\": \"{{jwt:{\"alg\":\"RS256\",\"kid\":\"{{hex:40}}\"}:{\"iss\":\"https://accounts.google.com\",\"aud\":\"cloudflare\",\"exp\":4102444800}}}\"}\n",
    ),
    of(
        "other JSON in base64",
        "grafana.txt",
        "key: {{base64:{\"a\":\"grafana\",\"k\":\"{{alnum:40}}\",\"n\":\"cloudflare\",\"id\":1,\"t\":\"x\",\"s\":\"short\"}}}\n",
    ),
    of(
        "C identifiers",
        "fs.c",
        "static int cfut_dir_open_by_name_or_handle_of_parent(struct cfut_dir *cfut_dir);\n#define CFAT_ENTRY_SIZE_OF_EXTENDED_DIRECTORY_RECORD 32\nint cfast_mode_is_supported_by_the_controller_of_slot_two = OCFAST_MODE;\ncall cfort_(x, y)\n",
    ),
    of(
        "long identifiers",
        "client.go",
        "func (api *API) cloudflareApiTokenPermissionGroupsListV2All() {}\nvar cloudflare_api_token = readSecretFromTheVaultOfTheProduction1()\nconst CF_API_TOKEN_ENV = \"CLOUDFLARE_API_TOKEN_FOR_DNS_RECORDS_V2\"\n",
    ),
    of(
        "class hashes",
        "styles.css",
        ".cloudflare-token_{{alnum:40}} { color: red }\n._{{b64url:40}} { margin: 0 }\n",
    ),
    of(
        "versions",
        "CHANGELOG.md",
        "## v1.0-{{hex:40}}\n- cloudflared v1.0-beta.20260101\n- image app:v1.0-{{hex:24}}\n",
    ),
    of(
        "public certificate",
        "cert.txt",
        "-----BEGIN CERTIFICATE-----\n{{wrap:64:{{base64:{{random:900}}}}}}\n-----END CERTIFICATE-----\n-----BEGIN PUBLIC KEY-----\n{{wrap:64:{{base64:{{random:294}}}}}}\n-----END PUBLIC KEY-----\n",
    ),
    of(
        "image in base64",
        "logo.svg",
        "<image href=\"data:image/png;base64,{{base64:{{random:3000}}}}\"/>\n",
    ),
    of(
        "SRI",
        "head.html",
        "<script src=\"https://cdnjs.cloudflare.com/ajax/libs/jquery/3.7.1/jquery.min.js\" integrity=\"sha512-{{base64:{{random:64}}}}\" crossorigin=\"anonymous\"></script>\n",
    ),
    of(
        "SOPS",
        "secrets.enc.yaml",
        "CLOUDFLARE_API_TOKEN: ENC[AES256_GCM,data:{{base64:{{random:40}}}},iv:{{base64:{{random:32}}}},tag:{{base64:{{random:16}}}},type:str]\nCF_API_KEY: ENC[AES256_GCM,data:{{base64:{{random:37}}}},iv:{{base64:{{random:32}}}},tag:{{base64:{{random:16}}}},type:str]\n",
    ),
    of(
        "Ansible vault",
        "vault.yml",
        "cloudflare_api_token: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {{hex:80}}\n  {{hex:80}}\n  {{hex:64}}\ncf_api_key: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  {{hex:80}}\n  {{hex:40}}\n",
    ),
    of(
        "sealed secret",
        "sealed.yaml",
        "kind: SealedSecret\nspec:\n  encryptedData:\n    CLOUDFLARE_API_TOKEN: AgB{{base64:{{random:500}}}}\n    api-token: AgA{{base64:{{random:480}}}}\n",
    ),
    of(
        "Pulumi secure",
        "Pulumi.prod.yaml",
        "encryptionsalt: v1:{{base64:{{random:8}}}}:v1:{{base64:{{random:12}}}}:{{base64:{{random:24}}}}\nconfig:\n  cloudflare:apiToken:\n    secure: v1:{{base64:{{random:12}}}}:{{base64:{{random:56}}}}\n",
    ),
    of(
        "wrangler, encrypted",
        "default.enc",
        "{\"v\":1,\"alg\":\"AES-256-GCM\",\"iv\":\"{{base64:{{random:12}}}}\",\"tag\":\"{{base64:{{random:16}}}}\",\"ciphertext\":\"{{base64:{{random:400}}}}\"}\n",
    ),
    of(
        "travis secure",
        ".travis.yml",
        "env:\n  global:\n    # CLOUDFLARE_API_KEY\n    - secure: \"{{base64:{{random:512}}}}\"\n",
    ),
    of(
        "files of secrets",
        "compose.yml",
        "environment:\n  CF_DNS_API_TOKEN_FILE: /run/secrets/cf_dns_api_token\n  TUNNEL_TOKEN_FILE: /run/secrets/tunnel\n  CF_API_KEY_FILE: /run/secrets/{{hex:40}}\n",
    ),
    of(
        "PHP constants",
        "Plugin.php",
        "<?php\nconst CLOUDFLARE_API_KEY = self::OPTION_NAME_OF_THE_CLOUDFLARE_KEY;\n$cloudflare_api_key = get_option('cloudflare_api_key_of_the_main_site_0001');\n",
    ),
    of(
        "hash of a token",
        "audit.log",
        "cloudflare token sha1={{hex:40}} sha256={{hex:64}} verified\n",
    ),
    of(
        "SDK samples",
        "api.test.ts",
        "const client = new Cloudflare({\n  apiEmail: 'user@example.com',\n  apiKey: '@KEY@',\n});\nawait client.zones.get({ zone_id: '@ZONE@' });\n",
    ),
    of(
        "SDK sample token",
        "README.md",
        "```sh\ncurl https://api.cloudflare.com/client/v4/zones/@ZONE@ \\\n  -H \"Authorization: Bearer @TOKEN@\"\nexport CLOUDFLARE_API_TOKEN=@TOKEN2@\n```\n",
    ),
    of(
        "certbot sample",
        "docs.rst",
        "dns_cloudflare_email = cloudflare@example.com\ndns_cloudflare_api_key = @HEX37@\ndns_cloudflare_api_token = @HEX40@\n",
    ),
    of(
        "tunnel sample",
        "tunnel.json",
        "{\"AccountTag\": \"@ZONE@\", \"TunnelSecret\": \"@SECRET@\", \"TunnelID\": \"f70ff985-a4ef-4643-bbbc-4a0ed4fc8415\"}\n",
    ),
    of(
        "repeated samples",
        "test.env",
        "CF_API_TOKEN=cfut_@A40@@CRC@\nCF_API_KEY=@A40@\nCLOUDFLARE_API_TOKEN=@A40@\n",
    ),
    of(
        "UUIDs",
        "ids.json",
        "{\"tunnel_id\": \"{{uuid}}\", \"access_app\": \"{{uuid}}\", \"d1\": \"{{uuid}}\", \"cloudflare_oauth_client_id\": \"{{uuid}}\", \"license\": \"{{uuid}}\"}\n",
    ),
    of(
        "checksums of releases",
        "SHA256SUMS",
        "{{hex:64}}  cloudflared-linux-amd64\n{{hex:64}}  cloudflared-darwin-arm64.tgz\n{{hex:40}}  warp.pkg\n",
    ),
    of(
        "cache keys",
        "build.log",
        "cache key: cloudflare-{{hex:64}}\nUploading worker bundle {{hex:32}} (etag {{hex:64}})\nCurrent Version ID: {{uuid}}\n",
    ),
    of(
        "minified script",
        "app.min.js",
        "!function(e,t){var n=\"{{alnum:40}}\",r=\"{{hex:64}}\";e.cloudflare=t(n,r)}(this,function(e,t){return{api_token:e,key:t}});\n",
    ),
    of("Origin certificate alone", "origin.pem", "@CERT@\n"),
];

/// Settings that are public, under the names people give them.
pub(crate) const PUBLIC: &[(&str, &str)] = &[
    ("CLOUDFLARE_ACCOUNT_ID", "{{hex:32}}"),
    ("CF_ACCOUNT_ID", "{{hex:32}}"),
    ("CLOUDFLARE_ZONE_ID", "{{hex:32}}"),
    ("CF_ZONE_ID", "{{hex:32}}"),
    ("CF_Zone_ID", "{{hex:32}}"),
    ("CF_Account_ID", "{{hex:32}}"),
    ("CLOUDFLARE_KV_NAMESPACE_ID", "{{hex:32}}"),
    ("CLOUDFLARE_D1_DATABASE_ID", "{{uuid}}"),
    ("CLOUDFLARE_TUNNEL_ID", "{{uuid}}"),
    ("CF_API_TOKEN_ID", "{{hex:32}}"),
    ("CF_ACCESS_AUD", "{{hex:64}}"),
    ("CLOUDFLARE_ACCESS_AUD", "{{hex:64}}"),
    ("CF_ACCESS_CLIENT_ID", "{{hex:32}}.access"),
    ("CF_ACCESS_CA_ID", "{{hex:48}}"),
    ("CF_TEAM_DOMAIN", "https://{{lower:8}}.cloudflareaccess.com"),
    ("TURNSTILE_SITE_KEY", "0x4AAAAAA{{b64url:15}}"),
    ("CF_TURNSTILE_SITEKEY", "0x4AAAAAA{{b64url:15}}"),
    ("R2_ACCOUNT_ID", "{{hex:32}}"),
    ("R2_BUCKET_NAME", "{{lower:9}}"),
    ("CALLS_APP_ID", "{{hex:32}}"),
    ("TURN_KEY_ID", "{{hex:32}}"),
    ("CF_STREAM_KEY_ID", "{{hex:32}}"),
    ("CF_STREAM_CUSTOMER_CODE", "{{lower:16}}"),
    ("CF_IMAGES_ACCOUNT_HASH", "{{b64url:22}}"),
    ("CF_WEB_ANALYTICS_TOKEN", "{{hex:32}}"),
    ("CLOUDFLARED_SHA256", "{{hex:64}}"),
    ("CLOUDFLARED_COMMIT", "{{hex:40}}"),
    ("WRANGLER_ACTION_REF", "{{hex:40}}"),
    ("CF_PAGES_COMMIT_SHA", "{{hex:40}}"),
    ("CF_VERSION_METADATA_ID", "{{uuid}}"),
    ("CF_API_EMAIL", "{{email}}"),
    ("CLOUDFLARE_API_BASE_URL", "https://api.cloudflare.com/client/v4"),
    ("CF_API_TOKEN_FILE", "/run/secrets/cf_api_token"),
    ("CLOUDFLARE_HYPERDRIVE_ID", "{{hex:32}}"),
    ("CF_API_KEY_SHA1", "{{hex:40}}"),
    ("CLOUDFLARE_API_TOKEN_HASH", "{{hex:64}}"),
    ("CF_API_TOKEN_NAME", "deploy-token-for-the-production-zone-2026"),
    ("CF_API_TOKEN_EXPIRES", "2027-01-01T00:00:00Z"),
    ("R2_ACCESS_KEY_ID", "{{hex:32}}"),
    ("CF_RAY", "{{hex:16}}-FRA"),
    (
        "CLOUDFLARE_HYPERDRIVE_LOCAL_CONNECTION_STRING_DB",
        "postgres://user:password@localhost:5432/db",
    ),
];

/// Names of secrets, whose values are references or placeholders.
pub(crate) const SECRET_NAMES: &[&str] = &[
    "CLOUDFLARE_API_TOKEN",
    "CF_API_TOKEN",
    "CF_DNS_API_TOKEN",
    "CF_Token",
    "CLOUDFLARE_API_KEY",
    "CF_API_KEY",
    "CF_Key",
    "TUNNEL_TOKEN",
    "CF_ACCESS_CLIENT_SECRET",
    "R2_SECRET_ACCESS_KEY",
    "TURNSTILE_SECRET_KEY",
    "CLOUDFLARE_API_USER_SERVICE_KEY",
    "CF_IMAGES_KEY",
    "TURN_KEY_API_TOKEN",
];

/// What stands there instead of a secret.
pub(crate) const REFERENCES: &[&str] = &[
    "${CLOUDFLARE_API_TOKEN}",
    "$CF_API_TOKEN",
    "$(cat /run/secrets/cloudflare_api_token)",
    "${{open}} secrets.CLOUDFLARE_API_TOKEN_PRODUCTION {{close}}",
    "${{open}}secrets.CF_API_KEY{{close}}",
    "{{open}} vault_cloudflare_api_token_production {{close}}",
    "{{open}} .Values.cloudflare.apiToken | b64enc {{close}}",
    "process.env.CLOUDFLARE_API_TOKEN",
    "import.meta.env.VITE_CLOUDFLARE_TOKEN",
    "var.cloudflare_api_token",
    "data.vault_generic_secret.cloudflare.data.token",
    "env.CLOUDFLARE_API_TOKEN",
    "os.environ.CLOUDFLARE_API_TOKEN",
    "%CF_API_TOKEN%",
    "op://infrastructure/cloudflare/production/credential",
    "vault:secret/data/cloudflare#api_token",
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:cloudflare-Ab3dEf",
    "projects/1234567890/secrets/cloudflare-api-token/versions/latest",
    "ssm:/production/cloudflare/api_token",
    "<your-cloudflare-api-token>",
    "YOUR_CLOUDFLARE_API_TOKEN_HERE",
    "your_api_token_goes_here_from_the_dashboard",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "****************************************",
    "0000000000000000000000000000000000000",
    "0123456789abcdef0123456789abcdef01234567",
    "changeme",
    "REDACTED",
    "[redacted]",
    "<REDACTED>",
    "none",
    "null",
    "true",
    "abcdefghijklmnopqrstuvwxyz0123456789ABCD",
    "insert-your-cloudflare-global-api-key-here",
    "test",
    "dummy-token-for-the-unit-tests-of-dns-01",
];
