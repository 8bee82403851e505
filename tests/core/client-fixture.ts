/**
 * A client's settings and status outside an instance, for the specs of its single functions.
 */
import { ClientConfiguration } from "../../assembly/client/configuration";
import { openLease } from "../../assembly/client/lease";
import { useSettings } from "../../assembly/client/settings";
import { ClientStatus, openStatus, status } from "../../assembly/client/status";

const configuration = memory.data(128, 8);
const statusArea = memory.data(128, 8);
const macArea = memory.data(8, 8);

/** Opens a status of zeros, and settings as RFC 2131 has them. */
export function freshClient(): ClientConfiguration {
  memory.fill(configuration, 0, 128);
  memory.fill(statusArea, 0, 128);
  openStatus(changetype<ClientStatus>(statusArea));
  openLease(macArea, 0, 0);
  const settings = changetype<ClientConfiguration>(configuration);
  settings.firstRetransmissionMilliseconds = 4000;
  settings.longestRetransmissionMilliseconds = 64000;
  useSettings(settings);
  status.state = 0;
  return settings;
}
