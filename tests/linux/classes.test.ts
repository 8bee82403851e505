/**
 * The classes into which the kernel sorts a server's datagrams (`host/net/linux/filter.ts`): each datagram reaches exactly one
 * socket, whatever it is and however it was sent, and requests reach the first.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { OneLink } from "./harness.js";

const rootOnly = process.getuid?.() === 0 ? false : "want of root";
const LISTENER = fileURLToPath(new URL("class-listener.js", import.meta.url));
const SENDER = fileURLToPath(new URL("class-sender.js", import.meta.url));

/** A BOOTP message up to its options, with a relay agent's address. */
function head(giaddr = 0, op = 1, cookie = 0x63825363): Buffer {
  const bytes = Buffer.alloc(240);
  bytes[0] = op;
  bytes.writeUInt32BE(giaddr, 24);
  bytes.writeUInt32BE(cookie, 236);
  return bytes;
}

const typed = (type: number) => [53, 1, type];
const CLIENT_IDENTIFIER = [61, 2, 0, 1];
const whole = (options: number[], ...rest: Parameters<typeof head>) =>
  Buffer.concat([head(...rest), Buffer.from([...options, 255])]);

/** What is sent, and whether it is one of the messages that go first. */
const messages: readonly (readonly [bytes: Buffer, first: boolean])[] = [
  [whole(typed(3)), true],
  [whole(typed(4)), true],
  [whole(typed(7)), true],
  [whole(typed(3), 0xc0000202), true],
  [whole(typed(1)), false],
  [whole(typed(8)), false],
  [whole(typed(2)), false],
  [whole([...CLIENT_IDENTIFIER, ...typed(3)]), false],
  [whole([...CLIENT_IDENTIFIER, ...typed(1)]), false],
  [whole(typed(3), 0, 2), false],
  [whole(typed(3), 0, 1, 0x63825362), false],
  [head(), false],
  [Buffer.concat([head(), Buffer.from([53, 1])]), false],
  [Buffer.alloc(40), false],
  [Buffer.alloc(0), false],
];

/** The addresses of relay agents whose discoveries are to spread over classes. */
const relays = Array.from({ length: 32 }, (_, index) => 0xc0000200 + index);

describe("classes of datagrams", { skip: rootOnly }, () => {
  test("each datagram reaches one socket, by unicast and by broadcast; a second server is refused the port", async () => {
    const on = new OneLink();
    try {
      on.lab.run(on.client, "ip", "address", "add", "192.0.2.2/24", "dev", "eth0");
      on.lab.run(on.client, "ip", "route", "add", "255.255.255.255/32", "dev", "eth0");
      const listener = on.lab.start(on.server, process.execPath, [LISTENER, "6000"]);
      await listener.line(/ready/);
      const second = on.lab.start(on.server, process.execPath, [LISTENER, "0"]);
      await second.line(/EADDRINUSE/);

      const sent = new Map<string, boolean>();
      const words: string[] = [];
      for (const address of ["192.0.2.1", "192.0.2.255", "255.255.255.255"]) {
        for (const [bytes, first] of messages) {
          // Told apart by their last bytes; the shortest by its length.
          const name = bytes.length === 0 ? "" : `${String(sent.size).padStart(3, "0")};`;
          sent.set(`${name}${bytes.length === 0 ? address : ""}`, first);
          words.push(`${address}=${Buffer.concat([bytes, Buffer.from(name)]).toString("hex")}`);
        }
      }
      for (const relay of relays) words.push(`192.0.2.1=${whole([...typed(1), 1, 1], relay).toString("hex")}`);
      on.lab.run(on.client, process.execPath, SENDER, ...words);
      await listener.line(/end/);

      const heard = listener.lines
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as { number: number; name: string; length: number });
      assert.equal(heard.length, words.length, "each once");
      const named = heard.filter(({ name }) => name.endsWith(";"));
      assert.equal(named.length, sent.size - 3);
      assert.deepEqual(
        new Map(named.map(({ name, number }) => [name, number === 0])),
        new Map([...sent].filter(([name]) => name.endsWith(";"))),
      );
      assert.equal(heard.filter(({ length }) => length === 0).length, 3);
      assert.ok(heard.every(({ length, number }) => length > 0 || number > 0));
      const spread = heard.filter(({ name, length }) => length > 0 && !name.endsWith(";"));
      assert.equal(spread.length, relays.length);
      assert.deepEqual(
        [...new Set(spread.map(({ number }) => number))].sort(),
        [1, 2, 3, 4],
        "relays in every later class",
      );
    } catch (error) {
      console.error(on.lab.report());
      throw error;
    } finally {
      await on.lab.close();
    }
  });
});
