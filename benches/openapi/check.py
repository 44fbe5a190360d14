#!/usr/bin/env python3
"""Do the requests that cfleaks makes conform to Cloudflare's published description of its API?

The requests are those that the tests see arrive, so nothing is written down twice:

    CFLEAKS_NOTE_REQUESTS=/tmp/requests.jsonl cargo test --test verify
    python3 benches/openapi/check.py /tmp/requests.jsonl --sdk SDK --openapi openapi.json

Each is compared with every description that is given, the newest first: method, path, parameters of
path and query (known, required, of their schema), body (known and required fields, schema), and the
headers that carry the credential. The first description that knows the path decides.

--openapi  a file openapi.json (OpenAPI 3.0) of https://github.com/cloudflare/api-schemas; repeatable.
--sdk      a folder with cloudflare-typescript's `src`, which is generated from a newer one.

Exit code 0 if every request is known somewhere and none contradicts what decides; else 1.
"""

import argparse
import json
import pathlib
import re
import sys
import urllib.parse

import jsonschema


class Request:
    def __init__(self, noted):
        self.method = noted["method"]
        self.path, _, query = noted["path"].partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.body = json.loads(noted["body"]) if noted["body"] else None
        self.type = noted["type"]
        self.headers = set(noted["headers"])

    def shape(self):
        """What is the same in two requests that need to be checked only once."""
        path = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|0x\w+", "{}", self.path)
        names = [f"{n}=…" if n == "page" or len(v) > 20 else f"{n}={v}" for n, v in self.query.items()]
        body = ""
        if self.body is not None:
            body = " {" + ", ".join(sorted(self.body)) + "}"
        return f"{self.method} {path}{'?' if names else ''}{'&'.join(names)}{body}", self.credential()

    def credential(self):
        known = ("authorization", "x-auth-email", "x-auth-key", "x-auth-user-service-key")
        return " ".join(name for name in known if name in self.headers)


def bind(template, path):
    """The values of a template's parameters, and how many segments are literal; None if it differs."""
    ours, theirs = path.strip("/").split("/"), template.strip("/").split("/")
    if len(ours) != len(theirs):
        return None
    values = {}
    for mine, its in zip(ours, theirs):
        if its.startswith("{"):
            values[its[1:-1]] = mine
        elif its != mine:
            return None
    return len(theirs) - len(values), values


def find(paths, path):
    found = [(bound, template) for template in paths if (bound := bind(template, path))]
    return max(found, key=lambda each: each[0][0]) if found else None


class OpenApi:
    def __init__(self, file):
        self.doc = json.loads(pathlib.Path(file).read_text())
        self.name = pathlib.Path(file).name

    def ref(self, thing):
        while isinstance(thing, dict) and "$ref" in thing:
            at = self.doc
            for step in thing["$ref"].removeprefix("#/").split("/"):
                at = at[step.replace("~1", "/").replace("~0", "~")]
            thing = at
        return thing

    def schema(self, schema, depth=0):
        """JSON Schema (draft 4) of OpenAPI's: references resolved, `nullable` as a type."""
        if depth > 12 or not isinstance(schema, dict):
            return {}
        schema = dict(self.ref(schema))
        for name in ("allOf", "anyOf", "oneOf"):
            if name in schema:
                schema[name] = [self.schema(each, depth + 1) for each in schema[name]]
        if "properties" in schema:
            inner = {n: self.schema(s, depth + 1) for n, s in schema["properties"].items()}
            # What the service alone sets is not to be sent.
            schema["properties"] = {n: s for n, s in inner.items() if not s.get("readOnly")}
            schema["required"] = [n for n in schema.get("required", []) if n in schema["properties"]]
            schema["required"] = schema["required"] or None
        if isinstance(schema.get("items"), dict):
            schema["items"] = self.schema(schema["items"], depth + 1)
        for name in ("example", "examples", "default", "xml", "discriminator", "required"):
            if name != "required" or not schema.get(name):
                schema.pop(name, None)
        if isinstance(schema.get("additionalProperties"), dict):
            schema.pop("additionalProperties")
        if schema.pop("nullable", False) and "type" in schema:
            schema["type"] = [schema["type"], "null"]
        return schema

    def wrong(self, schema, value, what):
        schema = self.schema(schema)
        if isinstance(value, str) and what != "body":
            kinds = json.dumps(schema)
            if '"integer"' in kinds or '"number"' in kinds or '"boolean"' in kinds:
                try:
                    value = json.loads(value)
                except ValueError:
                    pass
        return [f"{what}: {error.message[:120]}" for error in jsonschema.Draft4Validator(schema).iter_errors(value)]

    def fields(self, schema):
        schema = self.schema(schema)
        names = set(schema.get("properties", {}))
        for name in ("allOf", "anyOf", "oneOf"):
            for each in schema.get(name, []):
                names |= self.fields(each)
        return names

    def check(self, request):
        found = find(self.doc["paths"], request.path)
        if not found:
            return None
        (_, values), template = found
        item = self.doc["paths"][template]
        operation = item.get(request.method.lower())
        if operation is None:
            return [f"{template} has no {request.method}"]
        wrong = []
        stated = [self.ref(p) for p in item.get("parameters", []) + operation.get("parameters", [])]
        of_query = {p["name"]: p for p in stated if p["in"] == "query"}
        for parameter in stated:
            if parameter["in"] == "path" and parameter["name"] in values:
                wrong += self.wrong(parameter.get("schema", {}), values[parameter["name"]], parameter["name"])
        for name, value in request.query.items():
            if name not in of_query:
                wrong.append(f"no query parameter {name}")
            else:
                wrong += self.wrong(of_query[name].get("schema", {}), value, name)
        wrong += [
            f"lacks query parameter {name}"
            for name, parameter in of_query.items()
            if parameter.get("required") and name not in request.query
        ]
        body = self.ref(operation.get("requestBody", {}))
        schema = body.get("content", {}).get("application/json", {}).get("schema", {})
        if request.body is None:
            if body.get("required") and self.schema(schema):
                # Cloudflare's generator says so of nearly every DELETE, with a schema of nothing.
                wrong += self.wrong(schema, {}, "body")
        elif request.type != "application/json":
            wrong.append(f"body of type {request.type}")
        else:
            wrong += self.wrong(schema, request.body, "body")
            known = self.fields(schema)
            wrong += [f"no body field {name}" for name in request.body if name not in known]
        return wrong + self.credential(operation, request)

    def credential(self, operation, request):
        schemes = self.doc["components"]["securitySchemes"]
        ways = operation.get("security", self.doc.get("security", []))
        header = lambda name: "authorization" if schemes[name].get("scheme") == "bearer" else schemes[name]["name"].lower()
        fits = [way for way in ways if {header(name) for name in way} <= request.headers]
        return [] if fits or not ways else [f"states other credentials than {request.credential()}"]


class Sdk:
    """cloudflare-typescript: one file a resource, one method an operation, one interface its input."""

    def __init__(self, folder):
        self.name = "cloudflare-typescript"
        folder = pathlib.Path(folder) / "src"
        pages = self.interfaces((folder / "core/pagination.ts").read_text())
        self.paths = {}
        for file in sorted((folder / "resources").rglob("*.ts")):
            text = file.read_text()
            if "this._client." in text:
                self.read(text, {**pages, **self.interfaces(text)})

    @staticmethod
    def interfaces(text):
        found = {}
        for name, base, inside in re.findall(
            r"^export interface (\w+)(?:\s+extends ([\w., ]+?))?\s*\{\n(.*?)^\}", text, re.S | re.M
        ):
            fields = {}
            for comment, field, mark in re.findall(
                r"^(  /\*\*(?:(?!\*/).)*\*/\n)?  '?([\w-]+)'?(\??):", inside, re.S | re.M
            ):
                place = re.search(r"(Path|Query|Body|Header) param", comment)
                fields[field] = (place and place[1].lower(), not mark)
            found[name] = (base.replace(" ", "").split(",") if base else [], fields)
        return found

    def read(self, text, interfaces):
        for inside in re.findall(r"^  (\w+\([^\n]*\n.*?)^  \}", text, re.S | re.M):
            call = re.search(r"_client\s*\.(\w+)\(\s*(?:path)?[`']([^`']+)[`'](.*)", inside, re.S)
            if not call or call[1] not in ("get", "getAPIList", "post", "put", "patch", "delete"):
                continue
            method = "GET" if call[1] == "getAPIList" else call[1].upper()
            template = re.sub(r"\$\{(\w+)\}", r"{\1}", call[2])
            typed = re.search(r"\b(params|body|query): (\w+)", inside)
            default = "query" if re.search(r"\bquery\b", call[3]) else "body"
            fields = self.fields(typed[2], interfaces) if typed else {}
            if fields is not None:
                in_path = set(re.findall(r"\{(\w+)\}", template))
                in_path |= {"account_id", "zone_id"} if "accountOrZone" in in_path else set()
                fields = {
                    name: (place or ("path" if name in in_path else default), needed)
                    for name, (place, needed) in fields.items()
                }
            self.paths.setdefault(template, {})[method] = (fields, "body: body" in call[3])

    def fields(self, name, interfaces):
        """The fields of an input with their places; None if it is no plain interface."""
        if name not in interfaces:
            return None
        bases, fields = interfaces[name]
        fields = dict(fields)
        for base in bases:
            inherited = self.fields(base.split(".")[-1], interfaces) or {}
            fields.update({n: (p or "query", needed) for n, (p, needed) in inherited.items()})
        return fields

    def check(self, request):
        known = {t: m for t, m in self.paths.items() if request.method in m}
        found = find(known, request.path)
        if not found:
            other = find(self.paths, request.path)
            is_literal = other and other[0][0] == request.path.count("/")
            return [f"{other[1]} has no {request.method}"] if is_literal else None
        fields, is_whole = known[found[1]][request.method]
        if fields is None:
            return []
        at = lambda place: {n: needed for n, (p, needed) in fields.items() if p == place}
        wrong = [f"no query parameter {name}" for name in request.query if name not in at("query")]
        wrong += [
            f"lacks query parameter {name}"
            for name, needed in at("query").items()
            if needed and name not in request.query
        ]
        if is_whole and "body" in fields:
            return wrong + ([] if request.body is not None else ["lacks a body"])
        wrong += [f"no body field {name}" for name in request.body or {} if name not in at("body")]
        return wrong + [
            f"lacks body field {name}"
            for name, needed in at("body").items()
            if needed and name not in (request.body or {})
        ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("requests", help="what the tests noted")
    parser.add_argument("--sdk", action="append", default=[])
    parser.add_argument("--openapi", action="append", default=[])
    given = parser.parse_args()
    sources = [Sdk(folder) for folder in given.sdk] + [OpenApi(file) for file in given.openapi]
    if not sources:
        parser.error("name a description with --sdk or --openapi")
    requests = {}
    for line in pathlib.Path(given.requests).read_text().splitlines():
        request = Request(json.loads(line))
        if request.credential():
            requests.setdefault(request.shape(), request)
    print("| request | credential |", *(f"{source.name} |" for source in sources))
    print("|---|---|" + "---|" * len(sources))
    bad = 0
    for (shape, credential), request in sorted(requests.items()):
        said = [source.check(request) for source in sources]
        decides = next((wrong for wrong in said if wrong is not None), ["nobody knows it"])
        bad += bool(decides)
        told = ["not there" if wrong is None else "; ".join(wrong) or "conforms" for wrong in said]
        print(f"| `{shape}` | {credential} |", *(f"{each} |" for each in told))
    print(f"\n{len(requests)} requests, {len(requests) - bad} conform, {bad} do not or are not known.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
