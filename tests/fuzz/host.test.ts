// What the client's host makes of a DHCPACK that the core let through: options are read as the core reads them, nothing
// throws, no route or MTU comes out that policy refuses, and no byte that a shell, a resolver or a terminal would act on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { hookEnvironment } from "../../host/client/hook.js";
import { readOptions } from "../../host/client/options.js";
import { readParameters } from "../../host/client/parameters.js";
import { permit } from "../../host/client/policy.js";
import { isUnicast } from "./client-rules.js";
import { serverMessages } from "./corpus.js";
import { readLoosely } from "./loose.js";
import { mutate } from "./mutate.js";
import { Random, scaled } from "./random.js";
import { announce, forEachInput } from "./repeat.js";

test("a mutated DHCPACK gives the host what the core read, and nothing that does harm", (t) => {
  announce(t);
  const random = new Random("host");
  forEachInput(scaled(20_000), (_, note) => {
    const bytes = mutate(random.pick(serverMessages), random, serverMessages, random.below(5));
    note(bytes);
    const message = readLoosely(bytes, Number.POSITIVE_INFINITY);
    if (!message.isDhcp) return;
    const options = readOptions(bytes);
    const plain = (all: ReadonlyMap<number, Uint8Array>) =>
      [...all].filter(([code]) => code !== 52).map(([code, value]) => [code, Buffer.from(value).toString("hex")]);
    assert.deepEqual(plain(options), plain(message.options), "the options");
    const parameters = readParameters(bytes);
    const { routes, interfaceMtu } = permit(parameters, { wideRoutes: false }, 1500);
    for (const { prefixLength, router } of routes) {
      assert.ok(prefixLength === 0 || (prefixLength >= 8 && prefixLength <= 32), `a route to /${prefixLength}`);
      assert.ok(router === 0 || isUnicast(router), "a router");
    }
    assert.ok(interfaceMtu === undefined || (interfaceMtu >= 576 && interfaceMtu <= 1500));
    const environment = hookEnvironment({
      event: "acquired",
      interfaceName: "lan0",
      address: message.yiaddr,
      serverIdentifier: 1,
      leaseSeconds: 1,
      parameters: { ...parameters, routes, interfaceMtu },
    });
    for (const value of Object.values(environment)) assert.match(value, /^[A-Za-z0-9 ./,:_-]*$/);
  });
});
