// The protocol core without any host: a client and a server, joined by hand.
//
//     npm run build && node examples/embed.js
//
// There is no socket, no file and no clock here. The core only answers what it is asked, so this program plays the link, the disk
// and the time: it carries each message from one core's ring into the other's slot, keeps the server's records
// in an array, and says what time it is. Run it twice: it prints the same lines, because the seeds are the same.

import {
  ClientCore,
  compileModule,
  formatAddress,
  parseAddress,
  putCommand,
  putDurable,
  putInterface,
  readLease,
  readModule,
  recordsIn,
  ServerCore,
} from "leasehold";
import { compileConfiguration } from "leasehold/config";
import {
  CLIENT_CONFIGURATION_MAGIC,
  CLIENT_CONFIGURATION_VERSION,
  ClientCommand,
  ClientConfiguration,
  ClientConfigurationLayout,
  ClientState,
  ClientStatus,
  InputKind,
  LinkMode,
  NETWORK_BY_ADDRESS,
  nameOfClientState,
  nameOfMessageType,
  RestoreStatus,
} from "leasehold/layout";

/** @import { Core, InterfaceState } from "leasehold" */

let now = 1000; // milliseconds; any clock that never goes back will do
const wallClock = 1_800_000_000; // seconds since 1970

/**
 * An interface of a made-up link.
 * @param {number} last byte of its hardware address
 * @param {string} address "0.0.0.0": none yet
 * @returns {InterfaceState}
 */
const station = (last, address) => ({
  index: 0,
  name: "lan0",
  up: true,
  linkMode: LinkMode.DATAGRAM,
  htype: 1,
  mac: Uint8Array.of(2, 0, 0, 0, 0, last),
  address: parseAddress(address) ?? 0,
  prefixLength: 24,
  mtu: 1500,
});

// A server: configured by an image, which `leasehold compile` also writes to a file.
const { configuration, problems } = compileConfiguration(
  `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }], "probe": false }`,
  "embedded",
);
if (!configuration) throw new Error(problems.map(({ message }) => message).join("\n"));
const server = new ServerCore(await compileModule(await readModule("server")), configuration.limits, [1, 2]);
if (server.configure(configuration.image) !== 0) throw new Error(`refused at byte ${server.control.refusedAt}`);
const noRecords = new Uint8Array(0); // here what was recorded last time would be restored first
while (server.restoreSlice(noRecords, wallClock, now) === RestoreStatus.MORE);
putInterface(server, 0, station(1, "192.0.2.1"), NETWORK_BY_ADDRESS);
server.handleInputs(1, now);

// A client: configured by one record.
const record = new Uint8Array(ClientConfigurationLayout.byteSize);
Object.assign(new ClientConfiguration(new DataView(record.buffer), 0), {
  magic: CLIENT_CONFIGURATION_MAGIC,
  version: CLIENT_CONFIGURATION_VERSION,
  size: record.length,
  firstRetransmissionMilliseconds: 4000,
  longestRetransmissionMilliseconds: 64000,
  requestTries: 4,
  rebootTries: 4,
  informTries: 4,
});
const client = new ClientCore(await compileModule(await readModule("client")), undefined, [3, 4]);
if (client.configure(record) !== 0) throw new Error(`refused at byte ${client.control.refusedAt}`);
while (client.restoreSlice(noRecords, wallClock, now) === RestoreStatus.MORE);
putInterface(client, 0, station(2, "0.0.0.0"), NETWORK_BY_ADDRESS);
putCommand(client, 1, ClientCommand.START);
client.handleInputs(2, now);

/** Everything the server has recorded. @type {Uint8Array[]} */
const journal = [];

/**
 * Carries what one core wants to send into the other's first slot, message by message.
 * @param {Core} from
 * @param {Core} to
 */
function carry(from, to) {
  for (const ring of [from.ready, from.waiting]) {
    for (; ring.pending > 0; ring.advance(1)) {
      const { length, payload, messageType, sourcePort, destinationPort, destinationAddress } = ring.at(0);
      if (length === 0) continue;
      const slot = to.freshSlot(0);
      Object.assign(slot, { kind: InputKind.DATAGRAM, sourcePort, destinationPort, destinationAddress });
      to.setPayload(0, from.bytes.subarray(payload, payload + length));
      console.log(`${from === client ? "client ──▶" : "server ──▶"} ${nameOfMessageType(messageType)}`);
      to.handleInputs(1, now);
    }
  }
}

/** Keeps the server's records, then says so: only now may the answers leave that wait for them. */
function commit() {
  const blob = server.takeJournal();
  if (!blob) return;
  journal.push(blob);
  putDurable(server, 0, server.journalHead);
  server.handleInputs(1, now);
}

const status = new ClientStatus(client.view, client.control.status);
for (let step = 0; status.state !== ClientState.BOUND && step < 100; step++) {
  now = Math.max(now, Math.min(client.deadline, now + 1000));
  if (client.deadline <= now) client.handleTimeout(now);
  carry(client, server);
  commit();
  carry(server, client);
}
console.log(
  `client: ${nameOfClientState(status.state)}, ${formatAddress(status.address)} for ${status.leaseSeconds} s`,
);
for (const blob of journal) {
  for (const lease of [...recordsIn(blob)].map(readLease)) {
    if (lease) console.log(`journal: ${formatAddress(lease.address)} until ${lease.endsAt}`);
  }
}
console.log(`memory: ${server.memoryUsed} bytes for the server, ${client.memoryUsed} for the client`);
