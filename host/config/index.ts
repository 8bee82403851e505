/**
 * What this package offers to programs that compile configurations themselves: a text becomes the image that the core maps.
 */
export {
  type Compiled,
  compileConfiguration,
  type Configuration,
  type ConfiguredInterface,
  type ScopeNames,
} from "./compile.js";
export { defaultConfiguration, type InterfaceFacts, type MadeConfiguration } from "./default.js";
export { formatProblem, type Problem } from "./problems.js";
export { configurationSchema } from "./schema.js";
