//! Source code that holds settings, in many languages; written as `settings.rs` says.

use super::settings::{
    Case::{Camel, Given, Snake},
    Settings, of,
};

pub(crate) const CODE: &[Settings] = &[
    of("JavaScript", "config.js", Given, ["module.exports = {\n", "  {n}: '{v}',\n", "};\n"]),
    of(
        "JavaScript, camel case",
        "client.mjs",
        Camel,
        ["import fetch from 'node-fetch';\n", "const {n} = '{v}';\n", "export default run;\n"],
    ),
    of("JavaScript, process.env", "setup.cjs", Given, ["", "process.env.{n} = \"{v}\";\n", ""]),
    of(
        "JavaScript, fallback",
        "env.js",
        Given,
        ["", "const {n} = process.env.{n} || \"{v}\";\n", ""],
    ),
    of(
        "TypeScript",
        "env.ts",
        Camel,
        ["export const env = {\n", "  {n}: `{v}`,\n", "} as const;\n"],
    ),
    of(
        "TypeScript, typed",
        "constants.ts",
        Given,
        ["", "export const {n}: string = \"{v}\";\n", ""],
    ),
    of("Python", "settings.py", Given, ["import os\n", "{n} = \"{v}\"\n", "DEBUG = False\n"]),
    of("Python, environ", "deploy.py", Given, ["import os\n", "os.environ['{n}'] = '{v}'\n", ""]),
    of(
        "Python, getenv",
        "conf.py",
        Given,
        ["import os\n", "{n} = os.getenv(\"{n}\", \"{v}\")\n", ""],
    ),
    of(
        "Python, keyword arguments",
        "client.py",
        Snake,
        ["client = Client(\n", "    {n}=\"{v}\",\n", ")\n"],
    ),
    of("Go", "main.go", Camel, ["package main\n\nconst (\n", "\t{n} = \"{v}\"\n", ")\n"]),
    of(
        "Go, Setenv",
        "setup_test.go",
        Given,
        ["package main\n\nfunc init() {\n", "\tos.Setenv(\"{n}\", \"{v}\")\n", "}\n"],
    ),
    of("Rust", "config.rs", Given, ["//! Settings.\n", "pub const {n}: &str = \"{v}\";\n", ""]),
    of(
        "PHP define",
        "wp-config.php",
        Given,
        ["<?php\n", "define( '{n}', '{v}' );\n", "require_once 'wp-settings.php';\n"],
    ),
    of(
        "PHP array",
        "services.php",
        Snake,
        ["<?php\nreturn [\n  'cloudflare' => [\n", "    '{n}' => '{v}',\n", "  ],\n];\n"],
    ),
    of("Ruby", "deploy.rb", Given, ["", "ENV['{n}'] = '{v}'\n", ""]),
    of("Ruby hash", "config.rb", Snake, ["CONFIG = {\n", "  {n}: '{v}',\n", "}\n"]),
    of(
        "Java",
        "Config.java",
        Given,
        ["final class Config {\n", "  static final String {n} = \"{v}\";\n", "}\n"],
    ),
    of(
        "C#",
        "Settings.cs",
        Camel,
        ["static class Settings {\n", "  public const string {n} = \"{v}\";\n", "}\n"],
    ),
    of("C", "config.h", Given, ["#pragma once\n", "#define {n} \"{v}\"\n", ""]),
    of("Lua", "config.lua", Snake, ["return {\n", "  {n} = \"{v}\",\n", "}\n"]),
    of(
        "Elixir",
        "runtime.exs",
        Snake,
        ["import Config\nconfig :app,\n", "  {n}: \"{v}\",\n", "  port: 4000\n"],
    ),
    of("Perl", "deploy.pl", Given, ["use strict;\n", "$ENV{{n}} = '{v}';\n", ""]),
];
