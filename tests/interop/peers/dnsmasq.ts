/** dnsmasq 2.90. */
import { join } from "node:path";
import { INTERFACE, type ServerPeer } from "./peer.js";

/** Drives dnsmasq as a DHCP server alone. Its leases last two minutes at least. */
export const dnsmasq: ServerPeer = {
  name: "dnsmasq",
  async start({ lab, host, folder }, wishes) {
    const { net, pool, leaseSeconds, times, authoritative, own } = wishes;
    const args = ["--keep-in-foreground", "--port=0", "--conf-file=/dev/null", "--user=root", "--log-dhcp"];
    args.push("--log-facility=-", "--pid-file=", "--no-ping", "--bind-interfaces", `--interface=${INTERFACE}`);
    args.push(`--dhcp-leasefile=${join(folder, "dnsmasq.leases")}`);
    args.push(`--dhcp-range=${net}.${pool[0]},${net}.${pool[1]},255.255.255.0,${Math.max(120, leaseSeconds)}`);
    args.push(`--dhcp-option=option:router,${net}.${wishes.behindRelay ? 254 : own}`);
    if (times) args.push(`--dhcp-option=option:T1,${times[0]}`, `--dhcp-option=option:T2,${times[1]}`);
    if (authoritative) args.push("--dhcp-authoritative");
    const program = lab.start(host, "dnsmasq", args);
    await program.line(/DHCP, (IP range|sockets bound)/);
    return program;
  },
};
