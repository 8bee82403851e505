// The `leasehold` command as it is typed: help, exit codes, and what it says to mistakes. Real processes, real files; the whole of
// standard error is compared, so that no stack trace and no stray line slips in.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../host/cli/main.js", import.meta.url));
const scratch = fs.mkdtempSync(join(tmpdir(), "leasehold-cli-"));
after(() => fs.rmSync(scratch, { recursive: true }));

/** Writes a file of the test, and returns its path. */
function file(name: string, text: string | Uint8Array): string {
  const path = join(scratch, name);
  fs.writeFileSync(path, text);
  return path;
}

const good = file(
  "good.jsonc",
  '{ "subnets": [{ "subnet": "192.0.2.0/24", "interface": "lan0", "pools": ["192.0.2.10-192.0.2.99"] }] }',
);
const bad = file("bad.jsonc", '{\n  "leaseTme": 1,\n  "subnets": [{ "subnet": "192.0.2.1/24" }]\n}');
const odd = file(
  "odd.jsonc",
  '{ "options": { "routers": "192.0.2.10" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10"] }] }',
);

function leasehold(args: readonly string[], input = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: "utf8",
    input,
    cwd: scratch,
  });
  return { status, stdout, stderr };
}

/** A command line that is refused: the exit code and the whole of standard error. */
function refused(args: readonly string[], status: number, stderr: string): void {
  assert.deepEqual(leasehold(args), { status, stdout: "", stderr: `${stderr}\n` });
}

test("help goes to standard output; no command at all is a mistake", () => {
  const { status, stdout, stderr } = leasehold(["--help"]);
  assert.equal(status, 0);
  assert.equal(stderr, "");
  const nothing = leasehold([]);
  assert.equal(nothing.status, 2);
  assert.equal(nothing.stderr, stdout);
  for (const form of [["help"], ["-h"]]) assert.equal(leasehold(form).stdout, stdout);
});

test("every command has help, with each of its options and the exit codes", () => {
  const overview = leasehold(["--help"]).stdout;
  const names = [...overview.matchAll(/^ {2}([a-z]+(?: [a-z]+)?) {2,}/gm)].map(([, name]) => name!);
  for (const name of [
    "serve",
    "lease",
    "leases",
    "check",
    "compile",
    "journal check",
    "journal repair",
    "load",
    "demo",
  ]) {
    assert.ok(names.includes(name), name);
  }
  for (const name of names) {
    const { status, stdout } = leasehold([...name.split(" "), "--help"]);
    assert.equal(status, 0, name);
    assert.match(stdout, new RegExp(`^Usage: leasehold ${name} `));
    assert.match(stdout, /--help +Show this help\.\n/);
    assert.match(stdout, /Exit codes: 0 done; 1 /);
    assert.ok(
      stdout.split("\n").every((line) => line.length <= 100),
      `${name}: a line is too wide`,
    );
    assert.equal(leasehold(["help", ...name.split(" ")]).stdout, stdout);
  }
});

test("the version is the package's", () => {
  const { version } = JSON.parse(fs.readFileSync(new URL("../../../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  assert.equal(leasehold(["--version"]).stdout, `leasehold ${version}\n`);
});

test("mistakes on the command line: exit code 2, what is wrong, what would be right", () => {
  refused(["chek"], 2, 'leasehold: There is no command "chek".\nDid you mean "check"?');
  refused(
    ["frobnicate"],
    2,
    'leasehold: There is no command "frobnicate".\nThere are: serve, lease, leases, check, compile, journal check, journal repair, load, demo.',
  );
  refused(
    ["journal"],
    2,
    "leasehold: leasehold journal lacks what to do.\nThere are: leasehold journal check, leasehold journal repair.",
  );
  refused(
    ["check", "--jsno", good],
    2,
    "leasehold: leasehold check has no option --jsno.\nDid you mean --json? See: leasehold check --help",
  );
  refused(["check", "-x", good], 2, "leasehold: leasehold check has no option -x.\nSee: leasehold check --help");
  refused(["check", "--json=yes", good], 2, "leasehold: The option --json takes no value.\nWrite --json alone.");
  refused(["check"], 2, "leasehold: leasehold check lacks an argument.\nUsage: leasehold check FILE [--json]");
  refused(
    ["check", good, bad],
    2,
    `leasehold: leasehold check does not take "${bad}".\nUsage: leasehold check FILE [--json]`,
  );
  refused(
    ["leases", "--sort"],
    2,
    "leasehold: The option --sort lacks its value.\nWrite --sort ORDER. See: leasehold leases --help",
  );
  refused(
    ["leases", "--sort", "adress"],
    2,
    'leasehold: Leases can\'t be sorted by "adress".\nDid you mean "address"?',
  );
  refused(
    ["leases", "--state", "a", "--state", "b"],
    2,
    "leasehold: The option --state stands here twice.\nKeep one of them.",
  );
  refused(["compile", good], 2, "leasehold: leasehold compile lacks the file to write.\nAdd -o IMAGE.");
  refused(
    ["serve"],
    2,
    "leasehold: There is nothing to serve yet.\nGive a configuration FILE, or --interface NAME. See: leasehold serve --help",
  );
  refused(
    ["serve", "-i", "a", "-i", "b"],
    2,
    "leasehold: Without a FILE, one interface can be served.\nGive a configuration FILE, or --interface NAME. See: leasehold serve --help",
  );
  refused(["serve", good, "--print"], 2, "leasehold: --print is for --interface without a FILE.\nLook into the file.");
  refused(["serve", good, "--log", "debgu"], 2, 'leasehold: "debgu" is not a log level.\nDid you mean "debug"?');
  refused(
    ["serve", good, "--server-port", "0"],
    2,
    'leasehold: "0" is not a port.\nWrite --server-port with a number from 1 to 65535.',
  );
  refused(
    ["serve", good, "--transport", "x"],
    2,
    'leasehold: There is no transport "x".\nWrite "linux" or "portable".',
  );
});

test("an option's value may follow it, or an equals sign; -- ends the options", () => {
  assert.equal(leasehold(["compile", good, `--output=${join(scratch, "a.image")}`]).status, 0);
  assert.equal(leasehold(["compile", "-o", join(scratch, "a.image"), "--", good]).status, 0);
});

test("check: a good file, in words and as JSON", () => {
  const { status, stdout, stderr } = leasehold(["check", good]);
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(
    stdout,
    /^Serves 192\.0\.2\.0\/24 on lan0\.\n90 addresses in 1 pool, 0 reservations\.\nThe image has \d+ bytes\.\n$/,
  );
  assert.equal(leasehold(["check", "--quiet", good]).stdout, "");
  const json = JSON.parse(leasehold(["check", "--json", good]).stdout) as Record<string, unknown>;
  assert.deepEqual([json["valid"], json["problems"]], [true, []]);
});

test("check: a bad file, each problem on a line of its own", () => {
  const lines = [
    `${bad}:2:3: error: the configuration has no "leaseTme". Did you mean "leaseTime"?`,
    `${bad}:3:27: error: "192.0.2.1/24" has bits set beyond its prefix of 24. The subnet of that address is "192.0.2.0/24".`,
    `${bad}: 2 errors.`,
  ];
  refused(["check", bad], 1, lines.join("\n"));
  const { status, stdout, stderr } = leasehold(["check", "--json", bad]);
  assert.deepEqual([status, stderr], [1, ""]);
  const { valid, problems } = JSON.parse(stdout) as { valid: boolean; problems: { line: number; file: string }[] };
  assert.equal(valid, false);
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2, 3],
  );
});

test("check: warnings are shown, and are no failure", () => {
  const { status, stderr } = leasehold(["check", odd]);
  assert.equal(status, 0);
  assert.equal(
    stderr,
    `${odd}:1:16: warning: the router 192.0.2.10 lies in the pool 192.0.2.10. Exclude it there (line 1), or it may be handed out.\n`,
  );
});

test("check: files that can't be read", () => {
  const advice = "\nGive the path of a configuration file.";
  refused(
    ["check", "none.jsonc"],
    1,
    `leasehold: The configuration none.jsonc can't be read: there is no such file or folder.${advice}`,
  );
  refused(["check", scratch], 1, `leasehold: The configuration ${scratch} can't be read: it is a folder.${advice}`);
  refused(
    ["check", `${good}/x`],
    1,
    `leasehold: The configuration ${good}/x can't be read: a part of its path is no folder.${advice}`,
  );
  const bytes = file("bytes", Uint8Array.of(0x7b, 0xff, 0xfe));
  refused(["check", bytes], 1, `leasehold: ${bytes} is not a text in UTF-8.\nSave it as UTF-8. Is it the right file?`);
  const huge = join(scratch, "huge");
  fs.writeFileSync(huge, "");
  fs.truncateSync(huge, 2 ** 29);
  refused(["check", huge], 1, `leasehold: ${huge} is too large for a configuration file.\nIs it the right file?`);
});

test("check and compile read standard input", () => {
  assert.equal(leasehold(["check", "-"], fs.readFileSync(good, "utf8")).status, 0);
  assert.match(leasehold(["check", "-"], "{").stderr, /^standard input:1:2: error: a closing brace } is missing\.\n/);
});

test("compile writes the image whole or not at all, and says how large it is", () => {
  const output = join(scratch, "out.image");
  fs.writeFileSync(output, "before");
  const failed = leasehold(["compile", bad, "-o", output]);
  assert.equal(failed.status, 1);
  assert.match(
    failed.stderr,
    /\nleasehold: The configuration .*bad\.jsonc has 2 errors\.\nMend what is listed above\.\n$/,
  );
  assert.equal(fs.readFileSync(output, "utf8"), "before");
  const { status, stdout } = leasehold(["compile", good, "-o", output]);
  assert.equal(status, 0);
  const size = fs.statSync(output).size;
  assert.equal(stdout, `${output}: ${size} bytes, 90 addresses in 1 pool.\n`);
  assert.equal(fs.readFileSync(output).toString("latin1", 0, 4), "LSHI");
  const json = JSON.parse(leasehold(["compile", good, "-o", output, "--json"]).stdout) as { imageBytes: number };
  assert.equal(json.imageBytes, size);
  refused(
    ["compile", good, "-o", "/none/x"],
    1,
    "leasehold: The image can't be written to /none/x: there is no such file or folder.\nGive a file in a folder that you may write to.",
  );
  assert.deepEqual(
    fs.readdirSync(scratch).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("leases: no server and no journal", () => {
  refused(
    ["leases", "--state", "/none"],
    1,
    "leasehold: No server runs with the state folder /none, and there is no such folder.\nName the server's state folder with --state DIR.",
  );
  const long = join(scratch, "x".repeat(100));
  const { status, stderr } = leasehold(["leases", "--state", long]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^leasehold: The path of the state folder, .* is too long for a socket in it\.\nChoose one of at most 94 bytes\.\n$/,
  );
});

test("serve: a bad file, an interface that is not there, a subnet that nobody is in", () => {
  const { status, stderr } = leasehold(["serve", bad]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /leaseTme[\s\S]*\nleasehold: The configuration .*bad\.jsonc has 2 errors\.\nMend what is listed above\.\n$/,
  );
  assert.match(
    leasehold(["serve", "--interface", "lan99"]).stderr,
    /^leasehold: There is no interface "lan99" with an IPv4 address\.\n/,
  );
  const elsewhere = file(
    "elsewhere.jsonc",
    '{ "subnets": [{ "subnet": "198.51.100.0/24", "pools": ["198.51.100.1"] }] }',
  );
  refused(
    ["serve", elsewhere],
    1,
    'leasehold: No interface has an address in 198.51.100.0/24.\nGive one an address there, or name the interface of a subnet by "interface" (a relay reaches it by any interface named in "interfaces").',
  );
  refused(
    ["serve", good, "--user", "no-such-user"],
    1,
    process.getuid?.() === 0
      ? 'leasehold: There is no user "no-such-user".\nCreate it: useradd --system --no-create-home no-such-user'
      : "leasehold: Only root can become the user no-such-user.\nStart as root, or leave the user out.",
  );
});

test("a reader that has seen enough is no fault", () => {
  const { status, stderr } = spawnSync("sh", ["-c", `"${process.execPath}" "${main}" --help | true`], {
    encoding: "utf8",
  });
  assert.deepEqual([status, stderr], [0, ""]);
});

const noFullDevice = fs.existsSync("/dev/full") ? false : "this system has no /dev/full";

test("output that can't be written is said in a sentence", { skip: noFullDevice }, () => {
  const full = fs.openSync("/dev/full", "w");
  try {
    const { status, stderr } = spawnSync(process.execPath, [main, "check", good], {
      encoding: "utf8",
      stdio: ["ignore", full, "pipe"],
    });
    assert.equal(stderr, "leasehold: The output can't be written: the disk is full.\n");
    assert.equal(status, 1);
  } finally {
    fs.closeSync(full);
  }
});

test("compile writes to what is no ordinary file, and does not put a file in its place", () => {
  const pipe = join(scratch, "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  const reader = fs.openSync(pipe, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
  try {
    assert.equal(leasehold(["compile", good, "-o", pipe]).status, 0);
    assert(fs.statSync(pipe).isFIFO());
    const bytes = Buffer.alloc(4);
    fs.readSync(reader, bytes, 0, 4, null);
    assert.equal(bytes.toString("latin1"), "LSHI");
  } finally {
    fs.closeSync(reader);
  }
});
