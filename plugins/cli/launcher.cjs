#!/usr/bin/env node
"use strict"
// The command. Plain CommonJS for old Nodes: checks the version, then loads the program.
const { spawn } = require("node:child_process")
const { existsSync } = require("node:fs")
const { enableCompileCache } = require("node:module")
const { constants } = require("node:os")
const { join } = require("node:path")
const { pathToFileURL } = require("node:url")

const OLDEST = [22, 19]
const root = join(__dirname, "..", "..")
const [major, minor] = process.versions.node.split(".").map(Number)

const startOther = (node) => {
  const child = spawn(node, [__filename, ...process.argv.slice(2)], { stdio: "inherit" })
  // The terminal sends these to both; the program decides when to stop.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      if (signal !== "SIGINT") child.kill(signal)
    })
  }
  child.on("exit", (code, signal) => {
    process.exitCode = code === null ? 128 + constants.signals[signal] : code
  })
}

/** What npm tells a script of the package it belongs to: not true of the project that the agent works in, whose npm would take it. */
const OF_THE_CLONE = /^npm_(package_|lifecycle_|config_(local_prefix|loglevel|fund|audit|onnxruntime_node_install)$)/i
const forgetNpm = () => {
  if (process.env.npm_lifecycle_event === undefined) return
  for (const name of Object.keys(process.env)) if (OF_THE_CLONE.test(name)) delete process.env[name]
}

const start = () => {
  forgetNpm()
  // Later starts compile nothing anew: 0.2 s less for a help text, 0.5 s for a session.
  if (enableCompileCache) enableCompileCache()
  // Node 22 calls node:sqlite and type stripping experimental on every start.
  const emit = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    const kind = typeof rest[0] === "string" ? rest[0] : rest[0] && rest[0].type
    if (kind !== "ExperimentalWarning") emit.call(process, warning, ...rest)
  }
  const published = join(root, "dist", "plugins", "cli", "main.js")
  const source = join(root, "plugins", "cli", "main.ts")
  import(pathToFileURL(existsSync(source) ? source : published).href).catch((error) => {
    console.error(error)
    process.exitCode = 1
  })
}

if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) start()
else {
  const bundled = join(root, "node_modules", "node", "bin", "node")
  if (existsSync(bundled) && !process.env.CONTINUALCODE_RESTARTED) {
    process.env.CONTINUALCODE_RESTARTED = "1"
    startOther(bundled)
  } else {
    console.error(
      `continualcode needs Node ${OLDEST.join(".")} or newer; this is ${process.versions.node}. `
        + "Update Node, or run it once with: npx -y node@24 " + __filename
    )
    process.exitCode = 2
  }
}
