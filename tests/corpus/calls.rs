//! Carriers of headers and of commands: requests as tools record them, scripts, units, histories.
//!
//! `{h}` is a header's name, `{v}` its whole value, `{u}` the address; `{c}` is a command, and
//! `{words}` its words, each in quotes.

/// A path, and what stands in it.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
}

const fn of(name: &'static str, path: &'static str, text: &'static str) -> Call {
    Call { name, path, text }
}

pub(crate) const HEADERS: &[Call] = &[
    of(
        "curl",
        "purge.sh",
        "#!/bin/sh\ncurl -sS -X POST \"{u}\" \\\n  -H \"{h}: {v}\" \\\n  -H 'Content-Type: application/json'\n",
    ),
    of("curl, one line", ".bash_history", "ls\ncurl -H '{h}: {v}' {u} | jq .\nexit\n"),
    of("HTTP file", "requests.http", "### list\nGET {u}\n{h}: {v}\nAccept: application/json\n"),
    of(
        "raw request",
        "trace.txt",
        "> GET /client/v4/zones HTTP/2\r\n> host: {u}\r\n> {h}: {v}\r\n> accept: */*\r\n",
    ),
    of(
        "HAR",
        "session.har",
        "{\"log\": {\"entries\": [{\"request\": {\"method\": \"GET\", \"url\": \"{u}\", \"headers\": [\n {\"name\": \"accept\", \"value\": \"*/*\"},\n {\"name\": \"{h}\", \"value\": \"{v}\"}\n]}}]}}\n",
    ),
    of(
        "HAR, compact",
        "export.har",
        "{\"log\":{\"entries\":[{\"request\":{\"url\":\"{u}\",\"headers\":[{\"name\":\"{h}\",\"value\":\"{v}\"}]}}]}}",
    ),
    of(
        "Postman",
        "api.postman_collection.json",
        "{\"item\": [{\"request\": {\"url\": \"{u}\", \"header\": [\n  {\n    \"key\": \"{h}\",\n    \"value\": \"{v}\",\n    \"type\": \"text\"\n  }\n]}}]}\n",
    ),
    of(
        "Insomnia",
        "insomnia.yaml",
        "resources:\n  - url: {u}\n    headers:\n      - name: {h}\n        value: {v}\n",
    ),
    of(
        "fetch",
        "api.js",
        "const answer = await fetch('{u}', {\n  headers: {\n    '{h}': '{v}',\n  },\n});\n",
    ),
    of(
        "axios",
        "client.ts",
        "const http = axios.create({ baseURL: \"{u}\", headers: { \"{h}\": \"{v}\" } });\n",
    ),
    of(
        "requests",
        "client.py",
        "import requests\n\nheaders = {\"{h}\": \"{v}\"}\nprint(requests.get(\"{u}\", headers=headers).json())\n",
    ),
    of(
        "Go",
        "client.go",
        "req, _ := http.NewRequest(\"GET\", \"{u}\", nil)\nreq.Header.Set(\"{h}\", \"{v}\")\n",
    ),
    of(
        "PHP curl",
        "purge.php",
        "<?php\ncurl_setopt($ch, CURLOPT_URL, '{u}');\ncurl_setopt($ch, CURLOPT_HTTPHEADER, array('{h}: {v}', 'Accept: */*'));\n",
    ),
    of(
        "Ruby",
        "client.rb",
        "uri = URI('{u}')\nreq = Net::HTTP::Get.new(uri)\nreq['{h}'] = '{v}'\n",
    ),
    of(
        "C#",
        "Client.cs",
        "var client = new HttpClient { BaseAddress = new Uri(\"{u}\") };\nclient.DefaultRequestHeaders.Add(\"{h}\", \"{v}\");\n",
    ),
    of(
        "Java",
        "Client.java",
        "HttpRequest.newBuilder(URI.create(\"{u}\"))\n  .header(\"{h}\", \"{v}\")\n  .build();\n",
    ),
    of("Rust", "client.rs", "let answer = client.get(\"{u}\").header(\"{h}\", \"{v}\").send()?;\n"),
    of(
        "PowerShell",
        "Get-Zones.ps1",
        "$headers = @{ \"{h}\" = \"{v}\" }\r\nInvoke-RestMethod -Uri \"{u}\" -Headers $headers\r\n",
    ),
    of(
        "nginx",
        "proxy.conf",
        "location / {\n  proxy_pass {u};\n  proxy_set_header {h} \"{v}\";\n}\n",
    ),
    of(
        "k6",
        "load.js",
        "import http from 'k6/http';\nexport default () => http.get('{u}', { headers: { '{h}': '{v}' } });\n",
    ),
    of(
        "OpenAPI",
        "openapi.yaml",
        "servers:\n  - url: {u}\nparameters:\n  - in: header\n    name: {h}\n    example: {v}\n",
    ),
    of(
        "verbose log",
        "debug.log",
        "DEBUG:urllib3.connectionpool: GET {u} headers={'Accept': '*/*', '{h}': '{v}'}\n",
    ),
    of(
        "JSON log",
        "requests.jsonl",
        "{\"url\":\"{u}\",\"raw\":\"GET / HTTP/1.1\\r\\n{h}: {v}\\r\\nAccept: */*\\r\\n\"}\n",
    ),
];

pub(crate) const COMMANDS: &[Call] = &[
    of("script", "run.sh", "#!/bin/bash\nset -e\n{c}\n"),
    of("bash history", ".bash_history", "cd /srv\n{c}\nexit\n"),
    of("zsh history", ".zsh_history", ": 1767225600:0;cd /srv\n: 1767225655:12;{c}\n"),
    of(
        "systemd ExecStart",
        "connector.service",
        "[Service]\nType=notify\nExecStart=/usr/bin/{c}\nRestart=always\n",
    ),
    of(
        "compose command",
        "docker-compose.yml",
        "services:\n  tunnel:\n    image: cloudflare/cloudflared\n    command: {c}\n",
    ),
    of(
        "arguments",
        "deployment.yaml",
        "containers:\n  - image: cloudflare/cloudflared:2026.1.0\n    args: [{words}]\n",
    ),
    of("CMD", "Dockerfile", "FROM debian:stable\nCMD [{words}]\n"),
    of(
        "GitHub step",
        ".github/workflows/run.yml",
        "steps:\n  - name: run\n    run: |\n      {c}\n",
    ),
    of("package.json", "package.json", "{\"name\": \"app\", \"scripts\": {\"go\": \"{c}\"}}\n"),
    of("process list", "ps.txt", "  PID TTY      TIME CMD\n 1234 ?    00:00:12 {c}\n"),
    of("Markdown", "SETUP.md", "Run this on the new machine:\n\n    {c}\n\nand wait.\n"),
    of("crontab", "crontab", "*/5 * * * * {c} >/dev/null 2>&1\n"),
    of("HTML", "guide.html", "<pre><code>$ {c}\n</code></pre>\n"),
    of(
        "log with colours",
        "provision.log",
        "\u{1b}[36m[provision]\u{1b}[0m + \u{1b}[1m{c}\u{1b}[0m\n",
    ),
];
