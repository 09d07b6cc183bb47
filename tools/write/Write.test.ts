import { describe } from "@effect/vitest"
import { testScenarios } from "../testing/Scenarios.ts"

describe("write", () => testScenarios(import.meta.url))
