// The published JSON Schema, and the table of options behind it: whole, consistent, and the same as what files are read with.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { compileConfiguration } from "../../host/config/compile.js";
import { optionByKey, optionDefinitions, optionNames, refusedOptions } from "../../host/config/option-table.js";
import { configurationSchema } from "../../host/config/schema.js";

type Json = { readonly [key: string]: unknown };

const schema = configurationSchema() as Json;

/** Every object in the schema, with where it is. */
function* parts(value: unknown, path = "#"): Generator<[path: string, part: Json]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [path, value as Json];
  for (const [key, child] of Object.entries(value)) yield* parts(child, `${path}/${key}`);
}

test("the published file is the schema of this build", () => {
  const published = new URL("../../../leasehold.schema.json", import.meta.url);
  assert.deepEqual(JSON.parse(fs.readFileSync(published, "utf8")), JSON.parse(JSON.stringify(schema)));
  const { exports } = JSON.parse(fs.readFileSync(new URL("../../../../package.json", import.meta.url), "utf8")) as {
    exports: Json;
  };
  assert.equal(exports["./leasehold.schema.json"], "./build/leasehold.schema.json");
});

test("every reference leads somewhere, every field says what it means, and objects are closed", () => {
  const definitions = schema["definitions"] as Json;
  for (const [path, part] of parts(schema)) {
    const reference = part["$ref"];
    if (typeof reference === "string")
      assert.ok(Object.hasOwn(definitions, reference.replace("#/definitions/", "")), path);
    const { properties } = part as { properties?: Json };
    if (part["type"] !== "object" || !properties) continue;
    if (path !== "#/definitions/options") assert.equal(part["additionalProperties"], false, path);
    if (path === "#/definitions/optionForm") continue;
    for (const [name, field] of Object.entries(properties)) {
      assert.match(String((field as Json)["description"]), /^[A-Z"(].{8,}\.$/s, `${path}/${name}`);
    }
  }
});

test("the schema knows the keys that the compiler knows, at every level", () => {
  const definitions = schema["definitions"] as Record<string, Json>;
  const keysOf = (part: Json) => Object.keys(part["properties"] as Json).filter((key) => key !== "$schema");
  /** The keys that the compiler lists when it meets an unknown one. */
  const known = (text: string) => {
    const problem = compileConfiguration(text, "f").problems.find(({ message }) => message.includes("frobnicate"));
    return problem!.advice
      .replace(/^Known here: /, "")
      .replace(/\.$/, "")
      .split(", ");
  };
  assert.deepEqual(known('{ "frobnicate": 1 }'), keysOf(schema));
  assert.deepEqual(known('{ "subnets": [{ "pools": [{ "frobnicate": 1 }] }] }'), keysOf(definitions["pool"]!));
  assert.deepEqual(
    known('{ "subnets": [{ "reservations": [{ "frobnicate": 1 }] }] }'),
    keysOf(definitions["reservation"]!),
  );
});

test("options: codes and names are there once, and lead back to their option", () => {
  const codes = optionDefinitions.map(({ code }) => code);
  assert.deepEqual(
    codes,
    [...new Set(codes)].sort((a, b) => a - b),
  );
  const names = optionDefinitions.flatMap(({ name, ianaName }) => [
    name,
    ianaName.toLowerCase().replaceAll(/[\s_]+/g, "-"),
  ]);
  const owners = new Map<string, number>();
  for (const [index, name] of names.entries()) {
    const owner = owners.get(name) ?? index >> 1;
    assert.equal(owner, index >> 1, `${name} names two options`);
    owners.set(name, owner);
  }
  for (const definition of optionDefinitions) {
    for (const key of [
      definition.name,
      definition.ianaName,
      definition.ianaName.toUpperCase(),
      String(definition.code),
    ]) {
      assert.equal(optionByKey(key), definition, key);
    }
  }
  assert.equal(optionByKey("256"), undefined);
  assert.equal(optionByKey("224")?.type, "bytes");
});

test("options: whatever can be named in a file can be set, and what can't says why", () => {
  for (const { code, name } of optionDefinitions) {
    const { problems } = compileConfiguration(
      `{ "options": { "${name}": { "hex": "00" } }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.1"] }] }`,
      "f",
    );
    const errors = problems.filter(({ severity }) => severity === "error");
    assert.equal(errors.length, refusedOptions.has(code) ? 1 : 0, name);
    assert.equal(errors[0]?.advice ?? "", refusedOptions.get(code) ?? "");
    assert.equal(optionNames.includes(name), !refusedOptions.has(code));
  }
});
