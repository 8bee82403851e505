/**
 * `leasehold serve`: the DHCP server in the foreground, until it is told to stop.
 *
 * Order matters: the configuration is checked before anything is opened; sockets are opened as root, root is given up, and
 * only then is the store opened, so that its files belong to the user who goes on. "ready" is said when datagrams are answered.
 */
import { readModule, compileModule } from "../core/module.js";
import { openClock } from "../clock.js";
import type { Configuration } from "../config/compile.js";
import { withoutProbes } from "../config/image.js";
import { type ControlHandler, controlPath, ControlSocket } from "../server/control.js";
import { PortableTransport } from "../net/portable.js";
import type { Transport, TransportStatistics } from "../net/transport.js";
import { Server, type ServerPlan } from "../server/server.js";
import { openJournal } from "../store/journal.js";
import { MemoryStore } from "../store/memory.js";
import { UserError } from "../user-error.js";
import { type Command, ExitCode, type Invocation } from "./command.js";
import { leaseItems, statusItems } from "./lease-rows.js";
import type { Log } from "./log.js";
import { notifyServiceManager } from "./notify.js";
import { OverloadReporter } from "./overload.js";
import { type Account, becomeAccount, prepareFolderFor, findAccount } from "./privileges.js";
import { RefusalReporter } from "./refusals.js";
import { chooseConfiguration, logOf, type Chosen } from "./serve-configuration.js";
import { serverEvents } from "./serve-events.js";
import { checkOwnAddresses, interfacesToServe, networkOf, openTransport } from "./serve-transport.js";

/** The subcommand. */
export const command: Command = {
  name: "serve",
  usage: ["FILE [options]", "--interface NAME [options]"],
  description: `
Serves what the configuration FILE says. Without a file, --interface NAME serves that interface's own subnet: the upper half of its
addresses, each probed before it is offered; --print shows that configuration, to be saved and changed.

Leases are kept in the state folder, and each is synced to disk before its DHCPACK leaves. SIGTERM and SIGINT stop the server
in good order; SIGHUP reads FILE again, and serves by it once a second instance is ready: when the file has an
error, the server goes on as before. With --user, that user must be able to read FILE. Which interfaces are served, the ports, the user, the log and the state folder change only by a restart.

On Linux as root, every kind of client is served. Otherwise (another system, or a port above 1023) plain UDP is used: clients that have
no address yet are answered by broadcast, and addresses are not probed.`,
  options: {
    interface: {
      type: "string",
      short: "i",
      multiple: true,
      value: "NAME",
      doc: "Serve this interface; may be given several times with a FILE.",
    },
    state: { type: "string", value: "DIR", doc: "The folder where leases are kept; /var/lib/leasehold by default." },
    volatile: { type: "boolean", doc: "Keep leases in memory only: a restart forgets them. For tries." },
    user: { type: "string", value: "NAME", doc: "Become this user once the sockets are open." },
    transport: {
      type: "string",
      value: "KIND",
      doc: '"linux" (system calls, needs root) or "portable" (plain UDP); chosen by itself when left out.',
    },
    "server-port": { type: "string", value: "PORT", doc: "Listen on another port than 67, for tries without root." },
    "client-port": { type: "string", value: "PORT", doc: "Answer clients on another port than 68." },
    log: {
      type: "string",
      value: "LEVEL",
      doc: '"error", "warning", "info" or "debug": a line with its verdict for each datagram.',
    },
    json: { type: "boolean", doc: "Log one JSON object a line." },
    ladder: { type: "boolean", doc: "Show each client's ladder as it is climbed, on standard output." },
    print: { type: "boolean", doc: "With --interface alone: print the configuration that would be served, and end." },
  },
  positionals: [0, 1],
  examples: [
    ["leasehold serve --interface lan0", "Serve the subnet of lan0."],
    ["leasehold serve /etc/leasehold.jsonc --log debug", "Serve what the file says, and explain each answer."],
  ],
  run,
};

async function run(invocation: Invocation): Promise<ExitCode> {
  const chosen = chooseConfiguration(invocation);
  if (invocation.flag("print")) {
    process.stdout.write(chosen.text);
    return ExitCode.OK;
  }
  return new Serving(invocation, chosen).run();
}

/** One run of the server. */
class Serving {
  readonly #invocation: Invocation;
  readonly #chosen: Chosen;
  readonly #log: Log;
  #configuration: Configuration;

  constructor(invocation: Invocation, chosen: Chosen) {
    this.#invocation = invocation;
    this.#chosen = chosen;
    this.#configuration = chosen.configuration;
    this.#log = logOf(invocation, chosen.configuration);
  }

  async run(): Promise<ExitCode> {
    const { state } = this.#configuration;
    const { file, summary } = this.#chosen;
    if (file === null) this.#log.info("plan", `${summary} To change that: --print shows it as a configuration file.`);
    const account = this.#account();
    const module = await compileModule(await readModule("server"));
    const names = interfacesToServe(this.#configuration);
    const transport = await openTransport(this.#invocation, this.#configuration, names);
    let server: Server;
    try {
      checkOwnAddresses(this.#configuration, transport.interfaces());
      if (account) {
        prepareFolderFor(account, state);
        becomeAccount(account);
      }
      const probes = !(transport instanceof PortableTransport);
      if (!probes && this.#configuration.probes) this.#log.info("no-probes", "plain UDP: addresses are not probed.");
      const plan = () => ({
        module,
        image: probes ? this.#configuration.image : withoutProbes(this.#configuration.image),
        limits: this.#configuration.limits,
        networkOf: networkOf(this.#configuration),
      });
      const events = serverEvents(
        this.#log,
        () => this.#configuration,
        () => transport.interfaces(),
        this.#invocation.flag("ladder"),
      );
      const openStore = this.#invocation.flag("volatile")
        ? async () => new MemoryStore()
        : () => openJournal(state, { onEvent: ({ level, message }) => this.#log[level]("store", message) });
      server = await Server.start({
        plan: plan(),
        transport,
        clock: await openClock(),
        openStore,
        events,
        diagnosisFolder: state,
      });
      process.on("SIGHUP", () => void this.#reload(server, plan, transport));
    } catch (error) {
      await transport.close();
      throw error;
    }
    return this.#untilEnded(
      server,
      transport.statistics,
      transport
        .interfaces()
        .filter(({ up }) => up)
        .map(({ name }) => name),
    );
  }

  #account(): Account | null {
    const user = this.#invocation.text("user") ?? this.#configuration.user;
    return user === null
      ? null
      : findAccount(user, this.#invocation.text("user") === undefined ? this.#configuration.group : null);
  }

  async #untilEnded(server: Server, statistics: TransportStatistics, up: readonly string[]): Promise<ExitCode> {
    const control = await this.#openControl(server, statistics);
    const refusals = new RefusalReporter(this.#log, () => server.verdicts);
    const overload = new OverloadReporter(this.#log, statistics);
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void this.#stop(server, signal));
    const { names, limits } = this.#configuration;
    this.#log.info(
      "ready",
      `ready: serving ${names.networks.join(", ")} on ${up.join(", ") || "no interface yet"}, ${limits.leaseCount} addresses.`,
      {
        networks: names.networks.join(" "),
        interfaces: up.join(" "),
        leases: limits.leaseCount,
      },
    );
    await notifyServiceManager("READY=1", this.#log);
    const { reason, message } = await server.ended;
    refusals.close();
    overload.close();
    await control?.close();
    if (reason !== "stopped") {
      this.#log.error(reason, message);
      return ExitCode.FAILURE;
    }
    this.#log.info("stopped", message);
    return ExitCode.OK;
  }

  /** The socket that `leasehold leases` asks; without a state folder there is none. */
  async #openControl(server: Server, statistics: TransportStatistics): Promise<ControlSocket | null> {
    if (this.#invocation.flag("volatile")) return null;
    const handlers = new Map<string, ControlHandler>([
      ["leases", () => leaseItems(server, this.#configuration)],
      ["status", () => statusItems(server, this.#configuration, statistics)],
    ]);
    try {
      return await ControlSocket.open(controlPath(this.#configuration.state), handlers);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#log.warning("no-control", `${error.message} \`leasehold leases\` can't ask this server. ${error.advice}`);
      return null;
    }
  }

  async #stop(server: Server, signal: string): Promise<void> {
    this.#log.info("stopping", `stopping on ${signal}.`);
    await notifyServiceManager("STOPPING=1", this.#log);
    await server.stop();
  }

  async #reload(server: Server, plan: () => ServerPlan, transport: Transport): Promise<void> {
    const before = this.#configuration;
    try {
      if (this.#chosen.file === null)
        throw new UserError("There is no configuration file to read again.", "Serve by a file.");
      this.#configuration = chooseConfiguration(this.#invocation).configuration;
      this.#warnOfRestart(before, this.#configuration);
      checkOwnAddresses(this.#configuration, transport.interfaces());
      await server.reload(plan());
      this.#log.info(
        "reloaded",
        `reloaded: serving ${this.#configuration.names.networks.join(", ")}, ${this.#configuration.limits.leaseCount} addresses.`,
      );
    } catch (error) {
      this.#configuration = before;
      // A fault of ours in making the second instance is no reason to end the first one.
      const why = error instanceof UserError ? `${error.message} ${error.advice}`.trim() : (error as Error).stack;
      this.#log.error("not-reloaded", `not reloaded, serving as before: ${why}`);
    }
  }

  /** What a reload can't change. */
  #warnOfRestart(before: Configuration, after: Configuration): void {
    const changed = (["state", "user", "group", "log", "ports", "interfaces"] as const).filter(
      (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
    );
    if (changed.length > 0)
      this.#log.warning("restart-needed", `${changed.join(", ")} changed: that takes effect with a restart only.`);
  }
}
