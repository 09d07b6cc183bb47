import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { nvidiaGpus, readNvidiaSmi } from "./Devices.ts"

const smi = (script: string) =>
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "continualcode-smi-"))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
  ).pipe(Effect.map((folder) => {
    const file = join(folder, "nvidia-smi")
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
    return file
  }))

describe("devices", () => {
  it("are read from the driver's table", () => {
    assert.deepStrictEqual(
      readNvidiaSmi("NVIDIA H200, 143771, 143000, 580.95.05\nTesla T4, 15360, 15000, 580.95.05\n\n[N/A]\n"),
      [
        { name: "NVIDIA H200", totalBytes: 143_771 * 2 ** 20, freeBytes: 143_000 * 2 ** 20, driver: "580.95.05" },
        { name: "Tesla T4", totalBytes: 15_360 * 2 ** 20, freeBytes: 15_000 * 2 ** 20, driver: "580.95.05" }
      ]
    )
  })

  it.live("that the driver does not show have a reason", () =>
    Effect.gen(function*() {
      const broken = yield* smi(
        "echo \"NVIDIA-SMI has failed because it couldn't communicate with the driver.\"; exit 9"
      )
      assert.match(String((yield* nvidiaGpus(broken)).problem), /exit code 9 \(NVIDIA-SMI has failed because/)
      assert.match(String((yield* nvidiaGpus("/nowhere/nvidia-smi")).problem), /was not found/)
      const working = yield* smi("echo 'NVIDIA L4, 23034, 22000, 570.1'")
      assert.deepStrictEqual((yield* nvidiaGpus(working)).gpus.map(({ name }) => name), ["NVIDIA L4"])
    }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)))
})
