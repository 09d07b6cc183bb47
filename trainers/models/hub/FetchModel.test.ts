import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as PlatformError from "effect/PlatformError"
import * as Redacted from "effect/Redacted"
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { defaultPlaces } from "../Places.ts"
import { COMMIT, type FakeHub, fakeHub, type FakeHubState, sha256 } from "../testing/FakeHub.ts"
import { inUnits } from "../Units.ts"
import { fetchModel, type HubOptions } from "./FetchModel.ts"
import { parseHubModel } from "./HubModel.ts"
import { resolveFolder, resolveModel } from "../sources/ResolveModel.ts"

const shard = (byte: number): Buffer => Buffer.alloc(300_000, byte)
const index = JSON.stringify({
  weight_map: { a: "model-00001-of-00002.safetensors", b: "model-00002-of-00002.safetensors" }
})
const model = { id: "owner/tiny", revision: "main" }
const SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]

const tinyFiles = (): FakeHubState => ({
  files: {
    "config.json": Buffer.from("{}"),
    "tokenizer.json": Buffer.from("{\"a\": 1}"),
    "tokenizer_config.json": Buffer.from("{}"),
    "README.md": Buffer.from("no need"),
    "pytorch_model.bin": Buffer.from("no need either"),
    "model.safetensors.index.json": Buffer.from(index),
    [SHARDS[0]!]: shard(1),
    [SHARDS[1]!]: shard(2)
  },
  large: new Set(SHARDS)
})

interface Given {
  readonly hub: FakeHub
  readonly options: HubOptions
  readonly said: Array<string>
  /** A file of the cache. */
  readonly at: (...names: ReadonlyArray<string>) => string
}

const live = (
  name: string,
  changes: Partial<FakeHubState>,
  test: (given: Given) => Effect.Effect<void, unknown, FileSystem.FileSystem>
) =>
  it.live(name, () =>
    Effect.gen(function*() {
      const hubDirectory = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-hub-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
      )
      const at = (...names: ReadonlyArray<string>) => join(hubDirectory, "models--owner--tiny", ...names)
      const taken = (hash: string) => statSync(at("blobs", `${hash}.incomplete`), { throwIfNoEntry: false })?.size ?? 0
      const hub = yield* fakeHub({ ...tinyFiles(), taken, ...changes })
      const said: Array<string> = []
      yield* test({
        hub,
        said,
        at,
        options: {
          ...defaultPlaces(hubDirectory),
          hubDirectory,
          hubEndpoint: hub.endpoint,
          offline: false,
          report: (message) => Effect.sync(() => void said.push(message)),
          pause: "1 millis"
        }
      })
    }).pipe(Effect.scoped, Effect.provide(NodeFileSystem.layer)))

const failureOf = (options: HubOptions) => Effect.map(Effect.flip(fetchModel(model, options)), ({ message }) => message)

describe("a model from the hub", () => {
  live(
    "comes whole into the cache's layout, what is needed only, with progress",
    {},
    ({ at, hub, options, said }) =>
      Effect.gen(function*() {
        const folder = yield* fetchModel(model, options)
        assert.strictEqual(folder, at("snapshots", COMMIT))
        assert.strictEqual(readFileSync(at("refs", "main"), "utf8"), COMMIT)
        for (const [name, content] of Object.entries(hub.state.files)) {
          const wanted = !/README|\.bin$/.test(name)
          assert.strictEqual(existsSync(join(folder, name)), wanted, name)
          if (wanted) assert.isTrue(readFileSync(join(folder, name)).equals(content), name)
        }
        assert.isTrue(lstatSync(join(folder, SHARDS[0]!)).isSymbolicLink())
        assert.isTrue(existsSync(at("blobs", sha256(shard(2)))))
        assert.match(said[0]!, /Downloading owner\/tiny \(600\.\d kB\)/)
        assert.match(said.at(-1)!, /owner\/tiny: 100 % \(600\.\d kB of 600\.\d kB\)/)
      })
  )

  live("is taken from the cache without asking the network", {}, ({ hub, options }) =>
    Effect.gen(function*() {
      const folder = yield* fetchModel(model, options)
      const asked = hub.requests.length
      assert.strictEqual(yield* fetchModel(model, { ...options, offline: true }), folder)
      assert.strictEqual(yield* fetchModel({ ...model, revision: COMMIT }, options), folder)
      assert.strictEqual(hub.requests.length, asked)
    }))

  live(
    "goes on where the connection broke, several times if need be",
    { cutAfter: 100_000 },
    ({ hub, options }) =>
      Effect.gen(function*() {
        const folder = yield* fetchModel(model, options)
        assert.isTrue(readFileSync(join(folder, SHARDS[1]!)).equals(shard(2)))
        const ranges = hub.requests.filter((line) => line.startsWith(`/cdn/${SHARDS[0]}`)).map((line) =>
          line.split(" ")[1]
        )
        assert.deepStrictEqual(ranges, [undefined, "bytes=100000-", "bytes=200000-"])
      })
  )

  live("goes on where an earlier start stopped", {}, ({ at, hub, options, said }) =>
    Effect.gen(function*() {
      yield* fetchModel(model, options)
      rmSync(at("refs"), { recursive: true })
      rmSync(at("snapshots"), { recursive: true })
      rmSync(at("blobs", sha256(shard(1))))
      writeFileSync(at("blobs", `${sha256(shard(1))}.incomplete`), shard(1).subarray(0, 1234))
      const asked = hub.requests.length
      yield* fetchModel(model, options)
      assert.deepStrictEqual(hub.requests.slice(asked + 1), [
        `/owner/tiny/resolve/${COMMIT}/${SHARDS[0]} bytes=1234-`,
        `/cdn/${SHARDS[0]} bytes=1234-`
      ])
      assert.isTrue(said.some((line) => line.includes("1.2 kB of it done")))
    }))

  live("is right when the server cannot resume", { noRange: true }, ({ at, options }) =>
    Effect.gen(function*() {
      yield* fetchModel(model, options)
      rmSync(at("snapshots"), { recursive: true })
      rmSync(at("blobs", sha256(shard(1))))
      writeFileSync(at("blobs", `${sha256(shard(1))}.incomplete`), shard(9).subarray(0, 1234))
      const folder = yield* fetchModel(model, options)
      assert.isTrue(readFileSync(join(folder, SHARDS[0]!)).equals(shard(1)))
    }))

  live(
    "is fetched again when its hash differs, and never kept",
    { corrupt: 2 },
    ({ options }) =>
      Effect.gen(function*() {
        const folder = yield* fetchModel(model, options)
        assert.strictEqual(readFileSync(join(folder, "config.json"), "utf8"), "{}")
      })
  )

  live("that stays wrong is no model", { corrupt: 1000 }, ({ at, options }) =>
    Effect.gen(function*() {
      assert.match(
        yield* failureOf(options),
        /could not be downloaded.*its hash differs.*Check the network and start again/s
      )
      assert.isFalse(existsSync(at("refs")))
    }))

  live("half downloaded is never taken for whole", {}, ({ at, options }) =>
    Effect.gen(function*() {
      const folder = yield* fetchModel(model, options)
      rmSync(join(folder, SHARDS[1]!))
      rmSync(at("blobs", sha256(shard(2))))
      assert.match(yield* failureOf({ ...options, offline: true }), /not whole.*HF_HUB_OFFLINE/)
      const named = yield* Effect.flip(resolveModel(folder, options))
      assert.include(named.message, `lacks ${SHARDS[1]}. Copy or download`)
      yield* fetchModel(model, options)
      assert.isTrue(readFileSync(join(folder, SHARDS[1]!)).equals(shard(2)))
    }))

  live("waits out a busy hub", { failures: [503, 429] }, ({ hub, options }) =>
    Effect.gen(function*() {
      yield* fetchModel(model, options)
      assert.deepStrictEqual(hub.requests.slice(0, 3).map((line) => line.slice(0, 11)), Array(3).fill("/api/models"))
      rmSync(options.hubDirectory, { recursive: true })
      hub.state.failures = Array(9).fill(503)
      assert.match(yield* failureOf(options), /answered 503 for owner\/tiny\. Try again later/)
    }))

  live(
    "behind a gate needs the token, which is not shown",
    { token: "hf_secretsecretsecretsecret" },
    (given) =>
      Effect.gen(function*() {
        const { options, said } = given
        assert.match(yield* failureOf(options), /without a token \(401\).*set HF_TOKEN/)
        const wrong = yield* failureOf({ ...options, hubToken: Redacted.make("hf_wrongwrongwrongwrongwrong") })
        assert.match(wrong, /with this token \(401\)/)
        assert.notInclude(wrong, "wrongwrong")
        yield* fetchModel(model, { ...options, hubToken: Redacted.make("hf_secretsecretsecretsecret") })
        assert.notInclude(said.join(), "secretsecret")
      })
  )

  live(
    "without usable weights, or unknown, or out of reach, is an error that says so",
    {},
    ({ hub, options }) =>
      Effect.gen(function*() {
        const unknown = yield* Effect.flip(fetchModel({ id: "owner/other", revision: "main" }, options))
        assert.match(unknown.message, /has no model owner\/other@main.*404/)
        delete hub.state.files["tokenizer.json"]
        assert.include(yield* failureOf(options), "lacks tokenizer.json; only models with")
        hub.state.files = { ...hub.state.files, "../../evil": Buffer.from("x") }
        assert.include(yield* failureOf(options), "in no known form")
        assert.include(yield* failureOf({ ...options, hubEndpoint: "http://127.0.0.1:1" }), "cannot be reached")
      })
  )

  live("on a full disk fails and keeps what came", {}, ({ options }) =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const full = FileSystem.FileSystem.of({
        ...files,
        open: (path, how) =>
          Effect.map(files.open(path, how), (file) => ({
            ...file,
            writeAll: () =>
              Effect.fail(PlatformError.systemError({
                _tag: "Unknown",
                module: "FileSystem",
                method: "writeAll",
                cause: Object.assign(new Error("no space"), { code: "ENOSPC" })
              }))
          }))
      })
      const message = yield* failureOf(options).pipe(Effect.provide(Layer.succeed(FileSystem.FileSystem, full)))
      assert.match(message, /the disk is full\. Make room, or set HF_HOME/)
    }))
})

const GGUF = Buffer.alloc(400_000, 9)
const gguf = { id: "owner/tiny", revision: "main", file: "tiny.Q4_K_M.gguf" }
const withGguf: Partial<FakeHubState> = {
  files: { "README.md": Buffer.from("no need"), [gguf.file]: GGUF, "tiny.Q8_0.gguf": Buffer.alloc(900_000) },
  large: new Set([gguf.file, "tiny.Q8_0.gguf"])
}

describe("one GGUF file of the hub", () => {
  live(
    "is downloaded alone, resumed and checked, and taken from the cache afterwards",
    withGguf,
    ({ at, hub, options, said }) =>
      Effect.gen(function*() {
        hub.state.cutAfter = 150_000
        const path = yield* fetchModel(gguf, options)
        assert.strictEqual(path, at("snapshots", COMMIT, gguf.file))
        assert.isTrue(readFileSync(path).equals(GGUF))
        assert.isFalse(existsSync(at("snapshots", COMMIT, "tiny.Q8_0.gguf")))
        assert.match(said[0]!, /Downloading owner\/tiny\/tiny\.Q4_K_M\.gguf \(400\.0 kB\)/)
        assert.isTrue(
          said.some((line) => /: \d+ % \(.* of 400\.0 kB, about \d+ (s|min|h) left\)$/.test(line)),
          said.join("\n")
        )
        assert.match(said.at(-1)!, /: 100 % \(400\.0 kB of 400\.0 kB\)$/)
        const asked = hub.requests.length
        const name = "owner/tiny/tiny.Q4_K_M.gguf"
        assert.deepStrictEqual(yield* resolveModel(name, { ...options, offline: true }), { name, path, kind: "gguf" })
        assert.strictEqual(hub.requests.length, asked)
      })
  )

  live("that is not there is told", withGguf, ({ options }) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(fetchModel({ ...gguf, file: "tiny.Q2_K.gguf" }, options))
      assert.match(error.message, /owner\/tiny on the hub lacks tiny\.Q2_K\.gguf/)
    }))

  live(
    "comes through any number of breaks as long as each try brings something",
    withGguf,
    ({ hub, options }) =>
      Effect.gen(function*() {
        hub.state.cutAfter = 40_000
        assert.isTrue(readFileSync(yield* fetchModel(gguf, options)).equals(GGUF))
      })
  )

  live("is refused where a folder is needed", withGguf, ({ options }) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(resolveFolder("owner/tiny/tiny.Q4_K_M.gguf", options))
      assert.match(error.message, /is a GGUF file.*use trainer=pocket\.$/)
    }))
})

describe("model names", () => {
  it("are hub names with an owner, and maybe a revision", () => {
    assert.deepStrictEqual(parseHubModel("Qwen/Qwen3-0.6B"), { id: "Qwen/Qwen3-0.6B", revision: "main" })
    assert.deepStrictEqual(parseHubModel("a/b-GGUF/q4/x.Q4_K_M.gguf@v1"), {
      id: "a/b-GGUF",
      file: "q4/x.Q4_K_M.gguf",
      revision: "v1"
    })
    assert.deepStrictEqual(parseHubModel("a/b@refs/pr/1"), { id: "a/b", revision: "refs/pr/1" })
    for (
      const text of [
        "pocket",
        "/a/b",
        "./a/b",
        "../b",
        "a/b/c",
        "a/b/../c.gguf",
        "a/b//c.gguf",
        "a/..",
        "a/b@../x",
        "a/b@",
        "a b/c",
        ""
      ]
    ) {
      assert.strictEqual(parseHubModel(text), undefined, text)
    }
  })

  live("may be folders; what is neither is told", {}, ({ at, options }) =>
    Effect.gen(function*() {
      const folder = yield* fetchModel(model, options)
      assert.deepStrictEqual(yield* resolveModel(folder, options), { name: COMMIT, path: folder, kind: "folder" })
      assert.deepStrictEqual(yield* resolveModel("owner/tiny", options), {
        name: "owner/tiny",
        path: folder,
        kind: "folder"
      })
      const neither = yield* Effect.flip(resolveModel(at("nowhere"), options))
      assert.match(
        neither.message,
        /neither a folder .* nor a name on the hub, like Qwen\/Qwen3-8B.* continualcode models lists/
      )
    }))

  it("are told with sizes a person reads", () => {
    assert.deepStrictEqual([0, 999, 1000, 16.4e9].map(inUnits), ["0 B", "999 B", "1.0 kB", "16.4 GB"])
  })
})
