/**
 * Sends datagrams to port 67 as they are told on the command line: `class-sender ADDRESS=HEX …`.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";

const socket = createSocket("udp4").bind(68);
await once(socket, "listening");
socket.setBroadcast(true);
for (const word of process.argv.slice(2)) {
  const [address, hex = ""] = word.split("=");
  await new Promise<void>((resolve, reject) =>
    socket.send(Buffer.from(hex, "hex"), 67, address, (error) => (error ? reject(error) : resolve())),
  );
}
socket.close();
