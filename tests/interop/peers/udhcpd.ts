/** udhcpd of busybox 1.35. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { INTERFACE, place, type ServerPeer } from "./peer.js";

/** Drives udhcpd. It sends neither T1 nor T2, and writes its leases when told to. */
export const udhcpd: ServerPeer = {
  name: "udhcpd",
  async start({ lab, host, folder }, { net, pool, own, leaseSeconds }) {
    const leases = join(folder, "udhcpd.leases");
    if (!existsSync(leases)) writeFileSync(leases, "");
    const lines = [`start ${net}.${pool[0]}`, `end ${net}.${pool[1]}`, `interface ${INTERFACE}`, "auto_time 0"];
    lines.push(`lease_file ${leases}`, `pidfile ${join(folder, `udhcpd-${own}.pid`)}`, "min_lease 10", "offer_time 5");
    lines.push(`opt subnet 255.255.255.0`, `opt router ${net}.${own}`, `opt lease ${leaseSeconds}`);
    const file = place(folder, `udhcpd-${own}.conf`, `${lines.join("\n")}\n`);
    // -a 0: no probe by ARP before an offer. It takes 2 s otherwise, in which nobody else is heard.
    const program = lab.start(host, "udhcpd", ["-f", "-a", "0", file]);
    await program.line(/started/);
    return program;
  },
  async flush(program) {
    program.signal("SIGUSR1");
    await delay(500);
  },
};
