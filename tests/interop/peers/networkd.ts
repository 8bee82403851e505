/**
 * systemd-networkd 252, alone: no D-Bus, no udev (which it takes to be absent where /sys is read-only), its state and its
 * configuration in folders of the lab.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type ClientPeer, type ClientWishes, INTERFACE, type Place, place, type RunningClient } from "./peer.js";
import { withMounts } from "./mounts.js";

function configuration(wishes: ClientWishes): string {
  const lines = ["[Match]", `Name=${INTERFACE}`, "[Network]", "DHCP=ipv4", "IPv6AcceptRA=no", "LinkLocalAddressing=no"];
  lines.push("[DHCPv4]", "ClientIdentifier=mac", `SendDecline=${wishes.probe ? "yes" : "no"}`, "SendRelease=yes");
  // There is no setting for a lease time; any option can be sent, and option 51 is one (RFC 2132 §9.2).
  if (wishes.leaseSeconds !== undefined) lines.push(`SendOption=51:uint32:${wishes.leaseSeconds}`);
  return `${lines.join("\n")}\n`;
}

/** Drives systemd-networkd. */
export const networkd: ClientPeer = {
  name: "networkd",
  comesBackBy: "cable",
  start({ lab, host, folder }: Place, wishes): RunningClient {
    const settings = join(folder, "networkd");
    mkdirSync(settings, { recursive: true });
    place(settings, "10-lab.network", configuration(wishes));
    const folders = { "/run": "networkd-run", "/etc/systemd/network": "networkd" };
    const { command, args } = withMounts(folder, { folders, sysReadOnly: true }, ["/lib/systemd/systemd-networkd"]);
    const program = lab.start(host, command, args, { SYSTEMD_LOG_LEVEL: "debug", SYSTEMD_LOG_TARGET: "console" });
    return {
      program,
      async release() {
        // With SendRelease=, networkd gives the lease back when it ends.
        await program.end();
      },
      stop: () => program.kill(),
    };
  },
};
