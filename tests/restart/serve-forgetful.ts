// The server of `leasehold serve` on a loopback station, with a store that a test bends: what is not synced may be lost with the
// process, the process may kill itself at a sync, and the store may promise before it has synced (a fault that the tests must find).

import { openClock } from "../../host/clock.js";
import { compileConfiguration } from "../../host/config/compile.js";
import { compileModule, readModule } from "../../host/core/module.js";
import { LoopbackTransport } from "../../host/net/loopback.js";
import { Server } from "../../host/server/server.js";
import { openJournal } from "../../host/store/journal.js";
import type { Store } from "../../host/store/store.js";
import { forgetfulFiles } from "./forgetful-files.js";

/** How the server is bent; handed over as JSON. */
export interface Bend {
  readonly folder: string;
  /** The text of a configuration. */
  readonly configuration: string;
  /** The process kills itself at this sync, counted from when it is sent a message. */
  readonly kill?: { readonly when: "before-sync" | "after-sync"; readonly count: number } | undefined;
  /** Whether the store promises before it syncs. */
  readonly promisesEarly: boolean;
}

/** A store that calls a blob durable as soon as it is handed over, and syncs it when the one before is done. */
function promisingEarly(store: Store): Store {
  let last: Promise<unknown> = Promise.resolve();
  return {
    replay: () => store.replay(),
    append: async (blob) => {
      const copy = blob.slice();
      last = last.then(() => store.append(copy));
      return "durable";
    },
    wantsSnapshot: false,
    beginSnapshot: () => store.beginSnapshot(),
    statistics: store.statistics,
    close: async () => {
      await last;
      await store.close();
    },
  };
}

async function serve({ folder, configuration: text, kill, promisesEarly }: Bend): Promise<void> {
  let armed = false;
  let syncs = 0;
  const files = forgetfulFiles(folder, (when) => {
    if (armed && when === kill?.when && ++syncs === kill.count) process.kill(process.pid, "SIGKILL");
  });
  const { configuration, problems } = compileConfiguration(text, "restart");
  if (!configuration) throw new Error(JSON.stringify(problems));
  const transport = await LoopbackTransport.open({
    role: "server",
    mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
    address: 0xc0000201,
    prefixLength: 20,
  });
  const server = await Server.start({
    plan: { module: await compileModule(await readModule("server")), ...configuration },
    transport,
    clock: await openClock(),
    events: { storeBehind: (fault) => console.error(fault) },
    openStore: async () => {
      // Segments so small that a few hundred leases fill several, and lead to snapshots.
      const store = await openJournal(folder, { files, segmentSize: 8192 });
      return promisesEarly ? promisingEarly(store) : store;
    },
  });
  process.on("message", () => {
    armed = true;
  });
  console.log(`ready ${transport.ports.broadcast}`);
  const { reason, message } = await server.ended;
  console.log(`${reason}: ${message}`);
}

await serve(JSON.parse(process.argv[2] ?? "") as Bend);
