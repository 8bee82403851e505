/**
 * What a client host keeps and runs: its memory of a lease, the resolver's file, the user's hook. Real files, real processes.
 */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Hook } from "../../host/client/hook.js";
import { LeaseMemory } from "../../host/client/memory.js";
import { readParameters } from "../../host/client/parameters.js";
import { Resolver } from "../../host/client/resolver.js";
import { UserError } from "../../host/user-error.js";
import { buildMessage, ip, text } from "../rules/harness/messages.js";

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "leasehold-client-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const silent = () => assert.fail("nothing to complain of");

describe("the memory of a lease", () => {
  test("what is remembered is recalled, from a file that only its owner can read", async () => {
    const memory = new LeaseMemory(join(folder, "new", "state"), "lan0");
    assert.equal(await memory.recall(silent), null);
    const what = { record: Uint8Array.of(1, 2, 255), acknowledgement: Uint8Array.of(9) };
    await memory.remember(what);
    const recalled = await memory.recall(silent);
    assert.deepEqual([...recalled!.record], [1, 2, 255]);
    assert.deepEqual([...recalled!.acknowledgement], [9]);
    assert.equal(statSync(memory.path).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, "new", "state")).mode & 0o777, 0o700);
    assert.deepEqual(readdirSync(join(folder, "new", "state")), ["client-lan0.json"]);
  });

  test("a damaged file, or one of a later version, is told and not used", async () => {
    const memory = new LeaseMemory(folder, "bad0");
    for (const content of [
      "",
      "{",
      "[]",
      "null",
      '{"version":2,"record":"","acknowledgement":""}',
      '{"version":1,"record":"0"}',
    ]) {
      writeFileSync(memory.path, content);
      const complaints: string[] = [];
      assert.equal(await memory.recall((sentence) => complaints.push(sentence)), null);
      assert.match(complaints.join(), /bad0.*not used/, content);
    }
  });
});

describe("the resolver's file", () => {
  const give = (...servers: string[]) =>
    readParameters(
      buildMessage({
        op: 2,
        options: [
          [6, ip(...servers)],
          [15, text("example.org")],
        ],
      }),
    );

  test("it is replaced whole, and comes back when the lease ends", async () => {
    const path = join(folder, "resolv.conf");
    writeFileSync(path, "nameserver 192.0.2.99\n");
    const resolver = new Resolver(path, "lan0");
    await resolver.apply(give("192.0.2.53"));
    assert.equal(
      readFileSync(path, "utf8"),
      "# Written by leasehold for lan0\nsearch example.org\nnameserver 192.0.2.53\n",
    );
    await resolver.apply(give("192.0.2.54"));
    assert.match(readFileSync(path, "utf8"), /192\.0\.2\.54/);
    await resolver.withdraw();
    assert.equal(readFileSync(path, "utf8"), "nameserver 192.0.2.99\n");
  });

  test("a file that another interface's client wrote is left alone when ours withdraws", async () => {
    const path = join(folder, "shared.conf");
    await new Resolver(path, "lan1").apply(give("192.0.2.53"));
    await new Resolver(path, "lan0").withdraw();
    assert.match(readFileSync(path, "utf8"), /lan1/);
  });
});

describe("the user's hook", () => {
  const event = {
    event: "acquired",
    interfaceName: "lan0",
    address: 0xc000020a,
    serverIdentifier: 0xc0000201,
    leaseSeconds: 60,
    parameters: null,
  };
  const script = (name: string, body: string, mode = 0o700) => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, mode);
    return path;
  };

  test("it runs with the lease in its environment and nothing of ours", async () => {
    const seen = join(folder, "seen");
    const hook = await Hook.open(script("good", `env > ${seen}`));
    assert.equal(await hook.run(event), null);
    const environment = readFileSync(seen, "utf8");
    assert.match(environment, /^LEASEHOLD_ADDRESS=192\.0\.2\.10$/m);
    assert.doesNotMatch(environment, /^HOME=/m);
  });

  test("its failure is told", async () => {
    const hook = await Hook.open(script("failing", "exit 3"));
    assert.match((await hook.run(event))!, /exit 3/);
  });

  test("it is refused when it is not absolute, missing, not executable, or others may write it", async () => {
    const refused = (path: string, why: RegExp) =>
      assert.rejects(Hook.open(path), (error: Error) => error instanceof UserError && why.test(error.message));
    await refused("hook.sh", /absolute/);
    await refused(join(folder, "none"), /ENOENT/);
    await refused(folder, /not a file/);
    await refused(script("plain", "true", 0o600), /not executable/);
    await refused(script("open", "true", 0o702), /others may write/);
  });

  test("it is refused at run time when it was opened to others meanwhile", async () => {
    const path = script("later", "true");
    const hook = await Hook.open(path);
    chmodSync(path, 0o777);
    assert.match((await hook.run(event))!, /others may write/);
  });
});
