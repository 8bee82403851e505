/**
 * What a host may ask of a client: `InputSlot.value` of an `InputKind.COMMAND`. A command that the present state does not
 * list gets the verdict COMMAND_REFUSED and changes nothing; after any other the host drains the transmit ring before it applies what
 * `ClientStatus` then says (a DHCPRELEASE leaves from the address that it gives up).
 */

/** Commands. Numbers are stable. */
export enum ClientCommand {
  NONE = 0,
  /** Begin: with the restored lease if there is a usable one (INIT-REBOOT), else from INIT. In STOPPED. */
  START = 1,
  /** Give the lease back (DHCPRELEASE, RFC 2131 §4.4.6), forget it and stop. While a lease is held. */
  RELEASE = 2,
  /**
   * Ask for parameters only (DHCPINFORM, RFC 2131 §4.4.3), for the address in the payload (u32, a number) or, with an
   * empty payload, for the interface's own. In STOPPED; the client is in STOPPED again when it has them, or has asked in vain.
   */
  INFORM = 3,
  /** Extend the lease now, before T1 (RFC 2131 §4.4.5). In BOUND. */
  RENEW = 4,
  /** Stop without a word to the server: the lease stays recorded, and START leads to INIT-REBOOT (RFC 2131 §3.2). */
  STOP = 5,
}
