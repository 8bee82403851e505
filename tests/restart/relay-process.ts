// A relay agent's socket in a network namespace, for the test that started this process.

import { openLink } from "./link.js";

const DHCP_SERVER_PORT = 67;
const [own = "", peer = ""] = process.argv.slice(2);
const link = await openLink(own, DHCP_SERVER_PORT, peer, DHCP_SERVER_PORT);
link.onMessage = (message) => process.send?.(message);
process.on("message", (message) => link.send(message as Uint8Array));
process.on("disconnect", () => link.close());
process.send?.("open");
