// Which specs as-pect compiles; its compiler options stand in as-pect.asconfig.json beside this file.
export default {
  entries: ["tests/core/**/*.spec.ts"],
  include: [],
  disclude: [/node_modules/],
  instantiate: (memory, createImports, instantiate, binary) => instantiate(binary, createImports({ env: { memory } })),
  outputBinary: false,
};
