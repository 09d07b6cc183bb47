import { describe } from "@effect/vitest"
import { testScenarios } from "../testing/Scenarios.ts"

describe("edit", () => testScenarios(import.meta.url))
