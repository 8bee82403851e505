/**
 * What really went over a link: captured by tcpdump on its bridge. While it goes on, a test reads the messages from it by the
 * tests' own reader; when it ends, tshark dissects every frame, checksums included, and must find nothing malformed and the
 * same messages.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { addressOption, Code, numberOption } from "../../rules/harness/messages.js";
import type { Lab } from "./lab.js";
import { type ArpSeen, type DhcpFrame, GrowingCapture } from "./pcap.js";
import { PATIENCE_MILLISECONDS, type Program } from "./program.js";

const execute = promisify(execFile);

/** One DHCP message of a capture. */
export interface CapturedMessage {
  /** Seconds since the capture's first frame. */
  readonly at: number;
  /** Option 53: 1 is DHCPDISCOVER. */
  readonly type: number;
  readonly xid: number;
  readonly source: string;
  readonly destination: string;
  /** Of the frame it came in, as "02:00:00:00:00:01". */
  readonly destinationMac: string;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly giaddr: string;
  /** Option 50, or "". */
  readonly requestedAddress: string;
  /** Option 54, or "". */
  readonly serverIdentifier: string;
  /** Option 51 in seconds, or undefined. */
  readonly leaseSeconds: number | undefined;
  /** The first six bytes of the field, as "02:00:00:00:00:01". */
  readonly chaddr: string;
  /** Every option's value. */
  readonly options: ReadonlyMap<number, Uint8Array>;
}

/** Message types by the names RFC 2132 §9.6 gives them. */
export const DHCP = { DISCOVER: 1, OFFER: 2, REQUEST: 3, DECLINE: 4, ACK: 5, NAK: 6, RELEASE: 7, INFORM: 8 } as const;

/** A capture of one link, under way. */
export class Capture {
  readonly #program: Program;
  readonly #file: string;
  readonly #growing: GrowingCapture;
  readonly #checksums: boolean;

  private constructor(program: Program, file: string, checksums: boolean) {
    this.#program = program;
    this.#file = file;
    this.#checksums = checksums;
    this.#growing = new GrowingCapture(file, checksums);
  }

  /**
   * Begins to capture DHCP and ARP on a link's bridge; resolves once the kernel listens.
   * @param checksums false where a host leaves UDP checksums to a card that is not there
   */
  static async start(lab: Lab, link: string, checksums = true): Promise<Capture> {
    const file = join(lab.folder, `${link}-${Date.now()}.pcap`);
    const filter = "arp or udp port 67 or udp port 68";
    const options = ["-i", "br0", "-U", "--immediate-mode", "-Z", "root", "-w", file];
    const program = lab.start(link, "tcpdump", [...options, ...filter.split(" ")]);
    await program.line(/listening on/);
    return new Capture(program, file, checksums);
  }

  /** The DHCP messages so far. */
  messages(): CapturedMessage[] {
    this.#growing.update();
    return this.#growing.dhcp.map(asCaptured);
  }

  /** The ARP messages so far. */
  arp(): readonly ArpSeen[] {
    this.#growing.update();
    return this.#growing.arp;
  }

  /** The moment in the capture from which on a test looks for something: how many messages there are now. */
  mark(): number {
    return this.messages().length;
  }

  /** Waits until a message satisfies `condition`, from message `from` on, and returns it. */
  async message(
    what: string,
    condition: (message: CapturedMessage) => boolean,
    { from = 0, milliseconds = PATIENCE_MILLISECONDS } = {},
  ): Promise<CapturedMessage> {
    const end = Date.now() + milliseconds;
    for (;;) {
      const messages = this.messages();
      const found = messages.slice(from).find(condition);
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`not captured: ${what}\n${this.report()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The messages so far, a line each: what a failed test shows. */
  report(): string {
    const names = Object.entries(DHCP);
    return this.messages()
      .map((message) => {
        const name = names.find(([, number]) => number === message.type)?.[0] ?? String(message.type);
        const details = (["ciaddr", "yiaddr", "giaddr"] as const)
          .filter((field) => message[field] !== "0.0.0.0")
          .map((field) => `${field} ${message[field]}`);
        if (message.requestedAddress) details.push(`requested ${message.requestedAddress}`);
        if (message.serverIdentifier) details.push(`server ${message.serverIdentifier}`);
        if (message.leaseSeconds !== undefined) details.push(`lease ${message.leaseSeconds}`);
        const where = `${message.source} -> ${message.destination}`;
        return `  ${message.at.toFixed(3)} ${where} DHCP${name} ${message.chaddr} ${details.join(", ")}`;
      })
      .concat(this.#growing.faults)
      .join("\n");
  }

  /**
   * Ends the capture and returns what is wrong in it: nothing, if all is well. tshark dissects each frame and checks the
   * checksums of IPv4 and UDP; its list of messages must be that of the tests' own reader.
   */
  async faults(): Promise<string[]> {
    await this.#program.end();
    this.#growing.update();
    const check = ["-o", "ip.check_checksum:true", "-o", `udp.check_checksum:${this.#checksums}`];
    // An address that one machine gave back and another has got is no fault of the frames.
    const warned = "(_ws.expert.severity >= 0x00600000 and not arp.duplicate-address-detected)";
    const bad = `_ws.malformed or ${warned} or ip.checksum.status == 0 or udp.checksum.status == 0`;
    const malformed = await this.#tshark([...check, "-Y", bad, "-e", "frame.number", "-e", "_ws.expert.message"]);
    const types = await this.#tshark(["-Y", "dhcp", "-E", "occurrence=f", "-e", "dhcp.option.dhcp"]);
    const ours = this.#growing.dhcp.map(({ type }) => String(type));
    const differs = types.join() === ours.join() ? [] : [`tshark sees ${types.join()}, the tests ${ours.join()}`];
    return [...malformed.map((line) => `tshark: frame ${line}`), ...differs, ...this.#growing.faults];
  }

  async #tshark(args: readonly string[]): Promise<string[]> {
    const { stdout } = await execute("tshark", ["-r", this.#file, "-T", "fields", ...args]);
    return stdout.split("\n").filter((line) => line !== "");
  }
}

function asCaptured(frame: DhcpFrame): CapturedMessage {
  return {
    at: frame.at,
    type: frame.type,
    xid: frame.xid,
    source: frame.source,
    destination: frame.destination,
    destinationMac: macText(frame.destinationMac),
    ciaddr: frame.ciaddr,
    yiaddr: frame.yiaddr,
    giaddr: frame.giaddr,
    requestedAddress: addressOption(frame, Code.REQUESTED_ADDRESS) ?? "",
    serverIdentifier: addressOption(frame, Code.SERVER_IDENTIFIER) ?? "",
    leaseSeconds: numberOption(frame, Code.LEASE_TIME),
    chaddr: macText(frame.chaddr.subarray(0, 6)),
    options: frame.options,
  };
}

function macText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}
