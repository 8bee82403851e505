// Style, as far as a program can see it: each rule is a test, each finding names its cure.
//
// A rule looks at one parsed source file and yields findings. Beside its check it carries an example that breaks it, and
// the rule is tried on that first: a rule that can find nothing fails.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { type Finding, linesOf, mostLinesPerFile, rules } from "./tidy-rules.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** An assignment to a state: each role has one function that may make it. */
const stateSetter = /\bstate\s*=(?!=)/;

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
}

/** A file of the repository, parsed once for all rules. */
const parsed = new Map<string, ts.SourceFile>();
function parsedFile(path: string): ts.SourceFile {
  const file = parsed.get(path) ?? parse(path, readFileSync(join(root, path), "utf8"));
  parsed.set(path, file);
  return file;
}

/** TypeScript and JavaScript files below a folder of the repository, as paths from the root. */
function sources(folder: string): string[] {
  const absolute = join(root, folder);
  if (!existsSync(absolute)) return [];
  return readdirSync(absolute).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (statSync(join(root, path)).isDirectory()) return sources(path);
    return /\.(ts|js)$/.test(name) && !name.endsWith(".d.ts") ? [path] : [];
  });
}

function describe(path: string, file: ts.SourceFile, { node, problem, cure }: Finding): string {
  const at = node ? `${path}:${linesOf(file, node)[0]}` : path;
  return `${at}: ${problem}; ${cure}`;
}

for (const rule of rules) {
  test(rule.title, () => {
    const [examplePath, exampleText] = rule.example;
    assert.notEqual(
      [...rule.check(parse(examplePath, exampleText), examplePath)].length,
      0,
      "finds nothing in its example",
    );
    const findings = rule.folders.flatMap(sources).flatMap((path) => {
      const file = parsedFile(path);
      return [...rule.check(file, path)].map((finding) => describe(path, file, finding));
    });
    assert.equal(findings.length, 0, `\n${findings.join("\n")}`);
  });
}

test("one place in each role sets a state", () => {
  for (const role of ["client", "server"]) {
    const setters = sources(`assembly/${role}`).flatMap((path) =>
      readFileSync(join(root, path), "utf8")
        .split("\n")
        .flatMap((line, index) => (stateSetter.test(line.replace(/\/\/.*/, "")) ? [`${path}:${index + 1}`] : [])),
    );
    assert.ok(setters.length <= 1, `state is set at ${setters.join(", ")}; go through the one setter`);
  }
});

/** A declaration of a function in a header, at the beginning of a line. */
const cDeclaration = /^(?!static |typedef |#|\/)[A-Za-z_][\w *]*\b\w+\([^;{]*(;|,)?$/;

/** What a C file's style lacks, each with its cure. */
function* checkC(path: string, text: string): Generator<string> {
  const lines = text.trimEnd().split("\n");
  if (!text.startsWith("/*")) yield `${path}: no head comment; say what the file decides and relies on`;
  if (lines.length > mostLinesPerFile) yield `${path}: ${lines.length} lines; split it by subject`;
  if (!path.endsWith(".h")) return;
  for (const [index, line] of lines.entries()) {
    // One docstring may be for a group of declarations.
    const before = lines[index - 1] ?? "";
    const isDocumented = before.endsWith("*/") || cDeclaration.test(before);
    if (cDeclaration.test(line) && !isDocumented)
      yield `${path}:${index + 1}: no docstring; say what it does, and its units`;
  }
}

test("C files have a head, a docstring on each function of a header, and a size that can be read", (t) => {
  const long = "int one;\n".repeat(mostLinesPerFile + 1);
  assert.equal([...checkC("example.h", `${long}void port_open(void);\n`)].length, 3, "finds too little in its example");
  const { status, stdout } = spawnSync("git", ["ls-files", "boards/*.c", "boards/*.h"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) return t.skip("not a git repository");
  const paths = stdout.split("\n").filter((path) => path !== "" && existsSync(join(root, path)));
  const findings = paths.flatMap((path) => [...checkC(path, readFileSync(join(root, path), "utf8"))]);
  assert.equal(findings.length, 0, `\n${findings.join("\n")}`);
});

test("nothing generated is in git", (t) => {
  const { status, stdout } = spawnSync("git", ["ls-files"], { cwd: root, encoding: "utf8" });
  if (status !== 0) return t.skip("not a git repository");
  const generated = stdout
    .split("\n")
    .filter((path) => /^(build|node_modules)\/|\.(wasm|wat|tgz|tsbuildinfo)$/.test(path));
  assert.deepEqual(generated, [], `git rm --cached ${generated.join(" ")}`);
});
