/**
 * `leasehold lease`: be a DHCP client on one interface, in the foreground, until told to stop.
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CLIENT_DEFAULTS, ClientCore } from "../core/client.js";
import { ClientCommand, LeaseChange, nameOfClientConfigurationFault } from "#layout";
import { ClientHost } from "../client/client.js";
import type { LeaseReport } from "../client/reports.js";
import { encodeConfiguration } from "../client/configuration.js";
import { Hook } from "../client/hook.js";
import { Link } from "../client/link.js";
import { LeaseMemory, type Remembered } from "../client/memory.js";
import { Resolver } from "../client/resolver.js";
import { Settler } from "../client/settle.js";
import { type Clock, openClock } from "../clock.js";
import { compileModule, readModule } from "../core/module.js";
import { LinuxClientTransport } from "../net/linux/client-transport.js";
import type { KernelInterface } from "../net/linux/interfaces.js";
import { StoreError } from "../store/store.js";
import { lockFile } from "../store/lock.js";
import { reasonOf } from "../reasons.js";
import { UserError } from "../user-error.js";
import { type Command, ExitCode } from "./command.js";
import { type LeaseOptions, leaseOptions, readLeaseOptions } from "./lease-options.js";
import { LeasePrinter } from "./lease-printer.js";
import { readInterface } from "./option-values.js";

/** The subcommand. */
export const command: Command = {
  name: "lease",
  usage: ["--interface NAME [options]"],
  description: `
Obtains an address by DHCP, puts it onto the interface with its routes and name servers, and keeps it until stopped.

INT and TERM stop it: the address is taken away, but the lease is remembered and asked for again at the next start. USR1
gives the lease back and stops. HUP renews it now.`,
  options: leaseOptions,
  positionals: [0, 0],
  examples: [
    ["leasehold lease --interface lan0", "Configure lan0 and stay in the foreground."],
    ["leasehold lease --interface lan0 --once --request 192.0.2.10", "Ask for an address and leave."],
    ["leasehold lease --interface lan0 --release", "Give the lease back, whether or not a client is running."],
  ],
  run: (line) => lease(readLeaseOptions(line)),
};

async function lease(options: LeaseOptions): Promise<ExitCode> {
  const kernel = readInterface(options.interfaceName);
  await makeFolder(options.state);
  const lock = await holdOrSignal(options);
  if (lock === null) return ExitCode.OK;
  try {
    return await run(options, kernel);
  } finally {
    await lock.release();
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(
      `The state folder ${folder} cannot be made: ${reasonOf(error)}.`,
      "Choose another one by --state.",
    );
  }
}

async function run(options: LeaseOptions, kernel: KernelInterface): Promise<ExitCode> {
  const printer = new LeasePrinter(options);
  const { interfaceName } = options;
  const memory = new LeaseMemory(options.state, interfaceName);
  const remembered = await memory.recall((sentence) => printer.say(sentence));
  if (options.task === "release" && (remembered === null || remembered.record.length === 0)) {
    throw new UserError(`no lease is remembered for ${interfaceName}`, `Looked in ${memory.path}; see --state.`);
  }
  const configures = options.configure && options.task !== "inform";
  const link = configures ? new Link(interfaceName, kernel.mtu, options.metric) : null;
  if (configures && !kernel.up) await link?.up();
  const settler = new Settler(
    {
      interfaceName,
      link,
      resolver: configures && options.resolver !== null ? new Resolver(options.resolver, interfaceName) : null,
      memory,
      hook: options.hook === undefined ? null : await Hook.open(options.hook),
      policy: { wideRoutes: options.wideRoutes },
      linkMtu: kernel.mtu,
      say: (sentence) => printer.say(sentence),
    },
    remembered?.acknowledgement ?? new Uint8Array(0),
  );
  const clock = await openClock();
  const core = await prepareCore(options, kernel, remembered, clock);
  const transport = openTransport(options);
  const outcome = new Outcome(options.task);
  const host = new ClientHost({
    core,
    transport,
    clock,
    onMessage: (message) => printer.message(message),
    onChange: async (report) => {
      const settled = await settler.settle(report);
      printer.change(report, settled);
      outcome.note(report);
    },
  });
  let code: ExitCode;
  try {
    code = await drive(host, options, outcome, printer);
  } catch (error) {
    // What could not be applied whole is not left there in part.
    await settler.withdraw().catch((fault: Error) => printer.say(fault.message));
    throw error;
  }
  // The record still names the lease; nobody may ask for it again.
  if (options.task === "release" && code === ExitCode.OK) await memory.forget();
  return code;
}

/** Runs the host until the task is done, a signal comes, or time is up. */
async function drive(
  host: ClientHost,
  options: LeaseOptions,
  outcome: Outcome,
  printer: LeasePrinter,
): Promise<ExitCode> {
  const timer = options.task === "keep" ? null : setTimeout(() => outcome.giveUp(), options.timeoutSeconds * 1000);
  const handlers = new Map<NodeJS.Signals, () => void>([["SIGHUP", () => host.command(ClientCommand.RENEW)]]);
  const halted = new Promise<void>((resolve, reject) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGUSR1"] as const) {
      handlers.set(signal, () => host.halt(signal === "SIGUSR1").then(resolve, reject));
    }
  });
  for (const [signal, handle] of handlers) process.on(signal, handle);
  try {
    host.start(COMMANDS[options.task]);
    const released = options.task === "release" ? [host.halt(true)] : [];
    await Promise.race([outcome.reached, halted, host.finished, ...released]);
    if (outcome.failure !== null) printer.say(outcome.failure);
    return outcome.failure === null ? ExitCode.OK : ExitCode.FAILURE;
  } finally {
    await host.close();
    if (timer !== null) clearTimeout(timer);
    for (const [signal, handle] of handlers) process.removeListener(signal, handle);
  }
}

/** What a task begins with; a release needs no more than to stop. */
const COMMANDS: Readonly<Record<LeaseOptions["task"], ClientCommand | undefined>> = {
  keep: ClientCommand.START,
  once: ClientCommand.START,
  release: undefined,
  inform: ClientCommand.INFORM,
};

/** When a task is done, and whether it failed. */
class Outcome {
  readonly reached: Promise<void>;
  failure: string | null = null;
  #reach: () => void = () => {};
  readonly #task: LeaseOptions["task"];

  constructor(task: LeaseOptions["task"]) {
    this.#task = task;
    this.reached = new Promise((resolve) => {
      this.#reach = resolve;
    });
  }

  note(report: LeaseReport): void {
    if (this.#task === "once" && report.address !== 0) this.#reach();
    if (report.change === LeaseChange.INFORMED && this.#task === "inform") this.#reach();
    if (report.change === LeaseChange.UNANSWERED) this.#fail("no server answered the DHCPINFORM");
  }

  giveUp(): void {
    this.#fail(`nothing was obtained in time; is there a DHCP server on this link? (--timeout sets how long to try)`);
  }

  #fail(sentence: string): void {
    this.failure = sentence;
    this.#reach();
  }
}

async function prepareCore(
  options: LeaseOptions,
  kernel: KernelInterface,
  remembered: Remembered | null,
  clock: Clock,
): Promise<ClientCore> {
  const core = new ClientCore(await compileModule(await readModule("client")), CLIENT_DEFAULTS);
  const ETHERNET = 1;
  const clientIdentifier = options.settings.clientIdentifier ?? Buffer.from([ETHERNET, ...kernel.mac]);
  const fault = core.configure(encodeConfiguration({ ...options.settings, clientIdentifier }));
  if (fault !== 0) {
    const name = nameOfClientConfigurationFault(fault) ?? fault;
    throw new UserError(`the client cannot be configured so: ${name} at byte ${core.control.refusedAt}`);
  }
  const seconds = Math.floor(clock.wall() / 1000);
  if (remembered !== null && remembered.record.length > 0) {
    core.restoreSlice(remembered.record, seconds, clock.now());
  }
  core.restoreSlice(new Uint8Array(0), seconds, clock.now());
  return core;
}

function openTransport(options: LeaseOptions): LinuxClientTransport {
  const CLIENT_PORT = 68;
  const { interfaceName } = options;
  try {
    return LinuxClientTransport.open({ interfaceName, port: options.settings.clientPort ?? CLIENT_PORT });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EPERM" || code === "EACCES") {
      throw new UserError(
        `not allowed to open the sockets: ${message}`,
        "Run as root, or give Node CAP_NET_RAW, CAP_NET_BIND_SERVICE and CAP_NET_ADMIN as ambient capabilities.",
      );
    }
    if (code === "EADDRINUSE") {
      throw new UserError(`another DHCP client holds UDP port 68 on ${interfaceName}`, "Stop it first.");
    }
    throw error;
  }
}

/**
 * Takes the lock of this interface's client. With --release, a client that runs already is asked to release instead, and
 * null is returned.
 */
async function holdOrSignal(options: LeaseOptions) {
  const path = join(options.state, `client-${options.interfaceName}.lock`);
  try {
    return await lockFile(path, "exclusive");
  } catch (error) {
    if (!(error instanceof StoreError) || error.kind !== "held") throw error;
    if (options.task === "release") return signalHolder(path, options);
    throw new UserError(error.message, "Another leasehold client serves this interface; stop it first.");
  }
}

/** Asks the client that holds the lock to release, and waits until it has gone. */
async function signalHolder(path: string, options: LeaseOptions): Promise<null> {
  const pid = Number.parseInt(await readFile(path, "utf8"), 10);
  // Zero would be every process of this group.
  if (!(pid > 0)) throw new UserError(`${path} does not say which client holds it.`, "Send that client USR1 yourself.");
  try {
    process.kill(pid, "SIGUSR1");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === "ESRCH" ? "it has just ended" : reasonOf(error);
    throw new UserError(`The client with pid ${pid} can't be asked to release: ${reason}.`, "Try again, as its user.");
  }
  const end = Date.now() + options.timeoutSeconds * 1000;
  while (Date.now() < end) {
    await delay(100);
    try {
      const lock = await lockFile(path, "exclusive");
      await lock.release();
      return null;
    } catch (error) {
      if (!(error instanceof StoreError) || error.kind !== "held") throw error;
    }
  }
  throw new UserError(`the client with pid ${pid} did not stop in time`);
}
