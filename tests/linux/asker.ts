/**
 * A relay agent that asks one question after another and prints each answer as a line of hexadecimal, or "-" for silence:
 *
 *     node asker.js OWN SERVER HEX …
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

const SILENCE_MILLISECONDS = 500;

const [own, server, ...questions] = process.argv.slice(2) as [string, string, ...string[]];
const socket = createSocket("udp4").bind(67, own);
await once(socket, "listening");
for (const question of questions) {
  const answered = once(socket, "message").then(([bytes]) => (bytes as Buffer).toString("hex"));
  socket.send(Buffer.from(question, "hex"), 67, server);
  console.log(await Promise.race([answered, sleep(SILENCE_MILLISECONDS).then(() => "-")]));
}
socket.close();
