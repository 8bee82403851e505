// The sources that boards are built with and that this repository does not hold: interpreters, an IP stack, and the check of signatures.
//
// wasm3, WAMR and lwIP come from folders that the environment names, or from ../shared/third_party beside the repository; the check of
// signatures comes with a package of npm's. `thirdParty` says what to compile, or fails with what to do.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { BuildError, root } from "./common.js";

/**
 * What to compile of a library.
 * @typedef {object} ThirdParty
 * @property {string} folder where it is
 * @property {string[]} sources absolute paths
 * @property {string[]} includes absolute paths of folders, for its sources and for ours that use it
 * @property {Record<string, string>} defines for both
 * @property {string[]} libraries that it needs at link time, without `lib`
 */

/** @typedef {{ variable: string, upstream: string, probe: string }} Origin */

/** Where each library comes from: the variable that names its folder, and a file that must be there. */
const origins = /** @type {Record<string, Origin>} */ ({
  wasm3: {
    variable: "WASM3_DIR",
    upstream: "github.com/wasm3/wasm3 at revision c9b579d8c048db71ce2322cf68a0d88ae81684d2",
    probe: "source/wasm3.h",
  },
  wamr: {
    variable: "WAMR_DIR",
    upstream: "github.com/bytecodealliance/wasm-micro-runtime at revision 646b5a9bc786bfdb69f01e136706d524d4466120",
    probe: "core/iwasm/include/wasm_export.h",
  },
  lwip: {
    variable: "LWIP_DIR",
    upstream: "github.com/lwip-tcpip/lwip at revision 3d896ba0a37ff3ce73270ca5e230707fe47f60e3",
    probe: "src/include/lwip/init.h",
  },
});

/** The package of the check of signatures. */
const signaturesFolder = join(root, "node_modules/ed25519-supercop");

/**
 * The folder of a library's sources.
 * @param {string} name `wasm3`, `wamr`, `lwip` or `ed25519`
 * @returns {string | undefined} nothing: it is neither named by the environment nor beside the repository, or is not installed
 */
export function thirdPartyFolder(name) {
  if (name === "ed25519") return existsSync(signaturesFolder) ? signaturesFolder : undefined;
  const { variable, upstream, probe } = /** @type {Origin} */ (origins[name]);
  const named = process.env[variable];
  const folder = resolve(named || join(root, "../shared/third_party", name));
  if (existsSync(join(folder, probe))) return folder;
  if (named) throw new BuildError(`${variable}=${named}: there is no ${probe}; it must be the folder of ${upstream}`);
  return undefined;
}

/**
 * wasm3: no floating point, no proposals beyond the first version, as little memory as a client's module needs. Its memory comes from
 * `engine-wasm3.c`.
 * @param {string} folder
 * @returns {Omit<ThirdParty, "folder">}
 */
function wasm3(folder) {
  const files = ["bind", "code", "compile", "core", "env", "exec", "function", "info", "module", "parse", "validate"];
  return {
    sources: files.map((file) => join(folder, `source/m3_${file}.c`)),
    includes: [join(folder, "source")],
    defines: {
      d_m3HasFloat: "0",
      d_m3NoFloatDynamic: "0",
      d_m3HasRefTypes: "0",
      d_m3HasExtendedConst: "0",
      d_m3HasCompactImports: "0",
      d_m3VerboseErrorMessages: "0",
      d_m3CascadedOpcodes: "0",
      d_m3CodePageAlignSize: "1024",
      d_m3MaxFunctionStackHeight: "192",
      d_m3MaxConstantTableSize: "30",
      d_m3MaxDuplicateFunctionImpl: "1",
      d_m3MaxNativeStack: "WASM3_NATIVE_STACK",
      calloc: "wasm3_calloc",
      realloc: "wasm3_realloc",
      free: "wasm3_free",
    },
    libraries: [],
  };
}

/**
 * WAMR: the classic interpreter and what it needs, with the platform in `boards/common/wamr-platform`.
 * @param {string} folder
 * @returns {Omit<ThirdParty, "folder">}
 */
function wamr(folder) {
  const core = (/** @type {string[]} */ paths) => paths.map((path) => join(folder, "core", path));
  const platform = join(root, "boards/common/wamr-platform");
  return {
    sources: [
      ...core(
        ["c_api", "exec_env", "loader_common", "memory", "native", "runtime_common"].map(
          (name) => `iwasm/common/wasm_${name}.c`,
        ),
      ),
      ...core(["iwasm/common/arch/invokeNative_general.c"]),
      ...core(["interp_classic", "loader", "runtime"].map((name) => `iwasm/interpreter/wasm_${name}.c`)),
      ...core(
        ["mem_alloc.c", "ems/ems_alloc.c", "ems/ems_hmu.c", "ems/ems_kfc.c"].map((name) => `shared/mem-alloc/${name}`),
      ),
      ...core(
        ["assert", "bitmap", "common", "hashmap", "leb128", "list", "log", "vector"].map(
          (name) => `shared/utils/bh_${name}.c`,
        ),
      ),
      join(platform, "platform.c"),
    ],
    includes: [
      platform,
      ...core([
        "",
        "iwasm/include",
        "iwasm/common",
        "iwasm/interpreter",
        "shared/mem-alloc",
        "shared/platform/include",
        "shared/utils",
      ]),
    ],
    defines: {
      WASM_ENABLE_INTERP: "1",
      WASM_ENABLE_LOG: "0",
      WASM_ENABLE_QUICK_AOT_ENTRY: "0",
      BLOCK_ADDR_CACHE_SIZE: "16",
      WASM_DISABLE_HW_BOUND_CHECK: "1",
      WASM_DISABLE_STACK_HW_BOUND_CHECK: "1",
      BH_MALLOC: "wasm_runtime_malloc",
      BH_FREE: "wasm_runtime_free",
      snprintf: "wamr_snprintf",
      vsnprintf: "wamr_vsnprintf",
    },
    libraries: ["m"],
  };
}

/**
 * lwIP: IPv4 and UDP over Ethernet, with neither its DHCP client nor TCP. The board that uses it has `lwipopts.h` and `arch/cc.h`.
 * @param {string} folder
 * @returns {Omit<ThirdParty, "folder">}
 */
function lwip(folder) {
  const core = ["def", "dns", "inet_chksum", "init", "ip", "mem", "memp", "netif", "pbuf", "timeouts", "udp"];
  const ipv4 = ["etharp", "icmp", "ip4", "ip4_addr"];
  const files = [...core.map((name) => `core/${name}`), ...ipv4.map((name) => `core/ipv4/${name}`), "netif/ethernet"];
  return {
    sources: files.map((file) => join(folder, "src", `${file}.c`)),
    includes: [join(folder, "src/include")],
    defines: {},
    libraries: [],
  };
}

/**
 * The check of Ed25519 signatures: the C sources in the package `ed25519-supercop`. All of them are compiled; the linker keeps
 * `ed25519_verify`.
 * @param {string} folder
 * @returns {Omit<ThirdParty, "folder">}
 */
function ed25519(folder) {
  const source = join(folder, "vendor/ed25519/src");
  return {
    sources: ["fe", "ge", "sc", "sha512", "verify"].map((file) => join(source, `${file}.c`)),
    includes: [source],
    defines: { ED25519_NO_SEED: "1" },
    libraries: [],
  };
}

/** What each says of itself, given its folder. */
const described = /** @type {Record<string, (folder: string) => Omit<ThirdParty, "folder">>} */ ({
  wasm3,
  wamr,
  lwip,
  ed25519,
});

/**
 * What brings a library that is missing.
 * @param {string} name
 */
function remedyFor(name) {
  if (name === "ed25519") return "ed25519-supercop is not installed; run `npm ci`";
  const { variable, upstream } = /** @type {Origin} */ (origins[name]);
  return `set ${variable} to the folder of ${upstream}`;
}

/**
 * What to compile of a library.
 * @param {string} name `wasm3`, `wamr`, `lwip` or `ed25519`
 * @returns {ThirdParty}
 */
export function thirdParty(name) {
  const folder = thirdPartyFolder(name);
  if (!folder) throw new BuildError(remedyFor(name));
  const describe = /** @type {(typeof described)[string]} */ (described[name]);
  return { folder, ...describe(folder) };
}
