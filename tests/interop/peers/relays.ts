/** Relay agents: ISC dhcrelay 4.4, which adds option 82, and dnsmasq 2.90, which does not. */
import type { Program } from "../harness/program.js";
import type { Place } from "./peer.js";

/** Where a relay agent stands. */
export interface RelayWishes {
  /** Its interface to the clients. */
  readonly clients: string;
  /** Its interface to the server. */
  readonly servers: string;
  /** Its address on the clients' link: giaddr. */
  readonly agent: string;
  readonly server: string;
}

/** A kind of relay agent. */
export interface RelayPeer {
  readonly name: string;
  /** Whether it adds the relay agent information option. */
  readonly addsInformation: boolean;
  /** Starts relaying and resolves when it listens. */
  start(place: Place, wishes: RelayWishes): Promise<Program>;
}

/** Drives dhcrelay. */
export const dhcrelay: RelayPeer = {
  name: "dhcrelay",
  addsInformation: true,
  async start({ lab, host }, { clients, servers, server }) {
    const args = ["-4", "-d", "--no-pid", "-a", "-id", clients, "-iu", servers, server];
    const program = lab.start(host, "dhcrelay", args);
    await program.line(/Sending on +Socket\/fallback/);
    return program;
  },
};

/** Drives dnsmasq as a relay alone. */
export const dnsmasqRelay: RelayPeer = {
  name: "dnsmasq",
  addsInformation: false,
  async start({ lab, host }, { agent, server, clients }) {
    const args = ["--keep-in-foreground", "--port=0", "--conf-file=/dev/null", "--user=root", "--log-dhcp"];
    args.push("--log-facility=-", "--pid-file=", `--interface=${clients}`, `--dhcp-relay=${agent},${server}`);
    const program = lab.start(host, "dnsmasq", args);
    await program.line(/DHCP relay|started/);
    return program;
  },
};
