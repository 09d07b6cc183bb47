import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type EnvironmentOptions, findPython, madeBefore } from "./Environment.ts"
import { isNewEnough, needs } from "./Inspect.ts"

const place = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode python-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const program = (file: string, script: string): string => {
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return file
}

const answering = (packages: Readonly<Record<string, string | null>>, version = [3, 12, 1]) =>
  `echo '${JSON.stringify({ version, packages })}'`
const good = answering({ torch: "2.13.0+cu130", numpy: "2.4.6" })

/** A `uv` that makes an environment whose Python answers as told, and counts how often it was asked to. */
const fakeUv = (folder: string, python: string, before = ""): string =>
  program(
    join(folder, "uv"),
    `[ "$1" = --version ] && { echo uv 0.13.8; exit 0; }
echo "$@" >> '${folder}/uv.log'
echo "Downloading torch (1.2GiB)" >&2
${before}
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"
cat > "$UV_PROJECT_ENVIRONMENT/bin/python" <<'END'
#!/bin/sh
${python}
END
chmod +x "$UV_PROJECT_ENVIRONMENT/bin/python"`
  )

const setUp = Effect.gen(function*() {
  const folder = yield* place
  const project = join(folder, "project")
  mkdirSync(project)
  writeFileSync(join(project, "uv.lock"), "version = 1")
  const said: Array<string> = []
  const options: EnvironmentOptions = {
    cacheDirectory: join(folder, "cache"),
    report: (message) => Effect.sync(() => void said.push(message)),
    systemPython: join(folder, "no-python"),
    uv: join(folder, "no-uv"),
    project
  }
  return { folder, options, said }
})

const live = (
  name: string,
  test: (given: Effect.Success<typeof setUp>) => Effect.Effect<void, unknown, NodeServices.NodeServices>
) => it.live(name, () => setUp.pipe(Effect.flatMap(test), Effect.scoped, Effect.provide(NodeServices.layer)))

describe("finding a Python", () => {
  live("takes the one asked for when it has what is needed", ({ folder, options }) =>
    Effect.gen(function*() {
      const python = program(join(folder, "python"), good)
      assert.strictEqual(yield* findPython({ ...options, python }), python)
    }))

  live(
    "says what the one asked for lacks, and the command that brings it",
    ({ folder, options }) =>
      Effect.gen(function*() {
        const lacking = (script: string) =>
          Effect.map(
            Effect.flip(findPython({ ...options, python: program(join(folder, "python"), script) })),
            (e) => e.message
          )
        const old = yield* lacking(answering({ torch: "2.4.1", numpy: null }, [3, 9, 2]))
        assert.include(old, "lacks Python 3.11 (it is 3.9.2), torch 2.13.0 (it has 2.4.1), numpy 2.0.")
        assert.include(old, `'${folder}/python' -m pip install 'torch>=2.13.0' 'numpy>=2.0'`)
        assert.include(yield* lacking("echo oh no >&2; exit 4"), "ended with exit code 4 (oh no)")
        assert.include(yield* lacking("echo hello"), "is no Python")
        const absent = yield* Effect.flip(findPython({ ...options, python: "/nowhere/python" }))
        assert.include(absent.message, "python=/nowhere/python was not found")
      })
  )

  live("takes the system's when it will do", ({ folder, options }) =>
    Effect.gen(function*() {
      const systemPython = program(join(folder, "python3"), good)
      assert.strictEqual(yield* findPython({ ...options, systemPython }), systemPython)
    }))

  live(
    "makes an environment once, with progress, and needs no uv afterwards",
    ({ folder, options, said }) =>
      Effect.gen(function*() {
        const uv = fakeUv(folder, good, "echo ' + torch==2.13.0' >&2")
        const python = yield* findPython({ ...options, uv })
        assert.isTrue(existsSync(python))
        assert.deepStrictEqual(said.slice(1), ["Downloading torch (1.2GiB)"])
        assert.include(readFileSync(join(folder, "uv.log"), "utf8"), "sync --frozen --no-dev --no-install-project")
        assert.strictEqual(yield* findPython(options), python)
        writeFileSync(join(options.project ?? "", "uv.lock"), "version = 2")
        assert.strictEqual(yield* madeBefore(options), undefined)
      })
  )

  live("never takes a half-made environment for whole", ({ folder, options }) =>
    Effect.gen(function*() {
      const broken = fakeUv(folder, good, "echo 'No space left; token=abcdefgh12345' >&2; exit 2")
      const error = yield* Effect.flip(findPython({ ...options, uv: broken }))
      assert.match(
        error.message,
        /uv ended with exit code 2\.\n[^]*No space left; token=\[secret\]\n[^]*UV_PROJECT_ENVIRONMENT=/
      )
      assert.strictEqual(yield* madeBefore(options), undefined)
      const lacking = fakeUv(folder, answering({ torch: "2.13.0", numpy: null }))
      const half = yield* Effect.flip(findPython({ ...options, uv: lacking }))
      assert.match(half.message, /is not whole\. Delete that folder/)
      assert.strictEqual(yield* madeBefore(options), undefined)
    }))

  live("says what failed and not what uv hints at", ({ folder, options }) =>
    Effect.gen(function*() {
      const causes = ["error: Failed to download `torch`", ...[1, 2, 3, 4, 5].map((n) => `  cause: ${n}`)]
      const lines = [...causes, "", "hint: torch was included because"].map((line) => `echo '${line}' >&2`)
      const error = yield* Effect.flip(
        findPython({ ...options, uv: fakeUv(folder, good, `${lines.join("\n")}\nexit 2`) })
      )
      assert.include(error.message, `exit code 2.\n${causes.join("\n")}\nCheck network and disk`)
    }))

  live("names uv when it is missing too", ({ options }) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(findPython(options))
      assert.match(error.message, /uv, which would make one, was not found\. Install uv \(`pip install uv`/)
      const quiet = yield* Effect.flip(findPython({ ...options, provision: false }))
      assert.include(quiet.message, "python=/path/to/python")
    }))
})

describe("versions", () => {
  it("that are asked for are those of the worker's project", () => {
    const project = readFileSync(new URL("../worker/pyproject.toml", import.meta.url), "utf8")
    assert.strictEqual(/^requires-python = ">=([\d.]+)"$/m.exec(project)?.[1], needs.python.join("."))
    const locked = Object.fromEntries(
      [...project.matchAll(/"(\w+)==([\d.]+)"/g)].map(([, name, version]) => [name, version])
    )
    for (const [name, oldest] of Object.entries(needs.packages))
      assert.isTrue(isNewEnough(locked[name] ?? "", oldest), name)
  })

  it("are new enough from the oldest up to the next major one", () => {
    const rows = [["2.13.0", true], ["2.13.0+cu130", true], ["2.14", true], ["2.13.1a0", true], ["2.9.1", false], [
      "3.0",
      false
    ]]
    assert.deepStrictEqual(rows.map(([version]) => [version, isNewEnough(String(version), "2.13.0")]), rows)
    assert.isTrue(isNewEnough("3.10.4", "3.10"))
    assert.isFalse(isNewEnough("3.9.18", "3.10"))
  })
})
