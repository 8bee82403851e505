/**
 * The published JSON Schema (draft 7) of configuration files, made of the very kinds that files are read with. The build writes it to
 * build/leasehold.schema.json; an editor finds it by `"$schema": "./node_modules/leasehold/build/leasehold.schema.json"`.
 *
 * A schema can't say everything: what contradicts something elsewhere in the file, only `leasehold check` finds.
 */
import { configurationFile } from "./file.js";
import { definitions, type Schema } from "./kinds.js";

/** The schema. */
export function configurationSchema(): Schema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Leasehold configuration",
    description: "What a Leasehold DHCPv4 server hands out. Comments and trailing commas are allowed.",
    ...configurationFile.schema,
    definitions: Object.fromEntries(definitions),
  };
}
