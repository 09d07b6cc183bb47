import { tmpdir } from "node:os"
import { join } from "node:path"
import { configDefaults, defineConfig } from "vitest/config"

/** The programs that tests start, and what they share with the tests, are compiled once. */
process.env["NODE_COMPILE_CACHE"] ??= join(tmpdir(), "continualcode-compile-cache")

/** Files with real programs, whole sessions or a model each: nothing to share, and a process to themselves. */
const alone = [
  "test/**/*.test.ts",
  "benchmarks/**/*.test.ts",
  "plugins/{cli,doctor,ledger,models}/**/*.test.ts",
  "tools/{bash,runner}/**/*.test.ts",
  "trainers/gpu/**/*.test.ts"
]

export default defineConfig({
  resolve: { conditions: ["continualcode-source"] },
  ssr: { resolve: { conditions: ["continualcode-source"] } },
  test: {
    pool: "forks",
    maxWorkers: 2,
    // Only for what hangs: on a busy machine with few cores, programs that take seconds take minutes.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      {
        extends: true,
        test: {
          name: "shared",
          isolate: false,
          include: ["{core,tools,trainers,ui,plugins}/**/*.test.{ts,tsx}"],
          exclude: [...configDefaults.exclude, ...alone]
        }
      }
    ]
  }
})
