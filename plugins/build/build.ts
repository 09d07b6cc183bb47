/** Builds `dist`: the rooms as JavaScript with types, and beside them the files they read. */
import { spawnSync } from "node:child_process"
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const rooms = ["core", "tools", "trainers", "ui", "plugins"]
const leftOut =
  /(^|\/)(testing|training|fixtures|build|node_modules|__pycache__|\.[a-z]+_cache)(\/|$)|^trainers\/gpu\/worker\/tests\/|\.(ts|tsx|cjs)$/
/** The one Python program of the package; other Python is for making the project. */
const worker = /^trainers\/gpu\/worker\//

rmSync(join(root, "dist"), { recursive: true, force: true })
const tsc = join(root, "node_modules", ".bin", "tsc")
const compiled = spawnSync(tsc, ["-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" })
if (compiled.status !== 0) process.exit(compiled.status ?? 1)

let copied = 0
for (const room of rooms) {
  for (const entry of readdirSync(join(root, room), { recursive: true, withFileTypes: true })) {
    const from = join(entry.parentPath, entry.name)
    const name = from.slice(root.length).replaceAll("\\", "/")
    if (!entry.isFile() || leftOut.test(name) || (name.endsWith(".py") && !worker.test(name))) continue
    const to = join(root, "dist", name)
    cpSync(from, to)
    copied++
  }
}
// ONNX Runtime's WebAssembly build, three of the forty files of its package, goes where the published engine looks for it.
const web = join(root, "dist", "trainers", "pocket", "engine", "runtime", "onnxruntime-web")
const names: ReadonlyArray<string> = JSON.parse(
  readFileSync(join(root, "plugins", "build", "web-runtime.json"), "utf8")
)
for (const name of names) cpSync(join(root, "node_modules", "onnxruntime-web", "dist", name), join(web, name))
cpSync(join(root, "plugins", "build", "LICENSE-onnxruntime"), join(web, "LICENSE"))
process.stdout.write(`dist is built; ${copied} data files copied.\n`)
