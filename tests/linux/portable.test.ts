/**
 * The server on plain UDP (`node:dgram`), as on systems other than Linux, on a real link: broadcasts are heard and sent out of the
 * right interface, unicasts are known as such.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildMessage, Code, hex, ip, type MessageFields, readMessage, Type } from "../rules/harness/messages.js";
import { LoadedLink, OneLink } from "./harness.js";

const rootOnly = process.getuid?.() === 0 ? false : "want of root";
const ASKER = fileURLToPath(new URL("asker.js", import.meta.url));

const SERVER: NonNullable<MessageFields["options"]>[number] = [Code.SERVER_IDENTIFIER, ip("192.0.2.1")];
const asking = (address: string) => [Code.REQUESTED_ADDRESS, ip(address)] as const;
const wishes = [Code.PARAMETER_REQUEST_LIST, Uint8Array.of(3, 1, 6, 51, 58, 59)] as const;

/** What two clients behind the relay agent 192.0.2.2 say by turns. */
const questions: readonly MessageFields[] = [
  { type: Type.DISCOVER, options: [wishes] },
  { type: Type.DISCOVER, options: [wishes, [Code.CLIENT_IDENTIFIER, Uint8Array.of(0, 1, 2)]] },
  { type: Type.REQUEST, options: [SERVER, asking("192.0.2.100"), wishes] },
  { type: Type.REQUEST, options: [SERVER, asking("192.0.2.199")] },
  { type: Type.REQUEST, options: [asking("192.0.2.100")] },
  { type: Type.REQUEST, options: [asking("10.1.2.3")] },
  { type: Type.INFORM, ciaddr: "192.0.2.2", options: [wishes] },
  { type: Type.REQUEST, ciaddr: "192.0.2.150" },
  { type: Type.RELEASE, ciaddr: "192.0.2.100", options: [SERVER] },
  { type: Type.OFFER },
  { type: Type.DISCOVER },
  {},
];

/** What comes back for each question, as hexadecimal or "-". */
async function answersOf(transport: "linux" | "portable"): Promise<string[]> {
  let lines: string[] = [];
  await LoadedLink.use(async (on) => {
    await on.serve({ authoritative: true, options: { routers: ["192.0.2.254"] } }, "--transport", transport);
    const words = questions.map((fields, index) => {
      const whole = {
        xid: 0x1000 + index,
        giaddr: "192.0.2.2",
        chaddr: Uint8Array.of(2, 0, 0, 0, 0, index & 1),
        ...fields,
      };
      return Buffer.from(buildMessage(whole)).toString("hex");
    });
    const asker = on.lab.start(on.client, process.execPath, [ASKER, "192.0.2.2", "192.0.2.1", ...words]);
    assert.equal(await asker.ended, 0, asker.report());
    lines = asker.lines;
  });
  return lines;
}

describe("serve --transport portable", { skip: rootOnly }, () => {
  test("a client without an address gets one by broadcast, renews by unicast and releases", async () => {
    const on = new OneLink();
    try {
      const server = await on.serve({ probe: true }, "--transport", "portable");
      await server.line(/addresses are not probed/);
      const client = on.lease("--no-probe");
      await client.line(/acquired 192\.0\.2\.1\d\d/);
      await server.line(/BOUND_SELECTING/);
      assert.ok(!server.lines.some((line) => line.includes("PROBE")), "what cannot be probed is offered at once");
      client.signal("SIGHUP");
      await server.line(/BOUND_RENEWING/);
      client.signal("SIGUSR1");
      await server.line(/RELEASED/);
      assert.equal(await client.ended, 0);
      server.signal("SIGTERM");
      assert.equal(await server.ended, 0);
    } finally {
      await on.lab.close();
    }
  });

  test("its answers are those of the other transport, byte for byte", async () => {
    const answers = await answersOf("portable");
    assert.deepEqual(answers, await answersOf("linux"));
    const types = answers.map((line) => (line === "-" ? null : readMessage(hex(line)).type));
    const { OFFER, ACK, NAK } = Type;
    assert.deepEqual(types, [OFFER, OFFER, ACK, ACK, ACK, NAK, ACK, NAK, null, null, OFFER, null]);
  });
});
