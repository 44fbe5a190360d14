//! Files of tools that hold tokens and keys: each in the shape its tool writes or reads.
//!
//! A path and a text, both templates as in rules' examples, with `@V@` where the secret stands
//! (`@B@`: in base64; `@W@`: where a directive encodes it with what stands round it).

/// One file of a tool.
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    /// The kinds it may hold.
    pub(crate) kinds: &'static [&'static str],
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
}

pub(crate) const fn of(
    name: &'static str,
    kinds: &'static [&'static str],
    path: &'static str,
    text: &'static str,
) -> Tool {
    Tool { name, kinds, path, text }
}

pub(crate) const TOKEN: &[&str] =
    &["cloudflare-user-api-token", "cloudflare-account-api-token", "cloudflare-api-token-legacy"];
const KEY: &[&str] = &["cloudflare-global-api-key", "cloudflare-global-api-key-legacy"];
const CA_KEY: &[&str] = &["cloudflare-origin-ca-key"];
const TURNSTILE: &[&str] = &["cloudflare-turnstile-secret"];

pub(crate) const TOOLS: &[Tool] = &[
    // Certificates and DNS.
    of(
        "certbot, token",
        TOKEN,
        "cloudflare.ini",
        "# Cloudflare API token used by Certbot\ndns_cloudflare_api_token = @V@\n",
    ),
    of(
        "certbot, key",
        KEY,
        "certbot/cloudflare.ini",
        "# Cloudflare API credentials used by Certbot\ndns_cloudflare_email = {{email}}\ndns_cloudflare_api_key = @V@\n",
    ),
    of(
        "acme.sh, token",
        TOKEN,
        ".acme.sh/account.conf",
        "LOG_LEVEL=1\nSAVED_CF_Token='@V@'\nSAVED_CF_Account_ID='{{hex:32}}'\nUSER_PATH='/usr/bin'\n",
    ),
    of(
        "acme.sh, key",
        KEY,
        ".acme.sh/account.conf",
        "ACCOUNT_EMAIL='{{email}}'\nSAVED_CF_Key='@V@'\nSAVED_CF_Email='{{email}}'\n",
    ),
    of(
        "acme.sh, shell",
        TOKEN,
        "issue.sh",
        "export CF_Token=\"@V@\"\nexport CF_Zone_ID=\"{{hex:32}}\"\nacme.sh --issue --dns dns_cf -d {{domain}}\n",
    ),
    of(
        "lego",
        KEY,
        "renew.sh",
        "CF_API_EMAIL={{email}} \\\nCF_API_KEY=@V@ \\\nlego --dns cloudflare --domains {{domain}} run\n",
    ),
    of(
        "Traefik compose",
        TOKEN,
        "docker-compose.yml",
        "services:\n  traefik:\n    image: traefik:v3.5\n    environment:\n      - CF_DNS_API_TOKEN=@V@\n    command:\n      - --certificatesresolvers.le.acme.dnschallenge.provider=cloudflare\n",
    ),
    of(
        "Traefik compose, key",
        KEY,
        "traefik.yml",
        "services:\n  traefik:\n    image: traefik:v2.11\n    environment:\n      CF_API_EMAIL: {{email}}\n      CF_API_KEY: @V@\n",
    ),
    of(
        "Caddyfile",
        TOKEN,
        "Caddyfile",
        "{{domain}} {\n\ttls {\n\t\tdns cloudflare @V@\n\t}\n\treverse_proxy app:8080\n}\n",
    ),
    of(
        "Caddyfile, block",
        TOKEN,
        "Caddyfile",
        "{\n\tacme_dns cloudflare {\n\t\tzone_token @V@\n\t}\n}\n",
    ),
    of(
        "Caddyfile, api_token",
        TOKEN,
        "caddy/Caddyfile",
        "tls {\n\tdns cloudflare {\n\t\tapi_token @V@\n\t}\n}\n",
    ),
    of(
        "Caddy JSON",
        TOKEN,
        "caddy.json",
        "{\"challenges\": {\"dns\": {\"provider\": {\"name\": \"cloudflare\", \"api_token\": \"@V@\"}}}}\n",
    ),
    of(
        "cert-manager",
        TOKEN,
        "cloudflare-secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cloudflare-api-token-secret\ntype: Opaque\nstringData:\n  api-token: @V@\n",
    ),
    of(
        "cert-manager, data",
        TOKEN,
        "issuer.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cloudflare-api-token\n  namespace: cert-manager\ndata:\n  api-token: @B@\n---\napiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nspec:\n  acme:\n    solvers:\n      - dns01:\n          cloudflare:\n            apiTokenSecretRef:\n              name: cloudflare-api-token\n              key: api-token\n",
    ),
    of(
        "cert-manager, key",
        KEY,
        "cloudflare-key.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cloudflare-api-key-secret\nstringData:\n  api-key: @V@\n---\nkind: Issuer\nspec:\n  acme:\n    solvers:\n    - dns01:\n        cloudflare:\n          email: {{email}}\n          apiKeySecretRef: {name: cloudflare-api-key-secret, key: api-key}\n",
    ),
    of(
        "external-dns",
        TOKEN,
        "values.yaml",
        "provider:\n  name: cloudflare\nenv:\n  - name: CF_API_TOKEN\n    value: @V@\ndomainFilters: [{{domain}}]\n",
    ),
    of(
        "external-dns, Bitnami",
        TOKEN,
        "external-dns.yaml",
        "provider: cloudflare\ncloudflare:\n  apiToken: \"@V@\"\n  proxied: true\n",
    ),
    of(
        "external-dns, Bitnami key",
        KEY,
        "external-dns.yaml",
        "provider: cloudflare\ncloudflare:\n  apiKey: \"@V@\"\n  email: \"{{email}}\"\n",
    ),
    of(
        "origin-ca-issuer",
        CA_KEY,
        "service-key.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: service-key\nstringData:\n  key: @V@\n",
    ),
    of(
        "ddclient, token",
        TOKEN,
        "ddclient.conf",
        "use=web\nprotocol=cloudflare, \\\nzone={{domain}}, \\\nttl=1, \\\nlogin=token, \\\npassword=@V@ \\\nhome.{{domain}}\n",
    ),
    of(
        "ddclient, key",
        KEY,
        "etc/ddclient.conf",
        "protocol=cloudflare\nzone={{domain}}\nlogin={{email}}\npassword='@V@'\nwww.{{domain}}\n",
    ),
    of(
        "fail2ban, action",
        KEY,
        "action.d/cloudflare.conf",
        "[Definition]\nactionban = curl -s https://api.cloudflare.com/client/v4/user/firewall/access_rules/rules\n[Init]\ncfuser = {{email}}\ncftoken = @V@\n",
    ),
    of(
        "fail2ban, jail",
        KEY,
        "jail.local",
        "[nginx-http-auth]\nenabled = true\naction = cloudflare[cfuser=\"{{email}}\", cftoken=\"@V@\"]\ncfemail = {{email}}\n",
    ),
    of(
        "fail2ban, cfapikey",
        KEY,
        "jail.d/web.conf",
        "[DEFAULT]\ncfemail = {{email}}\ncfapikey = @V@\n",
    ),
    of(
        "fail2ban, token",
        TOKEN,
        "action.d/cloudflare-token.conf",
        "[Init]\ncftoken = @V@\ncfzone = {{hex:32}}\n",
    ),
    of(
        "DNSControl, token",
        TOKEN,
        "creds.json",
        "{\n  \"cloudflare\": {\n    \"TYPE\": \"CLOUDFLAREAPI\",\n    \"accountid\": \"{{hex:32}}\",\n    \"apitoken\": \"@V@\"\n  }\n}\n",
    ),
    of(
        "DNSControl, key",
        KEY,
        "creds.json",
        "{\"cloudflare\": {\"TYPE\": \"CLOUDFLAREAPI\", \"apikey\": \"@V@\", \"apiuser\": \"{{email}}\"}}\n",
    ),
    of(
        "ddns-updater, token",
        TOKEN,
        "data/config.json",
        "{\"settings\": [{\"provider\": \"cloudflare\", \"zone_identifier\": \"{{hex:32}}\", \"domain\": \"{{domain}}\", \"ttl\": 600, \"token\": \"@V@\", \"ip_version\": \"ipv4\"}]}\n",
    ),
    of(
        "ddns-updater, key",
        KEY,
        "data/config.json",
        "{\n  \"settings\": [\n    {\n      \"provider\": \"cloudflare\",\n      \"zone_identifier\": \"{{hex:32}}\",\n      \"email\": \"{{email}}\",\n      \"key\": \"@V@\"\n    }\n  ]\n}\n",
    ),
    of(
        "ddns-updater, service key",
        CA_KEY,
        "data/config.json",
        "{\"settings\": [{\"provider\": \"cloudflare\", \"user_service_key\": \"@V@\"}]}\n",
    ),
    of(
        "cloudflare-ddns, token",
        TOKEN,
        "config.json",
        "{\n  \"cloudflare\": [\n    {\n      \"authentication\": {\n        \"api_token\": \"@V@\",\n        \"api_key\": {\"api_key\": \"api_key_here\", \"account_email\": \"your_email_here\"}\n      },\n      \"zone_id\": \"{{hex:32}}\"\n    }\n  ]\n}\n",
    ),
    of(
        "cloudflare-ddns, key",
        KEY,
        "config.json",
        "{\"cloudflare\": [{\"authentication\": {\"api_key\": {\"api_key\": \"@V@\", \"account_email\": \"{{email}}\"}}, \"zone_id\": \"{{hex:32}}\"}]}\n",
    ),
    of(
        "DDNS script, global",
        KEY,
        "cloudflare-template.sh",
        "#!/bin/bash\nauth_email=\"{{email}}\"  # The email used to login 'https://dash.cloudflare.com'\nauth_method=\"global\"  # Set to \"global\" for Global API Key or \"token\" for Scoped API Token\nauth_key=\"@V@\"  # Your API Token or Global API Key\nzone_identifier=\"{{hex:32}}\"\n",
    ),
    of(
        "DDNS script, token",
        TOKEN,
        "cloudflare.sh",
        "auth_email=\"{{email}}\"\nauth_method=\"token\"\nauth_key=\"@V@\"\nzone_identifier=\"{{hex:32}}\"\n# https://api.cloudflare.com/client/v4/zones\n",
    ),
    of(
        "octoDNS",
        TOKEN,
        "octodns.yaml",
        "providers:\n  cloudflare:\n    class: octodns_cloudflare.CloudflareProvider\n    token: @V@\n",
    ),
    of(
        "octoDNS, key",
        KEY,
        "config/production.yaml",
        "providers:\n  cloudflare:\n    class: octodns_cloudflare.CloudflareProvider\n    email: {{email}}\n    token: @V@\n",
    ),
    of(
        "Ansible task",
        TOKEN,
        "dns.yml",
        "- name: record\n  community.general.cloudflare_dns:\n    zone: {{domain}}\n    record: www\n    type: A\n    value: 192.0.2.7\n    api_token: @V@\n",
    ),
    of(
        "Ansible task, key",
        KEY,
        "roles/dns/tasks/main.yml",
        "- community.general.cloudflare_dns:\n    zone: {{domain}}\n    account_email: {{email}}\n    account_api_key: @V@\n",
    ),
    of("Proxmox ACME", TOKEN, "plugins.cfg", "dns: cloudflare\n\tapi cf\n\tdata CF_Token=@V@\n"),
    of(
        "Terraform provider",
        TOKEN,
        "providers.tf",
        "provider \"cloudflare\" {\n  api_token = \"@V@\"\n}\n",
    ),
    of(
        "Terraform provider, key",
        KEY,
        "main.tf",
        "provider \"cloudflare\" {\n  email   = \"{{email}}\"\n  api_key = \"@V@\"\n}\n",
    ),
    of(
        "Terraform provider, CA key",
        CA_KEY,
        "main.tf",
        "provider \"cloudflare\" {\n  api_user_service_key = \"@V@\"\n}\n",
    ),
    of(
        "Pulumi config",
        TOKEN,
        "Pulumi.dev.yaml",
        "config:\n  cloudflare:apiToken: @V@\n  cloudflare:accountId: {{hex:32}}\n",
    ),
    of(
        "Pulumi code",
        TOKEN,
        "index.ts",
        "const provider = new cloudflare.Provider(\"cf\", { apiToken: \"@V@\" });\n",
    ),
    of(
        "wrangler-action",
        TOKEN,
        ".github/workflows/deploy.yml",
        "steps:\n  - uses: cloudflare/wrangler-action@{{hex:40}}\n    with:\n      apiToken: @V@\n      accountId: {{hex:32}}\n",
    ),
    of(
        "wrangler-action, key",
        KEY,
        ".github/workflows/deploy.yml",
        "steps:\n  - uses: cloudflare/wrangler-action@v1\n    with:\n      apiKey: '@V@'\n      email: {{email}}\n",
    ),
    of(
        "SDK, TypeScript",
        TOKEN,
        "src/dns.ts",
        "import Cloudflare from 'cloudflare';\n\nconst client = new Cloudflare({\n  apiToken: '@V@',\n});\n",
    ),
    of(
        "SDK, TypeScript key",
        KEY,
        "src/zones.ts",
        "import Cloudflare from 'cloudflare';\nconst client = new Cloudflare({ apiEmail: '{{email}}', apiKey: '@V@' });\n",
    ),
    of(
        "SDK, Go",
        TOKEN,
        "cmd/main.go",
        "package main\n\nimport \"github.com/cloudflare/cloudflare-go\"\n\nfunc main() {\n\tapi, err := cloudflare.NewWithAPIToken(\"@V@\")\n}\n",
    ),
    of(
        "SDK, Go key",
        KEY,
        "main.go",
        "import \"github.com/cloudflare/cloudflare-go\"\n\napi, err := cloudflare.New(\"@V@\", \"{{email}}\")\n",
    ),
    of(
        "SDK, Python",
        TOKEN,
        "zones.py",
        "from cloudflare import Cloudflare\n\nclient = Cloudflare(api_token=\"@V@\")\n",
    ),
    of(
        "SDK, Python key",
        KEY,
        "zones.py",
        "import CloudFlare\ncf = CloudFlare.CloudFlare(email='{{email}}', key='@V@')\n",
    ),
    of(
        "WordPress dump",
        KEY,
        "wordpress.sql",
        "INSERT INTO `wp_options` VALUES (311,'cloudflare_api_email','{{email}}','yes'),(312,'cloudflare_api_key','@V@','yes'),(313,'siteurl','https://{{domain}}','yes');\n",
    ),
    of(
        "WordPress dump, Turnstile",
        TURNSTILE,
        "wp.sql",
        "INSERT INTO `wp_options` VALUES (9,'cfturnstile_key','0x4AAAAAA{{b64url:15}}','yes'),(10,'cfturnstile_secret','@V@','yes');\n",
    ),
    of(
        "SMTP",
        TOKEN,
        "mail.php",
        "<?php\n$mail->Host = 'smtp.mx.cloudflare.net';\n$mail->Port = 465;\n$mail->Username = 'api_token';\n$mail->Password = '@V@';\n",
    ),
    of(
        "SMTP, env",
        TOKEN,
        ".env",
        "SMTP_HOST=smtp.mx.cloudflare.net\nSMTP_PORT=465\nSMTP_USER=api_token\nSMTP_PASS=@V@\n",
    ),
    of("netrc", TOKEN, ".netrc", "machine api.cloudflare.com\n  login token\n  password @V@\n"),
    of(
        "AI Gateway",
        TOKEN,
        "ai.ts",
        "await fetch('https://gateway.ai.cloudflare.com/v1/{{hex:32}}/main/openai/chat/completions', {\n  headers: { 'cf-aig-authorization': 'Bearer @V@' },\n});\n",
    ),
    of(
        "v1 form",
        KEY,
        "old.php",
        "<?php file_get_contents('https://www.cloudflare.com/api_json.html?a=rec_load_all&tkn=@V@&email={{email}}&z={{domain}}');\n",
    ),
];
