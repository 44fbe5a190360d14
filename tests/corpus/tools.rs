//! Files of tools: each in the shape its tool writes or reads, for the kinds that it keeps.
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

const fn of(
    name: &'static str,
    kinds: &'static [&'static str],
    path: &'static str,
    text: &'static str,
) -> Tool {
    Tool { name, kinds, path, text }
}

const TOKEN: &[&str] =
    &["cloudflare-user-api-token", "cloudflare-account-api-token", "cloudflare-api-token-legacy"];
const KEY: &[&str] = &["cloudflare-global-api-key", "cloudflare-global-api-key-legacy"];
const CA_KEY: &[&str] = &["cloudflare-origin-ca-key"];
const ACCESS: &[&str] =
    &["cloudflare-access-client-secret", "cloudflare-access-client-secret-legacy"];
const R2: &[&str] = &["cloudflare-r2-access-key"];
const TUNNEL: &[&str] = &["cloudflare-tunnel-token"];
const CREDENTIALS: &[&str] = &["cloudflare-tunnel-credentials"];
const REALTIME: &[&str] = &["cloudflare-realtime-secret"];
const LIVE: &[&str] = &["cloudflare-stream-live-input"];
const TURNSTILE: &[&str] = &["cloudflare-turnstile-secret"];
const OAUTH: &[&str] = &["cloudflare-oauth-access-token"];
const REFRESH: &[&str] = &["cloudflare-oauth-refresh-token"];
const OLD_OAUTH: &[&str] = &["cloudflare-oauth-token-legacy"];
const HYPERDRIVE: &[&str] = &["cloudflare-hyperdrive-connection"];

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
    // Tunnels.
    of(
        "credentials file",
        CREDENTIALS,
        ".cloudflared/{{id={{uuid}}}}.json",
        "{\"AccountTag\":\"{{hex:32}}\",\"TunnelSecret\":\"@V@\",\"TunnelID\":\"{{uuid}}\",\"Endpoint\":\"\"}",
    ),
    of(
        "credentials, pretty",
        CREDENTIALS,
        "tunnel/credentials.json",
        "{\n  \"AccountTag\": \"{{hex:32}}\",\n  \"TunnelID\": \"{{uuid}}\",\n  \"TunnelName\": \"{{lower:6}}\",\n  \"TunnelSecret\": \"@V@\"\n}\n",
    ),
    of(
        "credentials in a Secret",
        CREDENTIALS,
        "tunnel-secret.yaml",
        "kind: Secret\nmetadata:\n  name: tunnel-credentials\nstringData:\n  credentials.json: |\n    {\"AccountTag\":\"{{hex:32}}\",\"TunnelSecret\":\"@V@\",\"TunnelID\":\"{{uuid}}\"}\n",
    ),
    of(
        "credentials in a variable",
        CREDENTIALS,
        ".env",
        "TUNNEL_CRED_CONTENTS='{\"AccountTag\":\"{{hex:32}}\",\"TunnelSecret\":\"@V@\",\"TunnelID\":\"{{uuid}}\"}'\n",
    ),
    of(
        "credentials in a string",
        CREDENTIALS,
        "values.json",
        "{\"files\": {\"creds.json\": \"{\\\"AccountTag\\\":\\\"{{hex:32}}\\\",\\\"TunnelSecret\\\":\\\"@V@\\\",\\\"TunnelID\\\":\\\"{{uuid}}\\\"}\"}}\n",
    ),
    of(
        "registry, service",
        TUNNEL,
        "cloudflared.reg",
        "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\cloudflared]\r\n\"ImagePath\"=\"\\\"C:\\\\Program Files (x86)\\\\cloudflared\\\\cloudflared.exe\\\" tunnel run --token @V@\"\r\n",
    ),
    of(
        "Helm, cloudflare-tunnel-remote",
        TUNNEL,
        "values.yaml",
        "cloudflare:\n  tunnel_token: \"@V@\"\nimage:\n  repository: cloudflare/cloudflared\n",
    ),
    of(
        "compose tunnel",
        TUNNEL,
        "compose.yml",
        "services:\n  tunnel:\n    image: cloudflare/cloudflared:latest\n    command: tunnel --no-autoupdate run --token @V@\n",
    ),
    of(
        "API answer",
        TUNNEL,
        "token.json",
        "{\"success\":true,\"errors\":[],\"messages\":[],\"result\":\"@V@\"}\n",
    ),
    of(
        "WARP connector",
        TUNNEL,
        "setup-connector.sh",
        "sudo warp-cli connector new @V@\nsudo warp-cli connect\n",
    ),
    of(
        "MDM, WARP connector",
        TUNNEL,
        "mdm.xml",
        "<dict>\n  <key>organization</key>\n  <string>{{lower:8}}</string>\n  <key>warp_connector_token</key>\n  <string>@V@</string>\n</dict>\n",
    ),
    of(
        "credentials in base64",
        CREDENTIALS,
        ".env",
        "TUNNEL_CRED_CONTENTS={{base64:{\"AccountTag\":\"{{hex:32}}\",\"TunnelSecret\":\"@W@\",\"TunnelID\":\"{{uuid}}\"}}}\n",
    ),
    of(
        "credentials in a Secret, base64",
        CREDENTIALS,
        "tunnel-credentials.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: tunnel-credentials\ndata:\n  credentials.json: {{base64:{\"AccountTag\":\"{{hex:32}}\",\"TunnelSecret\":\"@W@\",\"TunnelID\":\"{{uuid}}\"}}}\n",
    ),
    of(
        "basic authentication",
        &["cloudflare-user-api-token", "cloudflare-account-api-token"],
        "proxy.conf",
        "proxy_set_header Authorization \"Basic {{base64:token:@W@}}\";\n",
    ),
    // Access.
    of(
        "MDM",
        ACCESS,
        "mdm.xml",
        "<dict>\n  <key>organization</key>\n  <string>{{lower:8}}</string>\n  <key>auth_client_id</key>\n  <string>{{hex:32}}.access</string>\n  <key>auth_client_secret</key>\n  <string>@V@</string>\n</dict>\n",
    ),
    of(
        "one header",
        ACCESS,
        "client.sh",
        "curl -H 'Authorization: {\"cf-access-client-id\": \"{{hex:32}}.access\", \"cf-access-client-secret\": \"@V@\"}' https://api.{{domain}}\n",
    ),
    of(
        "Hyperdrive over Access",
        ACCESS,
        "hyperdrive.json",
        "{\"name\": \"db\", \"origin\": {\"host\": \"db.{{domain}}\", \"access_client_id\": \"{{hex:32}}.access\", \"access_client_secret\": \"@V@\"}}\n",
    ),
    of(
        "API answer, service token",
        ACCESS,
        "answer.json",
        "{\"result\": {\"client_id\": \"{{hex:32}}.access\", \"client_secret\": \"@V@\", \"id\": \"{{uuid}}\", \"name\": \"ci\"}, \"success\": true}\n",
    ),
    of(
        "two headers",
        ACCESS,
        "fetch.ts",
        "headers: {\n  'CF-Access-Client-Id': '{{hex:32}}.access',\n  'CF-Access-Client-Secret': '@V@',\n}\n",
    ),
    of(
        "old client id",
        ACCESS,
        ".env",
        "CF_ACCESS_CLIENT_ID={{hex:32}}.access.{{lower:6}}.cloudflareaccess.com\nCF_ACCESS_CLIENT_SECRET=@V@\n",
    ),
    of(
        "cookie file",
        &["cloudflare-access-jwt"],
        ".cloudflared/{{lower:6}}.example-{{hex:64}}-token",
        "@V@",
    ),
    of(
        "cookie jar",
        &["cloudflare-access-jwt"],
        "cookies.txt",
        "# Netscape HTTP Cookie File\n#HttpOnly_app.{{domain}}\tFALSE\t/\tTRUE\t4102444800\tCF_Authorization\t@V@\n",
    ),
    // R2.
    of(
        "rclone",
        R2,
        "rclone.conf",
        "[r2]\ntype = s3\nprovider = Cloudflare\naccess_key_id = {{hex:32}}\nsecret_access_key = @V@\nregion = auto\nendpoint = https://{{hex:32}}.r2.cloudflarestorage.com\n",
    ),
    of(
        "boto3",
        R2,
        "upload.py",
        "import boto3\n\ns3 = boto3.client(\n    's3',\n    endpoint_url='https://{{hex:32}}.r2.cloudflarestorage.com',\n    aws_access_key_id='{{hex:32}}',\n    aws_secret_access_key='@V@',\n    region_name='auto',\n)\n",
    ),
    of(
        "AWS SDK",
        R2,
        "storage.ts",
        "const S3 = new S3Client({\n  region: 'auto',\n  endpoint: `https://{{hex:32}}.eu.r2.cloudflarestorage.com`,\n  credentials: {\n    accessKeyId: '{{hex:32}}',\n    secretAccessKey: '@V@',\n  },\n});\n",
    ),
    of(
        "AWS credentials file",
        R2,
        ".aws/credentials",
        "[r2]\naws_access_key_id = {{hex:32}}\naws_secret_access_key = @V@\nendpoint_url = https://{{hex:32}}.r2.cloudflarestorage.com\n",
    ),
    of(
        "Terraform backend",
        R2,
        "backend.tf",
        "terraform {\n  backend \"s3\" {\n    bucket = \"{{lower:8}}\"\n    key    = \"terraform.tfstate\"\n    region = \"auto\"\n    access_key = \"{{hex:32}}\"\n    secret_key = \"@V@\"\n    endpoints = { s3 = \"https://{{hex:32}}.r2.cloudflarestorage.com\" }\n  }\n}\n",
    ),
    of(
        "Logpush",
        R2,
        "logpush.sh",
        "curl https://api.cloudflare.com/client/v4/zones/{{hex:32}}/logpush/jobs -d '{\"destination_conf\": \"r2://logs/{DATE}?account-id={{hex:32}}&access-key-id={{hex:32}}&secret-access-key=@V@\"}'\n",
    ),
    of(
        "Litestream",
        R2,
        "litestream.yml",
        "dbs:\n  - path: /data/db\n    replicas:\n      - type: s3\n        endpoint: https://{{hex:32}}.r2.cloudflarestorage.com\n        access-key-id: {{hex:32}}\n        secret-access-key: @V@\n",
    ),
    of(
        "Kubernetes R2",
        R2,
        "r2-secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: r2-credentials\nstringData:\n  R2_ACCESS_KEY_ID: {{hex:32}}\n  R2_SECRET_ACCESS_KEY: @V@\n  R2_ENDPOINT: https://{{hex:32}}.r2.cloudflarestorage.com\n",
    ),
    of(
        "dashboard note",
        R2,
        "r2.txt",
        "Access Key ID\n{{hex:32}}\nSecret Access Key\n@V@\nUse jurisdiction-specific endpoints for S3 clients\nhttps://{{hex:32}}.r2.cloudflarestorage.com\n",
    ),
    // Wrangler.
    of(
        "wrangler config",
        OAUTH,
        ".wrangler/config/default.toml",
        "oauth_token = \"@V@\"\nexpiration_time = \"2026-05-04T10:11:12.131Z\"\nscopes = [ \"account:read\", \"user:read\", \"workers:write\" ]\n",
    ),
    of(
        "wrangler config, refresh",
        REFRESH,
        ".config/.wrangler/config/default.toml",
        "refresh_token = \"@V@\"\nexpiration_time = \"2026-05-04T10:11:12.131Z\"\nscopes = [ \"offline_access\", \"workers:write\" ]\n",
    ),
    of(
        "wrangler config, old",
        OLD_OAUTH,
        ".wrangler/config/default.toml",
        "oauth_token = \"@V@\"\nexpiration_time = \"2024-05-04T10:11:12.131Z\"\nscopes = [ \"account:read\", \"user:read\", \"workers:write\", \"offline_access\" ]\n",
    ),
    of(
        "wrangler config, old refresh",
        OLD_OAUTH,
        "Library/Preferences/.wrangler/config/default.toml",
        "expiration_time = \"2024-05-04T10:11:12.131Z\"\nrefresh_token = \"@V@\"\nscopes = [ \"account:read\", \"workers_kv:write\" ]\n",
    ),
    of("wrangler config, token", TOKEN, ".wrangler/config/default.toml", "api_token = \"@V@\"\n"),
    of(
        "temporary account",
        &["cloudflare-temporary-account"],
        "cloudflare-temporary-account.json",
        "{\"account\": {\"id\": \"{{hex:32}}\", \"name\": \"{{lower:8}}\", \"apiToken\": \"@V@\", \"expiresAt\": \"2027-01-01T00:00:00Z\"}}\n",
    ),
    of(
        "temporary account, TOML",
        &["cloudflare-temporary-account"],
        "wrangler-temporary-account.toml",
        "[account]\nid = \"{{hex:32}}\"\nname = \"{{lower:8}}\"\napiToken = \"@V@\"\nexpiresAt = \"2027-01-01T00:00:00Z\"\n",
    ),
    of(
        "Hyperdrive, wrangler.toml",
        HYPERDRIVE,
        "wrangler.toml",
        "name = \"api\"\n\n[[hyperdrive]]\nbinding = \"DB\"\nid = \"{{hex:32}}\"\nlocalConnectionString = \"@V@\"\n",
    ),
    of(
        "Hyperdrive, wrangler.jsonc",
        HYPERDRIVE,
        "wrangler.jsonc",
        "{ \"hyperdrive\": [ { \"binding\": \"DB\", \"id\": \"{{hex:32}}\", \"localConnectionString\": \"@V@\" } ] }\n",
    ),
    // Realtime and Stream.
    of(
        "TURN, curl",
        REALTIME,
        "turn.sh",
        "curl -H \"Authorization: Bearer @V@\" -d '{\"ttl\": 86400}' https://rtc.live.cloudflare.com/v1/turn/keys/{{hex:32}}/credentials/generate-ice-servers\n",
    ),
    of(
        "SFU, fetch",
        REALTIME,
        "calls.js",
        "const appId = '{{hex:32}}';\nconst appSecret = '@V@';\nconst base = `https://rtc.live.cloudflare.com/v1/apps/${appId}`;\n",
    ),
    of("RTMPS", LIVE, "obs.md", "Server: rtmps://live.cloudflare.com:443/live/\nStream key: @V@\n"),
    of(
        "RTMPS address",
        LIVE,
        "stream.sh",
        "ffmpeg -re -i in.mp4 -c copy -f flv rtmps://live.cloudflare.com:443/live/@V@\n",
    ),
    of(
        "RTMPS answer",
        LIVE,
        "input.json",
        "{\"result\": {\"uid\": \"{{hex:32}}\", \"rtmps\": {\"url\": \"rtmps://live.cloudflare.com:443/live/\", \"streamKey\": \"@V@\"}}}\n",
    ),
    of(
        "SRT",
        LIVE,
        "srt.sh",
        "ffmpeg -re -i in.mp4 -f mpegts 'srt://live.cloudflare.com:778?passphrase=@V@&streamid={{hex:32}}'\n",
    ),
    of(
        "WHIP",
        LIVE,
        "whip.js",
        "const url = 'https://customer-{{lower:10}}.cloudflarestream.com/@V@/webRTC/publish';\n",
    ),
    of(
        "Stream key answer",
        &["cloudflare-stream-signing-key"],
        "key.json",
        "{\"result\": {\"id\": \"{{hex:32}}\", \"created\": \"2026-01-01T00:00:00Z\", \"pem\": \"@V@\"}, \"success\": true}\n",
    ),
    of(
        "Images key answer",
        &["cloudflare-images-key"],
        "images.sh",
        "curl https://api.cloudflare.com/client/v4/accounts/{{hex:32}}/images/v1/keys\n# {\"result\": {\"keys\": [{\"name\": \"default\", \"value\": \"@V@\"}]}, \"success\": true}\n",
    ),
    // WARP and the rest.
    of(
        "wgcf, licence",
        &["cloudflare-warp-license"],
        "wgcf-account.toml",
        "device_id = '{{uuid}}'\nlicense_key = '@V@'\n",
    ),
    of(
        "warp-cli",
        &["cloudflare-warp-license"],
        ".bash_history",
        "warp-cli registration new\nwarp-cli registration license @V@\nwarp-cli connect\n",
    ),
    of("warp-cli, old", &["cloudflare-warp-license"], "setup.sh", "warp-cli set-license @V@\n"),
    of(
        "wgcf, account",
        &["cloudflare-warp-account"],
        "wgcf-account.toml",
        "access_token = '@V@'\ndevice_id = '{{uuid}}'\n",
    ),
    of(
        "notification webhook",
        &["cloudflare-notification-webhook-secret"],
        "hook.js",
        "if (request.headers.get('cf-webhook-auth') !== '@V@') {\n  return new Response('no', { status: 403 });\n}\n",
    ),
    of(
        "notification webhook, curl",
        &["cloudflare-notification-webhook-secret"],
        "hook.sh",
        "curl -H 'cf-webhook-auth: @V@' https://alerts.{{domain}}/cloudflare\n",
    ),
    of(
        "SCIM",
        &["cloudflare-scim-secret"],
        "scim.sh",
        "curl -H 'Authorization: Bearer @V@' https://{{lower:8}}.cloudflareaccess.com/populations/{{uuid}}/scim/v2/Users\n",
    ),
    of(
        "OAuth client answer",
        &["cloudflare-oauth-client-secret"],
        "oauth.sh",
        "curl -X POST https://api.cloudflare.com/client/v4/accounts/{{hex:32}}/oauth_clients\n# {\"result\": {\"client_id\": \"{{uuid}}\", \"client_secret\": \"@V@\"}, \"success\": true}\n",
    ),
];
