/**
 * The DHCP options there are: code, the name in IANA's registry "BOOTP Vendor Extensions and DHCP Options", the name that ISC and Kea
 * users know, and the type of the value. Data, not code: a new option is a line.
 *
 * Types with letters of their own: `addressPairs` are address and mask (21) or destination and router (33); `routes` are RFC 3442's;
 * `domains` are names in the encoding of RFC 1035; `suboptions` are encapsulated (RFC 2132 §8.4); `bytes` have a
 * structure that is given in hexadecimal.
 */

/** How the value of an option is written in a configuration, and encoded. */
export type OptionType =
  | "flag"
  | "u8"
  | "u16"
  | "u32"
  | "i32"
  | "u16s"
  | "text"
  | "address"
  | "addresses"
  | "addressPairs"
  | "routes"
  | "domains"
  | "suboptions"
  | "bytes";

/** One option. */
export interface OptionDefinition {
  readonly code: number;
  /** In IANA's registry. */
  readonly ianaName: string;
  /** As ISC dhcpd and Kea call it; how Leasehold shows it. */
  readonly name: string;
  readonly type: OptionType;
}

const table: readonly (readonly [code: number, ianaName: string, name: string, type: OptionType])[] = [
  [1, "Subnet Mask", "subnet-mask", "address"],
  [2, "Time Offset", "time-offset", "i32"],
  [3, "Router", "routers", "addresses"],
  [4, "Time Server", "time-servers", "addresses"],
  [5, "Name Server", "name-servers", "addresses"],
  [6, "Domain Server", "domain-name-servers", "addresses"],
  [7, "Log Server", "log-servers", "addresses"],
  [8, "Quotes Server", "cookie-servers", "addresses"],
  [9, "LPR Server", "lpr-servers", "addresses"],
  [10, "Impress Server", "impress-servers", "addresses"],
  [11, "RLP Server", "resource-location-servers", "addresses"],
  [12, "Hostname", "host-name", "text"],
  [13, "Boot File Size", "boot-size", "u16"],
  [14, "Merit Dump File", "merit-dump", "text"],
  [15, "Domain Name", "domain-name", "text"],
  [16, "Swap Server", "swap-server", "address"],
  [17, "Root Path", "root-path", "text"],
  [18, "Extension File", "extensions-path", "text"],
  [19, "Forward On/Off", "ip-forwarding", "flag"],
  [20, "SrcRte On/Off", "non-local-source-routing", "flag"],
  [21, "Policy Filter", "policy-filter", "addressPairs"],
  [22, "Max DG Assembly", "max-dgram-reassembly", "u16"],
  [23, "Default IP TTL", "default-ip-ttl", "u8"],
  [24, "MTU Timeout", "path-mtu-aging-timeout", "u32"],
  [25, "MTU Plateau", "path-mtu-plateau-table", "u16s"],
  [26, "MTU Interface", "interface-mtu", "u16"],
  [27, "MTU Subnet", "all-subnets-local", "flag"],
  [28, "Broadcast Address", "broadcast-address", "address"],
  [29, "Mask Discovery", "perform-mask-discovery", "flag"],
  [30, "Mask Supplier", "mask-supplier", "flag"],
  [31, "Router Discovery", "router-discovery", "flag"],
  [32, "Router Request", "router-solicitation-address", "address"],
  [33, "Static Route", "static-routes", "addressPairs"],
  [34, "Trailers", "trailer-encapsulation", "flag"],
  [35, "ARP Timeout", "arp-cache-timeout", "u32"],
  [36, "Ethernet", "ieee802-3-encapsulation", "flag"],
  [37, "Default TCP TTL", "default-tcp-ttl", "u8"],
  [38, "Keepalive Time", "tcp-keepalive-interval", "u32"],
  [39, "Keepalive Data", "tcp-keepalive-garbage", "flag"],
  [40, "NIS Domain", "nis-domain", "text"],
  [41, "NIS Servers", "nis-servers", "addresses"],
  [42, "NTP Servers", "ntp-servers", "addresses"],
  [43, "Vendor Specific", "vendor-encapsulated-options", "suboptions"],
  [44, "NETBIOS Name Srv", "netbios-name-servers", "addresses"],
  [45, "NETBIOS Dist Srv", "netbios-dd-server", "addresses"],
  [46, "NETBIOS Node Type", "netbios-node-type", "u8"],
  [47, "NETBIOS Scope", "netbios-scope", "text"],
  [48, "X Window Font", "font-servers", "addresses"],
  [49, "X Window Manager", "x-display-manager", "addresses"],
  [50, "Address Request", "dhcp-requested-address", "address"],
  [51, "Address Time", "dhcp-lease-time", "u32"],
  [52, "Overload", "dhcp-option-overload", "u8"],
  [53, "DHCP Msg Type", "dhcp-message-type", "u8"],
  [54, "DHCP Server Id", "dhcp-server-identifier", "address"],
  [55, "Parameter List", "dhcp-parameter-request-list", "bytes"],
  [56, "DHCP Message", "dhcp-message", "text"],
  [57, "DHCP Max Msg Size", "dhcp-max-message-size", "u16"],
  [58, "Renewal Time", "dhcp-renewal-time", "u32"],
  [59, "Rebinding Time", "dhcp-rebinding-time", "u32"],
  [60, "Class Id", "vendor-class-identifier", "text"],
  [61, "Client Id", "dhcp-client-identifier", "bytes"],
  [62, "NetWare/IP Domain", "nwip-domain-name", "text"],
  [63, "NetWare/IP Option", "nwip-suboptions", "suboptions"],
  [64, "NIS-Domain-Name", "nisplus-domain-name", "text"],
  [65, "NIS-Server-Addr", "nisplus-servers", "addresses"],
  [66, "Server-Name", "tftp-server-name", "text"],
  [67, "Bootfile-Name", "boot-file-name", "text"],
  [68, "Home-Agent-Addrs", "mobile-ip-home-agent", "addresses"],
  [69, "SMTP-Server", "smtp-server", "addresses"],
  [70, "POP3-Server", "pop-server", "addresses"],
  [71, "NNTP-Server", "nntp-server", "addresses"],
  [72, "WWW-Server", "www-server", "addresses"],
  [73, "Finger-Server", "finger-server", "addresses"],
  [74, "IRC-Server", "irc-server", "addresses"],
  [75, "StreetTalk-Server", "streettalk-server", "addresses"],
  [76, "STDA-Server", "streettalk-directory-assistance-server", "addresses"],
  [77, "User-Class", "user-class", "bytes"],
  [78, "Directory Agent", "slp-directory-agent", "bytes"],
  [79, "Service Scope", "slp-service-scope", "bytes"],
  [80, "Rapid Commit", "rapid-commit", "bytes"],
  [81, "Client FQDN", "fqdn", "bytes"],
  [82, "Relay Agent Information", "dhcp-agent-options", "bytes"],
  [83, "iSNS", "isns", "bytes"],
  [85, "NDS Servers", "nds-server", "addresses"],
  [86, "NDS Tree Name", "nds-tree-name", "text"],
  [87, "NDS Context", "nds-context", "text"],
  [88, "BCMCS Controller Domain Name list", "bcms-controller-names", "domains"],
  [89, "BCMCS Controller IPv4 address option", "bcms-controller-address", "addresses"],
  [90, "Authentication", "authenticate", "bytes"],
  [91, "client-last-transaction-time option", "client-last-transaction-time", "u32"],
  [92, "associated-ip option", "associated-ip", "addresses"],
  [93, "Client System", "client-system", "u16s"],
  [94, "Client NDI", "client-ndi", "bytes"],
  [95, "LDAP", "ldap", "text"],
  [97, "UUID/GUID", "uuid-guid", "bytes"],
  [98, "User-Auth", "uap-servers", "text"],
  [99, "GEOCONF_CIVIC", "geoconf-civic", "bytes"],
  [100, "PCode", "pcode", "text"],
  [101, "TCode", "tcode", "text"],
  [108, "IPv6-Only Preferred", "v6-only-preferred", "u32"],
  [112, "Netinfo Address", "netinfo-server-address", "addresses"],
  [113, "Netinfo Tag", "netinfo-server-tag", "text"],
  [114, "DHCP Captive-Portal", "v4-captive-portal", "text"],
  [116, "Auto-Config", "auto-config", "u8"],
  [117, "Name Service Search", "name-service-search", "u16s"],
  [118, "Subnet Selection Option", "subnet-selection", "address"],
  [119, "Domain Search", "domain-search", "domains"],
  [120, "SIP Servers DHCP Option", "sip-servers", "bytes"],
  [121, "Classless Static Route Option", "classless-static-routes", "routes"],
  [122, "CCC", "cablelabs-client-configuration", "bytes"],
  [123, "GeoConf Option", "geoconf", "bytes"],
  [124, "V-I Vendor Class", "vivco-suboptions", "bytes"],
  [125, "V-I Vendor-Specific Information", "vivso-suboptions", "bytes"],
  [136, "OPTION_PANA_AGENT", "pana-agent", "addresses"],
  [137, "OPTION_V4_LOST", "v4-lost", "domains"],
  [138, "OPTION_CAPWAP_AC_V4", "capwap-ac-v4", "addresses"],
  [139, "OPTION-IPv4_Address-MoS", "mos-addresses", "bytes"],
  [140, "OPTION-IPv4_FQDN-MoS", "mos-names", "bytes"],
  [141, "SIP UA Configuration Service Domains", "sip-ua-cs-domains", "domains"],
  [142, "OPTION-IPv4_Address-ANDSF", "andsf-addresses", "addresses"],
  [143, "OPTION_V4_SZTP_REDIRECT", "v4-sztp-redirect", "bytes"],
  [144, "GeoLoc", "geoloc", "bytes"],
  [146, "RDNSS Selection", "rdnss-selection", "bytes"],
  [147, "OPTION_V4_DOTS_RI", "dots-ri", "domains"],
  [148, "OPTION_V4_DOTS_ADDRESS", "dots-address", "addresses"],
  [150, "TFTP server address", "tftp-server-address", "addresses"],
  [158, "OPTION_V4_PCP_SERVER", "pcp-server", "bytes"],
  [159, "OPTION_V4_PORTPARAMS", "v4-portparams", "bytes"],
  [161, "OPTION_MUD_URL_V4", "mud-url", "text"],
  [162, "OPTION_V4_DNR", "v4-dnr", "bytes"],
  [208, "PXELINUX Magic", "pxelinux-magic", "u32"],
  [209, "Configuration File", "pxelinux-configuration-file", "text"],
  [210, "Path Prefix", "pxelinux-path-prefix", "text"],
  [211, "Reboot Time", "pxelinux-reboot-time", "u32"],
  [212, "OPTION_6RD", "option-6rd", "bytes"],
  [213, "OPTION_V4_ACCESS_DOMAIN", "v4-access-domain", "domains"],
  [249, "Classless Static Route (Microsoft, private use)", "microsoft-classless-static-routes", "routes"],
  [252, "Web Proxy Auto-Discovery (private use)", "wpad", "text"],
];

/** All options, by code. */
export const optionDefinitions: readonly OptionDefinition[] = table.map(([code, ianaName, name, type]) => ({
  code,
  ianaName,
  name,
  type,
}));

/** Options that a configuration can't set, each with what to do instead. */
export const refusedOptions: ReadonlyMap<number, string> = new Map([
  [0, "It only fills space."],
  [1, 'It follows from "subnet".'],
  [50, "Only clients send it."],
  [51, 'Set "leaseTime".'],
  [52, "The server writes it where an answer needs it."],
  [53, "The server writes it into every answer."],
  [54, "It is the address of the interface that is served."],
  [55, "Only clients send it."],
  [56, "The server writes it where it refuses something."],
  [57, "Only clients send it."],
  [58, 'Set "renewalTime".'],
  [59, 'Set "rebindingTime".'],
  [61, "The server returns the client's own (RFC 6842)."],
  [80, "It belongs to a negotiation, not to a configuration."],
  [81, "It belongs to a negotiation, not to a configuration."],
  [82, "The server returns the relay's own (RFC 3046)."],
  [90, "It belongs to a negotiation, not to a configuration."],
  [118, "Only clients send it (RFC 3011)."],
  [255, "It ends the options."],
]);

const byCode = new Map(optionDefinitions.map((definition) => [definition.code, definition]));

/** Names are compared without case, and blanks and underscores are hyphens. */
const normalise = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-");

const byName = new Map(
  optionDefinitions.flatMap((definition) => [
    [normalise(definition.ianaName), definition] as const,
    [definition.name, definition] as const,
  ]),
);

/** Names by which options can be called, for suggestions and the schema. */
export const optionNames: readonly string[] = optionDefinitions
  .filter(({ code }) => !refusedOptions.has(code))
  .map(({ name }) => name);

/** The option with a code, or one of the type `bytes` when the table does not know it. */
export function optionByCode(code: number): OptionDefinition {
  return byCode.get(code) ?? { code, ianaName: `Option ${code}`, name: String(code), type: "bytes" };
}

/** The option that a key names: IANA's name, ISC's and Kea's, or a code in digits. */
export function optionByKey(key: string): OptionDefinition | undefined {
  if (/^\d{1,3}$/.test(key)) return Number(key) <= 255 ? optionByCode(Number(key)) : undefined;
  return byName.get(normalise(key));
}
