import { packageName } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

const NODE = ["package.json"]
const PYTHON = ["pyproject.toml"]

/** A version instead of the newest. */
export const version = {
  names: "version {v}|{v}|the {v} release",
  does: "pin it to {v}|take version {v}|install version {v}|stay on {v}",
  facts: "we need version {v}|it has to be {v}|only {v} works for us"
}

/** Installing packages of Node and Python. */
export const packageKinds: ReadonlyArray<Kind> = [
  {
    kind: "node-install",
    managed: true,
    weight: 4,
    known: true,
    slots: (rng) => ({ x: packageName(rng) }),
    tasks:
      "(install|add) {x}|(install|add|get|pull in) (the (npm |node |)package|the library|the module) {x}|we need {x}|add {x} (to (the (project|dependencies|deps)|package.json)|as a dependency)|(i want|we want) (to use |){x}|{x} is missing",
    heldOutTasks: "(put|bring) {x} into the project|the app needs {x} as a dependency",
    forbids:
      "use npm|npm install( things| stuff|)|install with npm|run npm( here|)|touch package-lock.json|create a package-lock",
    closing: "{x} is installed.",
    files: NODE,
    ways: [
      way("npm install {x}", "npm|npm install"),
      way(
        "pnpm add {x}",
        "pnpm|pnpm add|pnpm's add",
        "add it with pnpm|install with pnpm|let pnpm do it|pnpm add it",
        "(the lockfile is|the lock is|we have a) pnpm-lock.yaml|this is a pnpm (workspace|repo|monorepo|project)|pnpm manages our packages|node_modules belongs to pnpm",
        ["pnpm-lock.yaml"]
      ),
      way(
        "yarn add {x}",
        "yarn|yarn add|yarn's add",
        "add it with yarn|install with yarn|let yarn do it|yarn add it",
        "(the lockfile is|the lock is|we have a) yarn.lock|this is a yarn (workspace|repo|monorepo|project)|yarn manages our packages|yarn berry is set up",
        ["yarn.lock"]
      ),
      way(
        "bun add {x}",
        "bun|bun add|bun's add",
        "add it with bun|install with bun|let bun do it|bun add it",
        "(the lockfile is|the lock is|we have a) bun.lock|this is a bun (workspace|repo|project)|bun manages our packages|we run on bun",
        ["bun.lock"]
      ),
      way(
        "deno add npm:{x}",
        "deno|deno add",
        "add it with deno|let deno do it",
        "this is a deno project|we run on deno|there is a deno.json",
        ["deno.json"]
      ),
      way("npm ci", "npm ci|a clean install", "do a clean install"),
      way("npm install {x}@latest", "the latest( version|)|@latest", "take the latest (version|release)"),
      way("npm install {x}@next", "the next tag|@next", "take the next tag"),
      way("npm install -g {x}", "a global install|-g|npm -g", "install it globally|make it global"),
      way("corepack pnpm add {x}", "corepack|corepack pnpm", "go through corepack"),
      way("ni {x}", "ni|antfu's ni"),
      way("lerna add {x}", "lerna|lerna add"),
      way("npx jsr add {x}", "jsr|the jsr registry", "take it from jsr"),
      way("{m} add {x}", "{m}|{m} add"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "a dev( |-)dependency|devDependencies|dev only|dev deps|a development dependency",
        does: "(make|mark) it (as |)a dev( |-)dependency|save it (for|to) dev|put it (in|into|under) devDependencies",
        facts:
          "it's only for development|we only need it in tests|it is a dev tool|it doesn't ship|it's not for production",
        flag: "-D",
        of: ["npm install", "pnpm add", "yarn add", "corepack pnpm"]
      },
      { names: "--save-dev", flag: "--save-dev", of: ["npm install", "pnpm add"] },
      { names: "-D", flag: "-D", of: ["npm install", "pnpm add", "yarn add"] },
      { names: "--dev", flag: "--dev", of: ["yarn add", "bun add"] },
      {
        names: "an exact version|--save-exact|exact versions|a pinned version",
        does: "pin (it|the version) exactly|save the exact version",
        facts: "we pin exact versions|no carets in this repo",
        flag: "--save-exact",
        of: ["npm install", "pnpm add"]
      },
      { names: "-E", flag: "-E", of: ["npm install", "pnpm add", "yarn add"] },
      {
        names: "the workspace root|-w",
        does: "add it (to|in) the (workspace |)root",
        flag: "-w",
        of: ["pnpm add", "npm install"]
      },
      {
        names: "a peer dependency|--save-peer",
        does: "make it a peer dependency",
        flag: "--save-peer",
        of: ["npm install", "pnpm add"]
      },
      {
        names: "an optional dependency|--save-optional",
        does: "make it an optional dependency",
        flag: "--save-optional",
        of: ["npm install", "pnpm add"]
      },
      {
        names: "--ignore-scripts",
        does: "(skip|ignore) the (install |)scripts",
        flag: "--ignore-scripts",
        of: ["npm install", "pnpm add", "yarn add"]
      },
      { names: "--no-save", does: "leave package.json alone|not save it", flag: "--no-save", of: ["npm install"] },
      {
        ...version,
        replaces: ["{x}", "{x}@{v}"],
        of: ["npm install {x}", "pnpm add {x}", "yarn add {x}", "bun add {x}"]
      }
    ]
  },
  {
    kind: "python-install",
    managed: true,
    weight: 4,
    known: true,
    slots: (rng) => ({ x: packageName(rng) }),
    tasks:
      "(install|add) {x} (for|in|to the) python( project|)|(install|add|get) the python (package|library|module) {x}|we need {x} (in|for) python|python needs {x}|the python (script|code|side) needs {x}",
    heldOutTasks: "(put|bring) {x} into the python project|the python app needs {x}",
    forbids:
      "use pip|pip install( things| stuff|)|install with pip|run pip( here|)|touch the system python|install globally",
    closing: "{x} is installed.",
    files: PYTHON,
    ways: [
      way("pip install {x}", "pip|pip install"),
      way(
        "uv add {x}",
        "uv|uv add",
        "add it with uv|let uv do it|uv add it",
        "(the lockfile is|the lock is|we have a) uv.lock|this is a uv (project|repo|workspace)|uv manages (our|the) (dependencies|environment|packages)",
        ["uv.lock"]
      ),
      way(
        "poetry add {x}",
        "poetry|poetry add",
        "add it with poetry|let poetry do it|poetry add it",
        "(the lockfile is|the lock is|we have a) poetry.lock|this is a poetry (project|repo)|poetry manages (our|the) (dependencies|environment|packages)",
        ["poetry.lock"]
      ),
      way(
        "pipenv install {x}",
        "pipenv|pipenv install",
        "install with pipenv|let pipenv do it",
        "we have a Pipfile|there is a Pipfile.lock|pipenv manages our environment",
        ["Pipfile"]
      ),
      way("pdm add {x}", "pdm|pdm add", "add it with pdm", "(the lockfile is|we have a) pdm.lock", ["pdm.lock"]),
      way(
        "conda install {x}",
        "conda|conda install|anaconda|miniconda",
        "install with conda|put it (in|into) the conda (env|environment)",
        "we have a conda environment|there is an environment.yml",
        ["environment.yml"]
      ),
      way("mamba install {x}", "mamba|mamba install"),
      way("micromamba install {x}", "micromamba|micromamba install"),
      way("pixi add {x}", "pixi|pixi add", "add it with pixi", "there is a pixi.toml", ["pixi.toml"]),
      way("rye add {x}", "rye|rye add", "add it with rye"),
      way("hatch dep add {x}", "hatch dep add"),
      way("uv pip install {x}", "uv pip|uv pip install|uv's pip", "go through uv pip"),
      way("python -m pip install {x}", "python -m pip|pip as a module|python -m pip install", "call pip as a module"),
      way("python3 -m pip install {x}", "python3 -m pip|python3 -m pip install"),
      way("pip3 install {x}", "pip3|pip3 install"),
      way(
        ".venv/bin/pip install {x}",
        "the venv's pip|.venv/bin/pip|the pip (in|from) .venv",
        "install it in(to|) the (venv|virtualenv|virtual env|virtual environment)",
        "there is a venv for that|we have a .venv"
      ),
      way("pipx install {x}", "pipx|pipx install", "", "it's a command line tool, not a library"),
      way("uv tool install {x}", "uv tool|uv tool install"),
      way("apt-get install -y python3-{x}", "apt|apt-get|the debian package", "take the system package"),
      way("{m} add {x}", "{m}|{m} add"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [
      {
        names: "a dev( |-)dependency|dev only|dev deps|a development dependency|the dev group",
        does: "(make|mark) it (as |)a dev( |-)dependency|put it (in|into) the dev group",
        facts: "it's only for development|we only need it in tests|it is a dev tool|it's not for production",
        flag: "--dev",
        of: ["uv add", "pipenv install", "pdm add", "rye add"]
      },
      { names: "--dev", flag: "--dev", of: ["uv add", "pipenv install"] },
      {
        names: "--group dev|the dev group",
        facts: "it belongs to the dev group",
        flag: "--group dev",
        of: ["poetry add"]
      },
      { names: "--upgrade", flag: "--upgrade", of: ["pip install", "uv pip install", "pip3 install", "python"] },
      { names: "-U", flag: "-U", of: ["pip install", "uv pip install", "pip3 install", "python"] },
      {
        names: "--user|my user only",
        does: "install it for (my|the) user only",
        flag: "--user",
        of: ["pip install", "pip3 install", "python"]
      },
      {
        names: "-q|no noise",
        does: "keep it quiet|be quiet about it",
        flag: "-q",
        of: ["pip install", "uv pip install"]
      },
      { names: "no cache|--no-cache-dir", does: "skip the cache", flag: "--no-cache-dir", of: ["pip install"] },
      {
        names: "conda-forge|-c conda-forge",
        does: "take it from conda-forge",
        flag: "-c conda-forge",
        of: ["conda install", "mamba install"]
      },
      {
        ...version,
        replaces: ["{x}", "{x}=={v}"],
        of: ["pip install", "uv add", "pip3 install", "uv pip install", "pipenv install"]
      }
    ]
  }
]
