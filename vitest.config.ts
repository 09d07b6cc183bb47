import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["continualcode-source"] },
  ssr: { resolve: { conditions: ["continualcode-source"] } },
  test: {
    include: ["{core,tools,trainers,ui,plugins,test,benchmarks}/**/*.test.{ts,tsx}"],
    exclude: ["**/node_modules/**", "demo/**", "dist/**"],
    pool: "forks",
    maxWorkers: 2,
    // Only for what hangs: on a busy machine with few cores, programs that take seconds take minutes.
    testTimeout: 600_000,
    hookTimeout: 600_000
  }
})
