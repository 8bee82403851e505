/**
 * What really went over a link: captured by tcpdump on its bridge, dissected by tshark. A test ends by asking that nothing in it is
 * malformed, and reads from it which messages were exchanged.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Lab } from "./lab.js";
import type { Program } from "./program.js";

/** One DHCP message of a capture, as tshark sees it. */
export interface CapturedMessage {
  /** Option 53: 1 is DHCPDISCOVER. */
  readonly type: number;
  readonly xid: string;
  readonly source: string;
  readonly destination: string;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly giaddr: string;
  /** Option 50, or "". */
  readonly requestedAddress: string;
  /** Option 54, or "". */
  readonly serverIdentifier: string;
  /** Option 51 in seconds, or "". */
  readonly leaseTime: string;
  readonly chaddr: string;
}

const FIELDS: Readonly<Record<keyof CapturedMessage, string>> = {
  type: "dhcp.option.dhcp",
  xid: "dhcp.id",
  source: "ip.src",
  destination: "ip.dst",
  ciaddr: "dhcp.ip.client",
  yiaddr: "dhcp.ip.your",
  giaddr: "dhcp.ip.relay",
  requestedAddress: "dhcp.option.requested_ip_address",
  serverIdentifier: "dhcp.option.dhcp_server_id",
  leaseTime: "dhcp.option.ip_address_lease_time",
  chaddr: "dhcp.hw.mac_addr",
};

/** Message types by the names RFC 2132 §9.6 gives them. */
export const DHCP = { DISCOVER: 1, OFFER: 2, REQUEST: 3, DECLINE: 4, ACK: 5, NAK: 6, RELEASE: 7, INFORM: 8 } as const;

/** A capture of one link, under way. */
export class Capture {
  readonly #program: Program;
  readonly #file: string;

  private constructor(program: Program, file: string) {
    this.#program = program;
    this.#file = file;
  }

  /** Begins to capture DHCP and ARP on a link's bridge; resolves once the kernel listens. */
  static async start(lab: Lab, link: string): Promise<Capture> {
    const file = join(lab.folder, `${link}-${Date.now()}.pcap`);
    const filter = "arp or udp port 67 or udp port 68";
    const program = lab.start(link, "tcpdump", [
      "-i",
      "br0",
      "-U",
      "--immediate-mode",
      "-Z",
      "root",
      "-w",
      file,
      ...filter.split(" "),
    ]);
    await program.line(/listening on/);
    return new Capture(program, file);
  }

  /** The DHCP messages so far. */
  messages(): CapturedMessage[] {
    const names = Object.keys(FIELDS) as (keyof CapturedMessage)[];
    const columns = names.flatMap((name) => ["-e", FIELDS[name]]);
    const text = tshark(this.#file, ["-Y", "dhcp", "-T", "fields", "-E", "occurrence=f", ...columns]);
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const values = line.split("\t");
        const entries = names.map((name, index) => [
          name,
          name === "type" ? Number(values[index]) : (values[index] ?? ""),
        ]);
        return Object.fromEntries(entries) as CapturedMessage;
      });
  }

  /** Waits until a message satisfies `condition`, and returns it. */
  async message(
    what: string,
    condition: (message: CapturedMessage) => boolean,
    milliseconds = 30_000,
  ): Promise<CapturedMessage> {
    const end = Date.now() + milliseconds;
    for (;;) {
      const messages = this.messages();
      const found = messages.find(condition);
      if (found !== undefined) return found;
      if (Date.now() > end) {
        throw new Error(`not captured: ${what}\n${messages.map((message) => JSON.stringify(message)).join("\n")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  /** Ends the capture and returns what tshark finds malformed in it: nothing, if all is well. */
  async malformed(): Promise<string[]> {
    await this.#program.end();
    const filter = "_ws.malformed or _ws.expert.severity >= 0x00600000";
    return tshark(this.#file, ["-Y", filter, "-T", "fields", "-e", "frame.number", "-e", "_ws.expert.message"])
      .split("\n")
      .filter((line) => line !== "");
  }
}

function tshark(file: string, args: readonly string[]): string {
  // A capture that is still being written ends in the middle of a packet: tshark says so on its error output, and exits with 2.
  try {
    return execFileSync("tshark", ["-r", file, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    if (stdout === undefined) throw error;
    return stdout;
  }
}
