/**
 * All servers that are measured, in the order of the tables.
 */
import { buildResponder } from "../harness/programs.js";
import { dhcpd } from "./dhcpd.js";
import { kea } from "./kea.js";
import { leasehold, native, portable, volatile } from "./leasehold.js";
import type { Rival } from "./rival.js";
import { dnsmasq, npm, udhcpd } from "./small.js";

let responderProgram = "";

/** The bare responder in C: the limit of sockets. */
export const responder: Rival = {
  key: "responder",
  name: "bare C responder",
  holding: "none",
  unable: ({ size, onLink }) => (size.subnets > 1 || onLink ? "it answers through one relay" : null),
  async build() {
    responderProgram = buildResponder();
  },
  start: () => ({ command: responderProgram, args: [] }),
};

/** The servers. */
export const rivals: readonly Rival[] = [
  leasehold,
  volatile,
  portable,
  native,
  kea,
  dhcpd,
  dnsmasq,
  udhcpd,
  npm,
  responder,
];
