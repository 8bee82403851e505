// What is wrong with a configuration file: each mistake, its line and column, and the words that the user reads. A whole
// message is compared, so that it can't get worse unnoticed.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileConfiguration } from "../../host/config/compile.js";
import { MOST_PROBLEMS, formatProblem } from "../../host/config/problems.js";

/** What is wrong, the text of the file, and the problems that must be found: "line:column: message". Warnings say so. */
type Case = readonly [name: string, text: string, problems: readonly string[]];

const cases: Readonly<Record<string, readonly Case[]>> = {
  syntax: [
    [
      "an empty file",
      ``,
      [
        '1:1: the file is empty. The least is { "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.100-192.0.2.199"] }] }.',
      ],
    ],
    [
      "only a comment",
      `// nothing`,
      [
        '1:1: the file is empty. The least is { "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.100-192.0.2.199"] }] }.',
      ],
    ],
    ["text without quotes", `{ "subnets": lan }`, ["1:14: this is not JSON: text belongs in double quotes."]],
    ["a key without quotes", `{ subnets: [] }`, ["1:3: this is not JSON: text belongs in double quotes."]],
    ["a missing comma", `{ "authoritative": true "subnets": [] }`, ["1:25: a comma is missing before this."]],
    ["a missing brace", `{ "subnets": []`, ["1:16: a closing brace } is missing."]],
    ["a missing bracket", `{ "subnets": [ }`, ["1:16: a value is missing here."]],
    ["a missing value", `{ "subnets": }`, ["1:14: a value is missing here."]],
    ["a missing colon", `{ "subnets" [] }`, ["1:13: a colon is missing between key and value."]],
    ["an open comment", `{ "subnets": [] } /* open`, ["1:19: this comment is not closed by */."]],
    [
      "an open text",
      `{ "state": "x
}`,
      ["1:12: this text is not closed by a double quote on its line."],
    ],
    ["a second value", `{} {}`, ["1:4: something follows the end of the configuration."]],
    [
      "a bad escape",
      `{ "state": "\\q" }`,
      ["1:12: a text has a \\ that begins no escape: write \\\\ for a backslash."],
    ],
    ["a bad unicode escape", `{ "state": "\\u12" }`, ["1:12: a \\u in a text needs four hexadecimal digits."]],
    ["a bad number", `{ "subnets": 1.e }`, ["1:14: this number is malformed."]],
    [
      "a control character",
      `{ "state": "\u0007" }`,
      ["1:12: a text has a control character: write it as an escape, such as \\t."],
    ],
    ["nesting", `${"[".repeat(100000)}`, ["1:33: nested more than 32 deep. A configuration needs at most 8 levels."]],
    ["a list instead of an object", `[]`, ["1:1: a list stands where the configuration, an object { ... }, should."]],
  ],
  keys: [
    [
      "a misspelt key",
      `{ "leaseTme": "1h", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:3: the configuration has no "leaseTme". Did you mean "leaseTime"?'],
    ],
    [
      "an unknown key",
      `{ "colour": 1, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        '1:3: the configuration has no "colour". Known here: interfaces, subnets, sharedNetworks, state, user, group, log, limits, ports, authoritative, probe, probeTime, leaseTime, renewalTime, rebindingTime, offerTime, quarantineTime, nextServer, serverName, bootFile, options, alwaysSend.',
      ],
    ],
    [
      "a key twice",
      `{ "authoritative": true, "authoritative": false, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:26: "authoritative" stands here a second time. Line 1 has it already: keep one of them.'],
    ],
    [
      "no subnets",
      `{}`,
      [
        '1:1: there is no subnet to serve. Add "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.100-192.0.2.199"] }].',
      ],
    ],
    [
      "empty subnets",
      `{ "subnets": [] }`,
      [
        '1:1: there is no subnet to serve. Add "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.100-192.0.2.199"] }].',
      ],
    ],
    [
      "a subnet without a subnet",
      `{ "subnets": [{ "pools": [] }] }`,
      ['1:15: a subnet lacks "subnet". The subnet, as "192.0.2.0/24".'],
    ],
    [
      "a flag that is text",
      `{ "authoritative": "yes", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:20: the text "yes" stands where true or false should.'],
    ],
    [
      "a text that is a number",
      `{ "bootFile": 7, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:15: 7 stands where a text should."],
    ],
    [
      "an empty text",
      `{ "bootFile": "", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:15: this text is empty. Leave the key out instead."],
    ],
    [
      "a long text",
      `{ "bootFile": "${"x".repeat(128)}", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:15: this text has 128 bytes. There is room for 127."],
    ],
    [
      "a control character in text",
      `{ "bootFile": "a\\tb", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:15: this text has a control character. Only printable characters can stand here."],
    ],
    [
      "a wrong word",
      `{ "log": { "level": "debgu" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:21: "debgu" is not a choice here. Did you mean "debug"?'],
    ],
    [
      "a word that is a number",
      `{ "log": { "level": 3 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:21: 3 stands where "error", "warning", "info" or "debug" should.'],
    ],
    [
      "a number out of bounds",
      `{ "ports": { "server": 0 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:24: 0 stands where a whole number from 1 to 65535 should."],
    ],
    [
      "a fraction",
      `{ "ports": { "server": 1.5 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:24: 1.5 stands where a whole number from 1 to 65535 should."],
    ],
    [
      "no power of two",
      `{ "limits": { "journalSize": 5000 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:30: 5000 is not a power of two. The next one is 8192."],
    ],
    [
      "an empty list",
      `{ "interfaces": [], "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:17: this list is empty. Leave it out, or put something into it."],
    ],
    [
      "no list",
      `{ "interfaces": "lan0", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:17: the text "lan0" stands where a list [ ... ] should.'],
    ],
  ],
  times: [
    [
      "no unit that is known",
      `{ "leaseTime": "5 minutes", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        '1:16: "5 minutes" is not a time. Write a number with a unit (s, m, h, d, w), as in "12h" or "1h30m", or a plain number of seconds.',
      ],
    ],
    [
      "too short",
      `{ "leaseTime": 0, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: 0 is out of bounds. This time goes from 1s to 2147483647s, or "infinite", in whole seconds.'],
    ],
    [
      "too long",
      `{ "leaseTime": "5000w", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        '1:16: the text "5000w" is out of bounds. This time goes from 1s to 2147483647s, or "infinite", in whole seconds.',
      ],
    ],
    [
      "not a time at all",
      `{ "leaseTime": true, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: true stands where a time from 1s to 2147483647s, or "infinite", should.'],
    ],
    [
      "infinite where it may not be",
      `{ "offerTime": "infinite", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: the text "infinite" is out of bounds. This time goes from 1s to 1h, in whole seconds.'],
    ],
    [
      "parts of a second",
      `{ "offerTime": "1500ms", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: the text "1500ms" is out of bounds. This time goes from 1s to 1h, in whole seconds.'],
    ],
    [
      "minimum above the default",
      `{ "leaseTime": { "default": "1h", "minimum": "2h" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:46: the minimum lease time "2h" is more than the default "1h". Raise the one or lower the other.'],
    ],
    [
      "maximum below the default",
      `{ "leaseTime": { "default": "1h", "maximum": "30m" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:46: the maximum lease time "30m" is less than the default "1h". Raise the one or lower the other.'],
    ],
    [
      "an unknown part",
      `{ "leaseTime": { "min": "1h" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:18: the lease time has no "min". Known here: default, minimum, maximum.'],
    ],
    [
      "T1 as long as the lease",
      `{ "leaseTime": "1h", "renewalTime": "1h", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        '1:37: renewalTime "1h" is no part of the lease time "1h". It must be shorter than the lease, or a fraction such as 0.5.',
      ],
    ],
    [
      "T2 before T1",
      `{ "renewalTime": 0.8, "rebindingTime": 0.7, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:40: rebindingTime is before renewalTime. T2 must not come before T1 (RFC 2131 section 4.4.5)."],
    ],
    [
      "T1 of 1.5",
      `{ "renewalTime": 1.5, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:18: 1.5 is out of bounds. Write a fraction between 0 and 1, or a time in whole seconds."],
    ],
    [
      "T1 that is no time",
      `{ "renewalTime": "half", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        '1:18: "half" is not a time. Write a number with a unit (s, m, h, d, w), as in "12h" or "1h30m", or a plain number of seconds.',
      ],
    ],
    [
      "T1 that is a list",
      `{ "renewalTime": [], "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:18: a list stands where a fraction of the lease time such as 0.5, or a time such as "6h", should.'],
    ],
    [
      "a probe that is too long",
      `{ "probeTime": "20s", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: the text "20s" stands where a time from "10ms" to "10s" should.'],
    ],
  ],
  addresses: [
    [
      "octets above 255",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.256-192.0.2.99"] }] }`,
      ['1:53: "192.0.2.256" is not an IPv4 address. Write four numbers from 0 to 255, as in "192.0.2.1".'],
    ],
    [
      "leading zeros",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.010-192.0.2.99"] }] }`,
      ['1:53: "192.0.2.010" has a number with a leading zero. Some programs read those as octal: leave the zero out.'],
    ],
    [
      "IPv6",
      `{ "nextServer": "2001:db8::1", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:17: "2001:db8::1" is not an IPv4 address. Leasehold hands out IPv4 addresses only.'],
    ],
    [
      "no host's address",
      `{ "nextServer": "224.0.0.1", "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        "1:17: 224.0.0.1 is no host's address. Loopback, multicast and reserved addresses, and 0.0.0.0, can't be used here.",
      ],
    ],
    [
      "a shortened range",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-99"] }] }`,
      ['1:53: "99" is not an IPv4 address. Write both ends whole, as in "192.0.2.10-192.0.2.99".'],
    ],
    [
      "three ends",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.20-192.0.2.30"] }] }`,
      [
        '1:53: "192.0.2.10-192.0.2.20-192.0.2.30" is not a range. Write it as "192.0.2.10-192.0.2.99" or "192.0.2.64/26".',
      ],
    ],
    [
      "a range turned round",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.99-192.0.2.10"] }] }`,
      ['1:53: the range "192.0.2.99-192.0.2.10" ends before it begins. Turned round it is "192.0.2.10-192.0.2.99".'],
    ],
    [
      "a pool that is a number",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": [7] }] }`,
      ["1:53: 7 stands where a pool, an object { ... }, should."],
    ],
    [
      "a pool without a range",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": [{ "exclude": [] }] }] }`,
      ['1:53: a pool lacks "range". The addresses, as "192.0.2.10-192.0.2.99" or "192.0.2.64/26".'],
    ],
    [
      "a pool outside",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.3.10-192.0.3.20"] }] }`,
      [
        "1:53: the pool 192.0.3.10-192.0.3.20 is not within its subnet 192.0.2.0/24. Hosts of that subnet have 192.0.2.1-192.0.2.254.",
      ],
    ],
    [
      "a pool partly outside",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.200-192.0.3.20"] }] }`,
      [
        "1:53: the pool 192.0.2.200-192.0.3.20 is not within its subnet 192.0.2.0/24. Hosts of that subnet have 192.0.2.1-192.0.2.254.",
      ],
    ],
    [
      "an exclusion outside",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": [{ "range": "192.0.2.10-192.0.2.20", "exclude": ["192.0.2.30"] }] }] }`,
      [
        "1:101: the exclusion 192.0.2.30 is not within the pool 192.0.2.10-192.0.2.20. It excludes nothing there: correct it, or leave it out.",
      ],
    ],
    [
      "everything excluded",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": [{ "range": "192.0.2.10-192.0.2.20", "exclude": ["192.0.2.0/24"] }] }] }`,
      [
        "1:64: the pool 192.0.2.10-192.0.2.20 has no address left to hand out. Exclusions and the subnet's own addresses take all of it.",
      ],
    ],
    [
      "only the broadcast address",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.255"] }] }`,
      [
        "1:53: the pool 192.0.2.255 has no address left to hand out. Exclusions and the subnet's own addresses take all of it.",
      ],
    ],
    [
      "overlapping pools",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", 
"pools": ["192.0.2.10-192.0.2.20",
"192.0.2.20-192.0.2.30"] }] }`,
      [
        "3:1: the pool 192.0.2.20-192.0.2.30 overlaps 192.0.2.10-192.0.2.20. Line 2 has the first: an address belongs to one pool.",
      ],
    ],
    [
      "a subnet without a prefix",
      `{ "subnets": [{ "subnet": "192.0.2.0" }] }`,
      ['1:27: "192.0.2.0" is not a subnet. Write its address and the length of its prefix, as in "192.0.2.0/24".'],
    ],
    [
      "a subnet that is nonsense",
      `{ "subnets": [{ "subnet": "lan" }] }`,
      ['1:27: "lan" is not a subnet. Write its address and the length of its prefix, as in "192.0.2.0/24".'],
    ],
    [
      "a subnet with host bits",
      `{ "subnets": [{ "subnet": "192.0.2.1/24" }] }`,
      ['1:27: "192.0.2.1/24" has bits set beyond its prefix of 24. The subnet of that address is "192.0.2.0/24".'],
    ],
    [
      "a prefix above 32",
      `{ "subnets": [{ "subnet": "192.0.2.0/33" }] }`,
      ['1:27: "192.0.2.0/33" is not a subnet. Write its address and the length of its prefix, as in "192.0.2.0/24".'],
    ],
    [
      "a subnet that is too large",
      `{ "subnets": [{ "subnet": "10.0.0.0/7" }] }`,
      ["1:27: 10.0.0.0/7 is too large for a subnet. The largest is a /8."],
    ],
    [
      "a multicast subnet",
      `{ "subnets": [{ "subnet": "224.0.0.0/24" }] }`,
      ["1:27: 224.0.0.0/24 holds no hosts' addresses. Loopback, multicast and reserved addresses can't be handed out."],
    ],
    [
      "a subnet twice",
      `{ "subnets": [
{ "subnet": "192.0.2.0/24" },
{ "subnet": "192.0.2.0/24" }] }`,
      [
        "3:13: the subnet 192.0.2.0/24 stands here a second time. Line 2 has the first: an address belongs to one subnet.",
      ],
    ],
    [
      "overlapping subnets",
      `{ "subnets": [
{ "subnet": "192.0.2.128/25" },
{ "subnet": "192.0.2.0/24" }] }`,
      [
        "3:13: the subnet 192.0.2.0/24 overlaps 192.0.2.128/25. Line 2 has the first: an address belongs to one subnet.",
      ],
    ],
    [
      "too many addresses",
      `{ "subnets": [{ "subnet": "10.0.0.0/8", "pools": ["10.0.0.0/8"] }, { "subnet": "11.0.0.0/8", "pools": ["11.0.0.0/8"] }] }`,
      ["1:1: the pools hold 33554428 addresses. One server hands out at most 16777216: make pools smaller."],
    ],
  ],
  "interfaces and networks": [
    [
      "an interface of two networks",
      `{ "subnets": [
{ "subnet": "192.0.2.0/24", "interface": "lan0" },
{ "subnet": "192.0.3.0/24", "interface": "lan0" }] }`,
      [
        '3:42: the interface "lan0" is given to two networks. Line 2 has it too. Several subnets on one link are a shared network: put them into "sharedNetworks".',
      ],
    ],
    [
      "an interface that is not listed",
      `{ "interfaces": ["lan1"],
"subnets": [{ "subnet": "192.0.2.0/24", "interface": "lan0" }] }`,
      ['2:54: the interface "lan0" is not among "interfaces". Line 1 lists lan1: add it there.'],
    ],
    [
      "a long interface name",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "interface": "a-very-long-interface-name" }] }`,
      ["1:56: this text has 26 bytes. There is room for 15."],
    ],
    [
      "a shared network without a name",
      `{ "sharedNetworks": [{ "subnets": [{ "subnet": "192.0.2.0/24" }] }] }`,
      ['1:22: a shared network lacks "name". What the network is called in messages.'],
    ],
    [
      "a shared network without subnets",
      `{ "sharedNetworks": [{ "name": "a", "subnets": [] }] }`,
      ["1:48: this list is empty. Leave it out, or put something into it."],
    ],
    [
      "two of one name",
      `{ "sharedNetworks": [
{ "name": "a", "subnets": [{ "subnet": "192.0.2.0/24" }] },
{ "name": "a", "subnets": [{ "subnet": "192.0.3.0/24" }] }] }`,
      ['3:11: a second shared network is called "a". Line 2 has the first: give each its own name.'],
    ],
    [
      "an interface inside a shared network",
      `{ "sharedNetworks": [{ "name": "a", "subnets": [{ "subnet": "192.0.2.0/24", "interface": "x" }] }] }`,
      [
        '1:77: a subnet of a shared network has no "interface". Known here: subnet, authoritative, probe, probeTime, leaseTime, renewalTime, rebindingTime, offerTime, quarantineTime, nextServer, serverName, bootFile, options, alwaysSend, pools, reservations.',
      ],
    ],
  ],
  reservations: [
    [
      "for nobody",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "address": "192.0.2.5" }] }] }`,
      ['1:96: the reservation does not say whom it is for. Add "hardwareAddress" or "clientIdentifier".'],
    ],
    [
      "for two",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "hardwareAddress": "02:00:00:00:00:01", "clientIdentifier": "01:02", "address": "192.0.2.5" }] }] }`,
      [
        "1:158: a reservation has either hardwareAddress or clientIdentifier. Keep the one that tells this client apart for good.",
      ],
    ],
    [
      "without an address",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "hardwareAddress": "02:00:00:00:00:01" }] }] }`,
      ['1:96: a reservation lacks "address". The address kept for this client, inside a pool or outside.'],
    ],
    [
      "a short hardware address",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "hardwareAddress": "02:00:00", "address": "192.0.2.5" }] }] }`,
      ['1:117: the Ethernet address "02:00:00" has 3 bytes. It has 6; another hardware type stands before a slash.'],
    ],
    [
      "a hardware address that is none",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "hardwareAddress": "printer", "address": "192.0.2.5" }] }] }`,
      [
        '1:117: "printer" is not a hardware address. Write it as "02:00:00:00:00:01"; another type than Ethernet stands before a slash, as in "32/00:11:22:33".',
      ],
    ],
    [
      "a client identifier that is none",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "clientIdentifier": "printer", "address": "192.0.2.5" }] }] }`,
      [
        '1:118: "printer" is not a client identifier. Write its bytes in hexadecimal, type byte included, as in "01:02:00:00:00:00:01", or text as in "\'printer\'".',
      ],
    ],
    [
      "a long client identifier",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "clientIdentifier": "${"ab".repeat(256)}", "address": "192.0.2.5" }] }] }`,
      ["1:118: a client identifier of 256 bytes. It has from 1 to 255."],
    ],
    [
      "outside the subnet",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "hardwareAddress": "02:00:00:00:00:01", "address": "192.0.3.5" }] }] }`,
      [
        "1:149: the reserved address 192.0.3.5 is not within its subnet 192.0.2.0/24. Hosts of that subnet have 192.0.2.1-192.0.2.254.",
      ],
    ],
    [
      "of the broadcast address",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [{ "hardwareAddress": "02:00:00:00:00:01", "address": "192.0.2.255" }] }] }`,
      [
        "1:149: the reserved address 192.0.2.255 is no host's address in its subnet 192.0.2.0/24. Hosts of that subnet have 192.0.2.1-192.0.2.254.",
      ],
    ],
    [
      "one address twice",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [
{ "hardwareAddress": "02:00:00:00:00:01", "address": "192.0.2.5" },
{ "hardwareAddress": "02:00:00:00:00:02", "address": "192.0.2.5" }] }] }`,
      ["3:54: the address 192.0.2.5 is reserved twice. Line 2 has the first: keep one of them."],
    ],
    [
      "one client twice",
      `{ "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"], "reservations": [
{ "hardwareAddress": "02:00:00:00:00:01", "address": "192.0.2.5" },
{ "hardwareAddress": "02-00-00-00-00-01", "address": "192.0.2.6" }] }] }`,
      [
        "3:54: the hardware address 02:00:00:00:00:01 has two reservations in one network. Line 2 has the first: keep one of them.",
      ],
    ],
  ],
  options: [
    [
      "a misspelt name",
      `{ "options": { "routrs": "192.0.2.1" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: there is no option "routrs". Did you mean "routers"?'],
    ],
    [
      "no name at all",
      `{ "options": { "x-y-z": 1 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: there is no option "x-y-z". Use IANA\'s name, or the number of the option from 1 to 254.'],
    ],
    [
      "a number above 255",
      `{ "options": { "300": "00" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: there is no option "300". Use IANA\'s name, or the number of the option from 1 to 254.'],
    ],
    [
      "the subnet mask",
      `{ "options": { "subnet-mask": "255.255.255.0" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: option 1 (subnet-mask) can\'t be configured. It follows from "subnet".'],
    ],
    [
      "the lease time",
      `{ "options": { "51": 3600 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:16: option 51 (dhcp-lease-time) can\'t be configured. Set "leaseTime".'],
    ],
    [
      "relay information",
      `{ "options": { "Relay Agent Information": "00" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:16: option 82 (dhcp-agent-options) can't be configured. The server returns the relay's own (RFC 3046)."],
    ],
    [
      "one option by two names",
      `{ "options": { "routers": "192.0.2.1", "3": "192.0.2.1" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:40: option 3 stands here a second time. Line 1 has it already, by another name: keep one of them."],
    ],
    [
      "a number where an address belongs",
      `{ "options": { "routers": 1 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:27: 1 stands where an address such as "192.0.2.1" should.'],
    ],
    [
      "an empty list",
      `{ "options": { "routers": [] }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:27: this list is empty. Leave it out, or put something into it."],
    ],
    [
      "a number that is too large",
      `{ "options": { "interface-mtu": 70000 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:33: 70000 stands where a whole number from 0 to 65535 should."],
    ],
    [
      "a flag that is none",
      `{ "options": { "ip-forwarding": 1 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:33: 1 stands where true or false should."],
    ],
    [
      "no domain name",
      `{ "options": { "domain-search": ["-bad-.example"] }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        '1:34: "-bad-.example" is not a domain name. Its labels have 1 to 63 letters, digits and hyphens each, 253 characters in all.',
      ],
    ],
    [
      "a pair that is none",
      `{ "options": { "static-routes": ["192.0.2.0"] }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:34: "192.0.2.0" is not a pair of addresses. Write two, as in "192.0.2.0 255.255.255.0".'],
    ],
    [
      "a pair with a bad address",
      `{ "options": { "static-routes": ["192.0.2.0 192.0.2.999"] }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:34: "192.0.2.999" is not an IPv4 address. Write four numbers from 0 to 255, as in "192.0.2.1".'],
    ],
    [
      "a route without a router",
      `{ "options": { "classless-static-routes": [{ "destination": "198.51.100.0/24" }] }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:44: a route lacks "router". The router on the way; 0.0.0.0 where the destination is on the link itself.'],
    ],
    [
      "a route with host bits",
      `{ "options": { "121": [{ "destination": "198.51.100.1/24", "router": "192.0.2.1" }] }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        '1:41: "198.51.100.1/24" has bits set beyond its prefix of 24. The subnet of that address is "198.51.100.0/24".',
      ],
    ],
    [
      "odd hexadecimal",
      `{ "options": { "224": "abc" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:23: "abc" is not hexadecimal. Write pairs of the digits 0-9 and a-f, as in "0a:1b:2c" or "0a1b2c".'],
    ],
    [
      "an unknown form",
      `{ "options": { "224": { "u64": 1 } }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:25: values have no form "u64". Known: hex, text, flag, u8, u16, u32, address, addresses, domains, routes.'],
    ],
    [
      "a value that is too long",
      `{ "options": { "224": "${"ab".repeat(1025)}" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:23: this value has 1025 bytes. An option has room for 1024."],
    ],
    [
      "a sub-option out of range",
      `{ "options": { "43": { "255": "00" } }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:24: "255" is not the number of a sub-option. They go from 1 to 254.'],
    ],
    [
      "a sub-option that is too long",
      `{ "options": { "43": { "1": "${"ab".repeat(256)}" } }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:29: sub-option 1 has 256 bytes. It has room for 255."],
    ],
    [
      "sub-options that are a number",
      `{ "options": { "43": 1 }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:22: 1 stands where sub-options { ... } or hexadecimal bytes should."],
    ],
    [
      "always sent, but unset",
      `{ "alwaysSend": ["tftp-server-address"], "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:18: option 150 is to be sent always, but is set nowhere. Give it a value in "options".'],
    ],
    [
      "always sent, but unknown",
      `{ "alwaysSend": ["tftp-server-adress"], "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ['1:18: there is no option "tftp-server-adress". Did you mean "tftp-server-address"?'],
    ],
    [
      "always sent, but no name",
      `{ "alwaysSend": [true], "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:18: true stands where the name or the number of an option should."],
    ],
  ],
  warnings: [
    [
      "a router in a pool",
      `{ "options": { "routers": "192.0.2.10" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      [
        "1:16: warning: the router 192.0.2.10 lies in the pool 192.0.2.10-192.0.2.99. Exclude it there (line 1), or it may be handed out.",
      ],
    ],
    [
      "a router elsewhere",
      `{ "options": { "routers": "192.0.3.1" }, "subnets": [{ "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.99"] }] }`,
      ["1:16: warning: the router 192.0.3.1 is in no subnet of 192.0.2.0/24. Its clients can't reach it directly."],
    ],
    [
      "nothing to hand out",
      `{ "subnets": [{ "subnet": "192.0.2.0/24" }] }`,
      ['1:1: warning: no address will ever be handed out. Add "pools" or "reservations" to a subnet.'],
    ],
  ],
};

/** The problems of a text as lines, without the name of the file. */
function problemsOf(text: string): string[] {
  return compileConfiguration(text, "f").problems.map((problem) =>
    formatProblem(problem).slice(2).replace(": error: ", ": "),
  );
}

for (const [group, list] of Object.entries(cases)) {
  test(group, async (t) => {
    for (const [name, text, problems] of list) {
      await t.test(name, () => {
        assert.deepEqual(problemsOf(text), problems);
        const isUsable = compileConfiguration(text, "f").configuration !== null;
        assert.equal(
          isUsable,
          problems.every((problem) => problem.includes(": warning: ")),
        );
      });
    }
  });
}

test("all problems are found in one run, in the order of the file", () => {
  const text = `{
  "leaseTme": "1h",
  "options": { "routrs": "192.0.2.1", "interface-mtu": "x" },
  "subnets": [
    { "subnet": "192.0.2.0/24", "pools": ["192.0.2.10-192.0.2.300", "192.0.3.1"], "reservations": [{}] }
  ]
}`;
  const places = compileConfiguration(text, "f").problems.map(({ line, column }) => `${line}:${column}`);
  assert.deepEqual(places, ["2:3", "3:16", "3:56", "5:43", "5:69", "5:100", "5:100"]);
});

test("of very many problems only the first are shown, and the others counted", () => {
  const keys = Array.from({ length: MOST_PROBLEMS + 23 }, (_, index) => `"unknown${index}": 1`);
  const { problems, untold, configuration } = compileConfiguration(`{ ${keys.join(",\n")} }`, "f");
  assert.equal(configuration, null);
  assert.equal(problems.length, MOST_PROBLEMS);
  assert.equal(untold, 23);
});

test("no text at all makes the compiler throw", () => {
  const whole = `{ "leaseTime": { "default": "1h" }, "options": { "43": { "1": "00" }, "121": [{ "destination": "0.0.0.0/0", "router": "192.0.2.1" }] },
  "sharedNetworks": [{ "name": "a", "subnets": [{ "subnet": "192.0.2.0/24", "pools": [{ "range": "192.0.2.0/25", "exclude": ["192.0.2.1"] }],
  "reservations": [{ "clientIdentifier": "'x'", "address": "192.0.2.200", "hostName": "h" }] }] }] }`;
  assert.notEqual(compileConfiguration(whole, "f").configuration, null);
  const replacements = ["", "null", "[]", "{}", "-1", '"x"', "true", '"192.0.2.0/33"', "1e300", '"\\u0000"'];
  // Every value and every piece of punctuation is once replaced by each of these, and left out.
  for (const match of whole.matchAll(/"[^"]*"|[{}[\]:,]/g)) {
    for (const replacement of replacements) {
      const text = whole.slice(0, match.index) + replacement + whole.slice(match.index + match[0].length);
      const { configuration, problems } = compileConfiguration(text, "f");
      assert.ok(configuration !== null || problems.some(({ severity }) => severity === "error"), text);
    }
  }
});
