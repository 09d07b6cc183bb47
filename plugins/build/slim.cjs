"use strict"
// After `npm install` in a clone: takes out of node_modules what is for other platforms and never used here. Packages come whole,
// and npm cannot install a part of one. Plain CommonJS for old Nodes; what is not there is no error.
const { readdirSync, rmSync } = require("node:fs")
const { join } = require("node:path")

const modules = join(__dirname, "..", "..", "node_modules")
const inFolder = (...names) => {
  try {
    return readdirSync(join(modules, ...names)).filter((name) => !name.startsWith("."))
  } catch {
    return []
  }
}
const remove = (...names) => rmSync(join(modules, ...names), { recursive: true, force: true })

// Native libraries of ONNX Runtime: 45 MB for each of five machines.
for (const platform of inFolder("onnxruntime-node", "bin", "napi-v6")) {
  for (const cpu of inFolder("onnxruntime-node", "bin", "napi-v6", platform)) {
    if (platform !== process.platform || cpu !== process.arch) remove("onnxruntime-node", "bin", "napi-v6", platform, cpu)
  }
}
// Its WebAssembly builds for browsers and graphics cards.
const kept = new Set(require("./web-runtime.json"))
for (const name of inFolder("onnxruntime-web", "dist")) if (!kept.has(name)) remove("onnxruntime-web", "dist", name)
// Headers and manuals of the Node that comes along, and the code generator of protobufjs.
for (const name of inFolder("node", "node_modules")) {
  for (const part of ["include", "share"]) remove("node", "node_modules", name, part)
}
remove("protobufjs", "cli")
// Of the grammar of shells the WebAssembly build is read: not its C source, nor what was built from that for five other machines.
remove("tree-sitter-bash", "src")
for (const name of inFolder("tree-sitter-bash", "prebuilds")) {
  if (name !== `${process.platform}-${process.arch}`) remove("tree-sitter-bash", "prebuilds", name)
}
