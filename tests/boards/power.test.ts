// A client as firmware whose power is cut while it has a lease: it comes up in INIT-REBOOT (RFC 2131 §3.2), with what its storage kept.

import assert from "node:assert/strict";
import { test } from "node:test";
import { play } from "../interop/harness/scene.js";
import { leaseholdServer } from "../interop/peers/leasehold.js";
import { reboot } from "../interop/steps/keeping.js";
import { firmwareClient } from "./harness/client.js";
import { build, firmwareOf, titleOf, wantingFor } from "./harness/firmware.js";

const keeping = firmwareOf("client").filter(({ qemu }) => qemu.storage !== undefined);

test("some firmware keeps its lease", () => assert.ok(keeping.length > 0));

for (const firmware of keeping) {
  test(`${titleOf(firmware)} comes up in INIT-REBOOT after a power cut`, async (t) => {
    const want = process.getuid?.() === 0 ? await wantingFor(firmware) : "want of root";
    if (want !== null) return t.skip(want);
    const client = firmwareClient(firmware, await build(firmware));
    await play((scene) => reboot(scene, { client, server: leaseholdServer }));
  });
}
