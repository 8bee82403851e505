/**
 * Opens a server's sockets on port 67 and prints what each hears, as JSON: `class-listener MILLISECONDS`. A datagram's line says its
 * class and the text that its last bytes are.
 */
import { pollDescriptors, addressOf, receiveBytes } from "../../host/net/linux/libc.js";
import { openClassSockets } from "../../host/net/linux/sockets.js";
import { PollDescriptor, POLLIN } from "../../host/net/linux/abi.js";

const sockets = openClassSockets(67);
const polled = new DataView(new ArrayBuffer(sockets.length * PollDescriptor.byteSize));
for (const [index, descriptor] of sockets.entries()) {
  polled.setInt32(index * PollDescriptor.byteSize + PollDescriptor.descriptor, descriptor, true);
  polled.setInt16(index * PollDescriptor.byteSize + PollDescriptor.events, POLLIN, true);
}
console.log("ready");
const into = Buffer.alloc(2048);
const end = performance.now() + Number(process.argv[2]);
while (performance.now() < end) {
  await pollDescriptors(addressOf(polled.buffer), sockets.length, 100);
  for (const [number, descriptor] of sockets.entries()) {
    for (let length = receiveBytes(descriptor, into); length >= 0; length = receiveBytes(descriptor, into)) {
      console.log(JSON.stringify({ number, length, name: into.toString("latin1", Math.max(0, length - 4), length) }));
    }
  }
}
console.log("end");
