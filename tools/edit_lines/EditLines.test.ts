import { describe } from "@effect/vitest"
import { testScenarios } from "../testing/Scenarios.ts"

describe("edit_lines", () => testScenarios(import.meta.url))
