/**
 * `leasehold load`: drives any DHCPv4 server with many clients, measures it, and checks each answer.
 */
import { formatAddress } from "../core/address.js";
import { Clients } from "../load/clients.js";
import { LinkWay } from "../load/link-way.js";
import { Load } from "../load/load.js";
import { RelayWay } from "../load/relay-way.js";
import type { Way } from "../load/way.js";
import { ARPHRD_ETHER } from "../net/linux/abi.js";
import type { SystemCallError } from "../net/linux/libc.js";
import { UserError } from "../user-error.js";
import { type Command, ExitCode } from "./command.js";
import { type LoadOptions, loadOptions, readLoadOptions } from "./load-options.js";
import { printReport } from "./load-report.js";
import { readInterface } from "./option-values.js";

/** The subcommand. */
export const command: Command = {
  name: "load",
  usage: ["--interface NAME [options]", "--relay ADDRESS --server ADDRESS [options]"],
  description: `
Loads a DHCPv4 server with clients of their own hardware addresses (02:00 and a number), each climbing the whole ladder: DHCPDISCOVER,
DHCPOFFER, DHCPREQUEST, DHCPACK. It leaves as many leases behind as there are clients: load no server whose addresses are needed.

With --window the server sets the pace: so many exchanges are always under way. With --rate the clock does, and the latency of
an exchange counts from the instant at which it was due, even if it had to wait for its turn.

Each answer is checked: the right server and client, no address given to two, the options that must be there. What is wrong is counted by
reason. A question without an answer is asked again after 1 s, four times in all. INT ends the load early.

Exit code 1 also says that an answer was wrong, or that nothing was answered.`,
  options: loadOptions,
  positionals: [0, 0],
  examples: [
    ["leasehold load --interface lan0", "64 exchanges at once, for 10 seconds, of a thousand clients on the link."],
    [
      "leasehold load --relay 192.0.2.2 --server 192.0.2.1 --rate 5000 --clients 20000 --renew 80",
      "5000 exchanges a second through a relay, four of five of them renewals.",
    ],
  ],
  run: (line) => load(readLoadOptions(line)),
};

async function load(options: LoadOptions): Promise<ExitCode> {
  const clients = new Clients(options.clients);
  const way = openWay(options, clients);
  const running = new Load(options.plan, way, clients);
  const stop = () => running.stop();
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
  try {
    const report = await running.run();
    printReport(report, options.json);
    if (report.exchanges === 0 && report.wrong === 0)
      throw new UserError("Nothing was answered.", silenceAdvice(options));
    return report.wrong === 0 ? ExitCode.OK : ExitCode.FAILURE;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"]) process.removeListener(signal, stop);
    way.close();
  }
}

function silenceAdvice({ from, plan }: LoadOptions): string {
  if ("relay" in from)
    return `Does a server run at ${formatAddress(plan.server)}, with a subnet for the relay ${formatAddress(from.relay)}?`;
  return `Is there a DHCP server on the link of ${from.interfaceName}, with free addresses?`;
}

function openWay({ from, plan, broadcast }: LoadOptions, clients: Clients): Way {
  try {
    if ("relay" in from) return new RelayWay(from.relay, plan.server, broadcast);
    const kernel = readInterface(from.interfaceName);
    if (kernel.htype !== ARPHRD_ETHER)
      throw new UserError(
        `${kernel.name} is no Ethernet interface.`,
        "Load the server through a relay: --relay ADDRESS.",
      );
    if (!kernel.running) throw new UserError(`${kernel.name} is down.`, `Bring it up: ip link set ${kernel.name} up`);
    return new LinkWay(kernel, broadcast, (address) => clients.holderOf(address, performance.now()));
  } catch (cause) {
    const error = cause as Error;
    if (error.name !== "SystemCallError") throw error;
    const advice = adviceFor((error as SystemCallError).code);
    throw new UserError(`The network can't be opened: ${error.message}.`, advice, { cause });
  }
}

function adviceFor(code: string): string {
  switch (code) {
    case "EPERM":
    case "EACCES":
      return "Run as root, or give Node CAP_NET_RAW and CAP_NET_BIND_SERVICE as ambient capabilities.";
    case "EADDRNOTAVAIL":
      return "--relay must be an address of this machine: `ip address` lists them.";
    case "EADDRINUSE":
      return "A DHCP server or relay runs on this machine: stop it, or load from another one.";
    default:
      return "";
  }
}
