import assert from "node:assert/strict";
import { test } from "node:test";
import * as calc from "../src/calc.js";

test("add", () => {
  assert.equal(calc.add(2, 3), 5);
});

test("subtract", () => {
  assert.equal(calc.subtract(5, 3), 2);
});

test("divide", { skip: calc.divide === undefined && "there is no divide yet" }, () => {
  assert.equal(calc.divide(6, 3), 2);
});
