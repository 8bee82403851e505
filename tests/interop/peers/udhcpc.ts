/** udhcpc of busybox 1.35. */
import { type ClientPeer, INTERFACE, type Place, place, type RunningClient } from "./peer.js";

const SCRIPT = `#!/bin/sh
case "$1" in
  deconfig) ip -4 address flush dev "$interface"; ip link set "$interface" up ;;
  bound|renew)
    ip address replace "$ip/24" dev "$interface"
    [ -n "$router" ] && ip route replace default via "$router" dev "$interface" ;;
esac
exit 0
`;

/** Drives udhcpc. */
export const udhcpc: ClientPeer = {
  name: "udhcpc",
  comesBackBy: null,
  start({ lab, host, folder }: Place, wishes): RunningClient {
    const script = place(folder, "udhcpc-script", SCRIPT, 0o755);
    const args = ["-f", "-i", INTERFACE, "-s", script, "-t", "10", "-T", "2", "-A", "1"];
    if (wishes.address !== undefined) args.push("-r", wishes.address);
    if (wishes.leaseSeconds !== undefined) args.push("-x", `lease:${wishes.leaseSeconds}`);
    if (wishes.probe) args.push("-a");
    const program = lab.start(host, "udhcpc", args);
    return {
      program,
      async release() {
        program.signal("SIGUSR2");
        await program.line(/Entering released state|released/i);
        await program.end();
      },
      stop: () => program.end(),
      renew: () => program.signal("SIGUSR1"),
    };
  },
};
