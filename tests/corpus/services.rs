//! Files of Cloudflare's services: tunnels, Access, R2, wrangler, Realtime, Stream and the rest.

use super::tools::{TOKEN, Tool, of};

const ACCESS: &[&str] =
    &["cloudflare-access-client-secret", "cloudflare-access-client-secret-legacy"];
const R2: &[&str] = &["cloudflare-r2-access-key"];
const TUNNEL: &[&str] = &["cloudflare-tunnel-token"];
const CREDENTIALS: &[&str] = &["cloudflare-tunnel-credentials"];
const REALTIME: &[&str] = &["cloudflare-realtime-secret"];
const LIVE: &[&str] = &["cloudflare-stream-live-input"];
const OAUTH: &[&str] = &["cloudflare-oauth-access-token"];
const REFRESH: &[&str] = &["cloudflare-oauth-refresh-token"];
const OLD_OAUTH: &[&str] = &["cloudflare-oauth-token-legacy"];
const HYPERDRIVE: &[&str] = &["cloudflare-hyperdrive-connection"];

pub(crate) const SERVICES: &[Tool] = &[
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
        "Logpush, answer of the API",
        R2,
        "jobs.json",
        "{\"result\":[{\"id\":{{digits:6}},\"dataset\":\"http_requests\",\"destination_conf\":\"r2:\\/\\/logs\\/{DATE}?account-id={{hex:32}}\\u0026access-key-id={{hex:32}}\\u0026secret-access-key=@V@\"}],\"success\":true}\n",
    ),
    of(
        "Logpush, variable",
        R2,
        "logpush.env",
        "LOGPUSH_DEST=r2://logs/http/{DATE}?secret-access-key=@V@&access-key-id={{hex:32}}&account-id={{hex:32}}\n",
    ),
    of(
        "Logpush, ownership",
        R2,
        "ownership.py",
        "requests.post(url, json={'destination_conf': 'r2://' + bucket + '/{DATE}?account-id={{hex:32}}&access-key-id={{hex:32}}&secret-access-key=@V@'})\n",
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
