//! Carriers that hold any setting: files and logs in which a name and its value stand together.
//!
//! Each is a path, what stands before and after, and how one setting is written: `{n}` its name,
//! `{v}` its value, `{b}` the value in base64, `{p}` in percent-encoding, `{,}` a comma unless it is
//! the last.

use super::{code::CODE, random::Random};

/// How a carrier spells the names of settings.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// `CF_API_TOKEN`.
    Given,
    /// `cf_api_token`.
    Snake,
    /// `cfApiToken`.
    Camel,
    /// `cf-api-token`.
    Kebab,
}

/// One such carrier.
pub(crate) struct Settings {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) case: Case,
    pub(crate) before: &'static str,
    pub(crate) line: &'static str,
    pub(crate) after: &'static str,
}

pub(crate) const fn of(
    name: &'static str,
    path: &'static str,
    case: Case,
    [before, line, after]: [&'static str; 3],
) -> Settings {
    Settings { name, path, case, before, line, after }
}

use Case::{Camel, Given, Kebab, Snake};

pub(crate) const SETTINGS: &[Settings] = &[
    of(".env", ".env", Given, ["NODE_ENV=production\n", "{n}={v}\n", "PORT=8080\n"]),
    of(".env, quoted", ".env.production", Given, ["# deploy\n", "{n}=\"{v}\"\n", ""]),
    of(".env, spaced", ".env.local", Given, ["", "{n} = '{v}'  # keep\n", ""]),
    of(".dev.vars", ".dev.vars", Given, ["", "{n}={v}\r\n", ""]),
    of(
        "shell export",
        "deploy.sh",
        Given,
        ["#!/bin/sh\nset -eu\n", "export {n}=\"{v}\"\n", "npx wrangler deploy\n"],
    ),
    of("shell default", "run.sh", Given, ["", ": \"${{n}:={v}}\"\n", "exec ./server\n"]),
    of("fish", "config.fish", Given, ["", "set -gx {n} {v}\n", ""]),
    of("csh", ".cshrc", Given, ["", "setenv {n} {v}\n", ""]),
    of(
        "bat",
        "deploy.bat",
        Given,
        ["@echo off\r\n", "set {n}={v}\r\n", "call npx wrangler deploy\r\n"],
    ),
    of("setx", "setup.cmd", Given, ["", "setx {n} \"{v}\" /M\r\n", ""]),
    of(
        "PowerShell",
        "deploy.ps1",
        Given,
        ["$ErrorActionPreference = 'Stop'\r\n", "$env:{n} = \"{v}\"\r\n", ""],
    ),
    of(
        "PowerShell, SetEnvironmentVariable",
        "setup.ps1",
        Given,
        ["", "[Environment]::SetEnvironmentVariable('{n}', '{v}', 'Machine')\r\n", ""],
    ),
    of(
        "registry",
        "environment.reg",
        Given,
        [
            "Windows Registry Editor Version 5.00\r\n\r\n[HKEY_CURRENT_USER\\Environment]\r\n",
            "\"{n}\"=\"{v}\"\r\n",
            "",
        ],
    ),
    of(
        "plist",
        "com.example.deploy.plist",
        Given,
        [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\"><dict><key>EnvironmentVariables</key><dict>\n",
            "  <key>{n}</key>\n  <string>{v}</string>\n",
            "</dict></dict></plist>\n",
        ],
    ),
    of(
        "compose, list",
        "docker-compose.yml",
        Given,
        ["services:\n  app:\n    image: app:1.4\n    environment:\n", "      - {n}={v}\n", ""],
    ),
    of(
        "compose, map",
        "compose.yaml",
        Given,
        ["services:\n  app:\n    image: app:1.4\n    environment:\n", "      {n}: {v}\n", ""],
    ),
    of(
        "compose, quoted",
        "docker-compose.prod.yml",
        Given,
        ["services:\n  app:\n    environment:\n", "      - \"{n}={v}\"\n", ""],
    ),
    of(
        "Dockerfile ENV",
        "Dockerfile",
        Given,
        ["FROM node:22-alpine\n", "ENV {n}={v}\n", "CMD [\"node\", \"server.js\"]\n"],
    ),
    of("Dockerfile ENV, old form", "Dockerfile", Given, ["FROM alpine\n", "ENV {n} {v}\n", ""]),
    of(
        "Dockerfile ARG",
        "Dockerfile.build",
        Given,
        ["FROM golang:1.25 AS build\n", "ARG {n}=\"{v}\"\n", "RUN make\n"],
    ),
    of(
        "docker run",
        "start.sh",
        Given,
        ["docker run -d --name app \\\n", "  -e {n}={v} \\\n", "  app:latest\n"],
    ),
    of(
        "docker inspect",
        "inspect.json",
        Given,
        [
            "[{\"Id\": \"sha256:0\", \"Config\": {\"Env\": [\n",
            "  \"{n}={v}\",\n",
            "  \"PATH=/usr/bin\"]}}]\n",
        ],
    ),
    of(
        "GitHub workflow",
        ".github/workflows/deploy.yml",
        Given,
        [
            "on: push\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n    env:\n",
            "      {n}: {v}\n",
            "    steps:\n      - uses: actions/checkout@v4\n",
        ],
    ),
    of(
        "GitHub workflow, quoted",
        ".github/workflows/ci.yml",
        Given,
        [
            "jobs:\n  test:\n    steps:\n      - run: npm test\n        env:\n",
            "          {n}: \"{v}\"\n",
            "",
        ],
    ),
    of(
        "GitLab CI",
        ".gitlab-ci.yml",
        Given,
        [
            "stages: [deploy]\nvariables:\n",
            "  {n}: \"{v}\"\n",
            "deploy:\n  script: npx wrangler deploy\n",
        ],
    ),
    of(
        "CircleCI",
        ".circleci/config.yml",
        Given,
        ["jobs:\n  build:\n    environment:\n", "      {n}: {v}\n", ""],
    ),
    of(
        "Jenkinsfile",
        "Jenkinsfile",
        Given,
        ["pipeline { agent any\n environment {\n", "   {n} = '{v}'\n", " }\n}\n"],
    ),
    of(
        "Kubernetes Secret, stringData",
        "secret.yaml",
        Given,
        [
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cloudflare\ntype: Opaque\nstringData:\n",
            "  {n}: {v}\n",
            "",
        ],
    ),
    of(
        "Kubernetes Secret, data",
        "secret.yaml",
        Given,
        [
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: cloudflare-credentials\ntype: Opaque\ndata:\n",
            "  {n}: {b}\n",
            "",
        ],
    ),
    of(
        "Kubernetes Secret, JSON",
        "secret.json",
        Given,
        [
            "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"cloudflare\"}, \"data\": {\n",
            "  \"{n}\": \"{b}\"{,}\n",
            "}}\n",
        ],
    ),
    of(
        "Kubernetes env",
        "deployment.yaml",
        Given,
        [
            "spec:\n  containers:\n    - name: app\n      env:\n",
            "        - name: {n}\n          value: \"{v}\"\n",
            "      image: app:2\n",
        ],
    ),
    of(
        "Kubernetes ConfigMap",
        "configmap.yaml",
        Given,
        ["apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata:\n", "  {n}: '{v}'\n", ""],
    ),
    of(
        "Helm values",
        "values.yaml",
        Camel,
        [
            "replicaCount: 2\ncloudflare:\n  enabled: true\n",
            "  {n}: {v}\n",
            "service:\n  port: 80\n",
        ],
    ),
    of(
        "ECS task",
        "task-definition.json",
        Given,
        [
            "{\"containerDefinitions\": [{\"name\": \"web\", \"environment\": [\n",
            "  {\"name\": \"{n}\", \"value\": \"{v}\"}{,}\n",
            "]}]}\n",
        ],
    ),
    of(
        "systemd unit",
        "app.service",
        Given,
        [
            "[Unit]\nDescription=app\n[Service]\n",
            "Environment={n}={v}\n",
            "ExecStart=/usr/bin/app\n",
        ],
    ),
    of(
        "systemd unit, quoted",
        "sync.service",
        Given,
        ["[Service]\n", "Environment=\"{n}={v}\"\n", ""],
    ),
    of(
        "JSON",
        "config.json",
        Given,
        ["{\n  \"region\": \"auto\",\n", "  \"{n}\": \"{v}\"{,}\n", "}\n"],
    ),
    of(
        "JSON, camel case",
        "appsettings.json",
        Camel,
        ["{\"Logging\": {\"Level\": \"Debug\"},\n", "  \"{n}\": \"{v}\"{,}\n", "}\n"],
    ),
    of("JSON, one line", "secrets.json", Given, ["{", "\"{n}\":\"{v}\"{,}", "}"]),
    of(
        "TOML",
        "config.toml",
        Snake,
        ["title = \"app\"\n", "{n} = \"{v}\"\n", "[server]\nport = 80\n"],
    ),
    of(
        "wrangler.toml",
        "wrangler.toml",
        Given,
        [
            "name = \"worker\"\nmain = \"src/index.ts\"\ncompatibility_date = \"2026-01-01\"\n\n[vars]\n",
            "{n} = \"{v}\"\n",
            "",
        ],
    ),
    of(
        "wrangler.jsonc",
        "wrangler.jsonc",
        Given,
        [
            "{\n  // local\n  \"name\": \"worker\",\n  \"vars\": {\n",
            "    \"{n}\": \"{v}\",\n",
            "  }\n}\n",
        ],
    ),
    of("INI", "settings.ini", Snake, ["[cloudflare]\n", "{n} = {v}\n", ""]),
    of("properties", "application.properties", Kebab, ["server.port=8080\n", "{n}={v}\n", ""]),
    of(
        "properties, dotted",
        "gradle.properties",
        Given,
        ["", "{n}={v}\n", "org.gradle.daemon=true\n"],
    ),
    of(
        "XML",
        "web.config",
        Given,
        [
            "<configuration><appSettings>\n",
            "  <add key=\"{n}\" value=\"{v}\" />\n",
            "</appSettings></configuration>\n",
        ],
    ),
    of(
        "XML elements",
        "settings.xml",
        Given,
        ["<settings>\n", "  <{n}>{v}</{n}>\n", "</settings>\n"],
    ),
    of("YAML", "config.yml", Snake, ["debug: false\n", "{n}: {v}\n", "log: info\n"]),
    of("YAML, quoted", "vars.yml", Snake, ["---\n", "{n}: \"{v}\"\n", ""]),
    of("YAML, folded", "folded.yml", Snake, ["app:\n", "  {n}: >-\n    {v}\n", ""]),
    of(
        "Ansible variables",
        "group_vars/all.yml",
        Snake,
        ["---\nansible_user: deploy\n", "{n}: '{v}'\n", ""],
    ),
    of(
        "Terraform variables",
        "terraform.tfvars",
        Snake,
        ["region = \"weur\"\n", "{n} = \"{v}\"\n", ""],
    ),
    of(
        "Terraform default",
        "variables.tf",
        Snake,
        ["", "variable \"{n}\" {\n  type    = string\n  default = \"{v}\"\n}\n", ""],
    ),
    of(
        "Nix",
        "module.nix",
        Given,
        [
            "{ config, ... }: {\n  systemd.services.app.environment = {\n",
            "    {n} = \"{v}\";\n",
            "  };\n}\n",
        ],
    ),
    of(
        "Makefile",
        "Makefile",
        Given,
        ["", "export {n} := {v}\n", "deploy:\n\tnpx wrangler deploy\n"],
    ),
    of("CSV", "export.csv", Given, ["name,value,owner\n", "{n},{v},ops\n", ""]),
    of(
        "CSV, quoted",
        "vault.csv",
        Given,
        ["\"folder\",\"name\",\"password\"\n", "\"infra\",\"{n}\",\"{v}\"\n", ""],
    ),
    of(
        "Markdown table",
        "RUNBOOK.md",
        Given,
        ["# Runbook\n\n| name | value |\n|---|---|\n", "| `{n}` | `{v}` |\n", "\nAsk ops.\n"],
    ),
    of("Markdown list", "NOTES.md", Given, ["Notes of the call:\n\n", "- **{n}**: {v}\n", "\n"]),
    of("Markdown code", "README.md", Given, ["```bash\n", "{n}={v}\n", "```\n"]),
    of(
        "HTML table",
        "wiki.html",
        Given,
        ["<table>\n", "<tr><td>{n}</td><td><code>{v}</code></td></tr>\n", "</table>\n"],
    ),
    of(
        "shell history",
        ".bash_history",
        Given,
        ["cd infra\nls\n", "export {n}={v}\n", "git push\n"],
    ),
    of(
        "zsh history",
        ".zsh_history",
        Given,
        [
            ": 1767225600:0;cd infra\n",
            ": 1767225612:0;export {n}={v}\n",
            ": 1767225700:3;terraform apply\n",
        ],
    ),
    of(
        "CI log",
        "build.log",
        Given,
        [
            "2026-05-04T10:11:12.1234567Z ##[group]Run npx wrangler deploy\n",
            "2026-05-04T10:11:12.2345678Z   {n}: {v}\n",
            "2026-05-04T10:11:13.3456789Z ##[endgroup]\n",
        ],
    ),
    of(
        "CI log, colours",
        "job.log",
        Given,
        [
            "\u{1b}[0KRunning with gitlab-runner\u{1b}[0;m\n",
            "\u{1b}[32;1m$ export {n}=\u{1b}[0;m\u{1b}[36m{v}\u{1b}[0;m\n",
            "\u{1b}[0KJob succeeded\n",
        ],
    ),
    of("set -x log", "trace.log", Given, ["+ set -x\n", "+ {n}={v}\n", "+ exit 0\n"]),
    of(
        "logfmt",
        "app.log",
        Snake,
        ["", "time=2026-05-04T10:11:12Z level=debug msg=\"loaded\" {n}={v}\n", ""],
    ),
    of(
        "JSON log",
        "app.jsonl",
        Given,
        ["", "{\"level\":\"debug\",\"msg\":\"env: {n}={v}\\nready\",\"ts\":1767225600}\n", ""],
    ),
    of(
        "JSON in JSON",
        "events.jsonl",
        Given,
        ["", "{\"body\":\"{\\\"{n}\\\":\\\"{v}\\\"}\",\"status\":200}\n", ""],
    ),
    of(
        "Jupyter",
        "deploy.ipynb",
        Given,
        [
            "{\"cells\": [{\"cell_type\": \"code\", \"source\": [\n  \"import os\\n\",\n",
            "  \"os.environ[\\\"{n}\\\"] = \\\"{v}\\\"\\n\",\n",
            "  \"run()\"]}], \"nbformat\": 4}\n",
        ],
    ),
    of(
        "Postman environment",
        "prod.postman_environment.json",
        Given,
        [
            "{\"name\": \"prod\", \"values\": [\n",
            "  {\"key\": \"{n}\", \"value\": \"{v}\", \"enabled\": true}{,}\n",
            "]}\n",
        ],
    ),
    of(
        "SQL",
        "dump.sql",
        Snake,
        [
            "CREATE TABLE settings (name text, value text);\n",
            "INSERT INTO `settings` VALUES (17,'{n}','{v}','yes');\n",
            "",
        ],
    ),
    of("fly secrets", "fly.sh", Given, ["", "fly secrets set {n}={v}\n", ""]),
    of("gh secret", "secrets.sh", Given, ["", "gh secret set {n} --body \"{v}\"\n", ""]),
    of(
        "wrangler secret",
        "secrets.sh",
        Given,
        ["", "echo \"{v}\" | npx wrangler secret put {n}\n", ""],
    ),
    of(
        "kubectl",
        "bootstrap.sh",
        Given,
        [
            "kubectl create secret generic cloudflare \\\n",
            "  --from-literal={n}='{v}' \\\n",
            "  -n infra\n",
        ],
    ),
    of(
        "Pulumi",
        "Pulumi.prod.yaml",
        Camel,
        ["config:\n  cloudflare:accountId: 0\n", "  app:{n}: {v}\n", ""],
    ),
    of(
        "form body",
        "request.txt",
        Snake,
        [
            "POST /settings HTTP/1.1\nContent-Type: application/x-www-form-urlencoded\n\na=1",
            "&{n}={p}",
            "&save=1\n",
        ],
    ),
    of(
        "chat message",
        "slack.txt",
        Given,
        ["[10:11] anna: can you try again?\n", "[10:12] bob: sure, {n} is {v} for now\n", ""],
    ),
    of(
        "Vagrantfile",
        "Vagrantfile",
        Given,
        [
            "Vagrant.configure(\"2\") do |config|\n",
            "  config.vm.provision \"shell\", env: { \"{n}\" => \"{v}\" }\n",
            "end\n",
        ],
    ),
];

/// One of all carriers of settings.
pub(crate) fn settings(random: &mut Random) -> &'static Settings {
    let at = random.below(SETTINGS.len() + CODE.len());
    SETTINGS.get(at).unwrap_or_else(|| &CODE[at - SETTINGS.len()])
}

/// A name as the carrier spells it.
pub(crate) fn spelt(name: &str, case: Case) -> String {
    match case {
        Given => name.to_owned(),
        Snake => name.to_lowercase(),
        Kebab => name.to_lowercase().replace('_', "-"),
        Camel => {
            let words: Vec<String> = name.split('_').map(str::to_lowercase).collect();
            let rest = words[1..].iter().map(|word| {
                let mut letters = word.chars();
                letters.next().map_or(String::new(), |first| {
                    first.to_uppercase().collect::<String>() + letters.as_str()
                })
            });
            words[0].clone() + &rest.collect::<String>()
        }
    }
}
