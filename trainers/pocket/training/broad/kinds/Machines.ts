import { stem, word } from "../../Names.ts"
import { type Kind, way } from "../Kind.ts"

/** Downloads, requests and the tools of a machine. */
export const machineKinds: ReadonlyArray<Kind> = [
  {
    kind: "download",
    weight: 2,
    known: true,
    slots: (rng) => ({
      x: `https://${word(rng)}.${rng.pick(["com", "org", "dev", "io", "net"])}/${stem(rng)}${
        rng.pick([".zip", ".json", ".txt", ".csv", ".tar.gz"])
      }`
    }),
    tasks: "(download|fetch|get|grab) {x}|(download|fetch|save) the file {x}|(put|save) {x} here",
    heldOutTasks: "I need {x} on disk",
    forbids: "use curl|download with curl|call curl|run curl",
    closing: "It is downloaded.",
    ways: [
      way("curl -O {x}", "curl|curl -O"),
      way("wget {x}", "wget", "let wget do it", "there is no curl here|curl isn't installed"),
      way("aria2c {x}", "aria2c|aria|aria2"),
      way("http --download {x}", "httpie|http --download"),
      way("xh --download {x}", "xh"),
      way("axel {x}", "axel"),
      way(
        "curl -L -O {x}",
        "-L|curl -L|curl with -L|--location",
        "follow (the |)redirects",
        "it redirects|the server redirects"
      ),
      way("curl -f -O {x}", "-f|curl -f|--fail", "fail on (http |)errors"),
      way("curl -s -O {x}", "-s|curl -s|silent mode", "be silent|hide the progress", "the progress bar is noise"),
      way("curl -k -O {x}", "-k|--insecure", "ignore the certificate", "the certificate is self-signed"),
      way("curl -C - -O {x}", "-C -|curl -C -", "(resume|continue) the download", "the last try broke off"),
      way(
        "curl -o {b} {x}",
        "the name {b}|-o {b}|{b} as (the |)(file |)name",
        "(save|store) it as {b}|call it {b}",
        "the file should be called {b}"
      ),
      way(
        "curl -O --output-dir {d} {x}",
        "the folder {d}|{d}/|{d} as (the |)folder",
        "(put|save|store) it (in|into) {d}/",
        "downloads belong (in|into) {d}/"
      ),
      way("wget -P {d} {x}", "wget into {d}/|wget -P {d}"),
      way("wget -q {x}", "wget -q"),
      way("wget -c {x}", "wget -c"),
      way("gh release download", "gh|gh release download", "", "it's a github release"),
      way("git lfs pull", "git lfs", "", "it's in git lfs"),
      way("aws s3 cp {x} .", "aws|s3|aws s3 cp", "", "it's in a bucket"),
      way("Invoke-WebRequest {x}", "powershell|Invoke-WebRequest", "", "this is powershell"),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "request",
    slots: (rng) => ({ x: `http://localhost:${rng.pick(["3000", "8000", "8080"])}/${word(rng)}` }),
    tasks: "(call|request|query|try) {x}|what does {x} (answer|return)?|send a request to {x}",
    heldOutTasks: "see what comes back from {x}",
    forbids: "use curl|call curl|run curl",
    closing: "That is the answer.",
    ways: [
      way("curl {x}", "curl"),
      way("http {x}", "httpie|http", "", "curl isn't installed"),
      way("xh {x}", "xh"),
      way("wget -qO- {x}", "wget|wget -qO-", "let wget do it"),
      way("curl -s {x}", "-s|silent mode|curl -s", "be silent", "the progress bar is noise"),
      way("curl -i {x}", "-i|headers too|curl -i", "show the headers( too|)", "I want to see the headers( too|)"),
      way("curl -I {x}", "a HEAD request|only the headers|curl -I", "only ask for the headers"),
      way("curl -v {x}", "-v|verbose mode|curl -v", "be verbose"),
      way("curl -X POST {x}", "POST|a POST( request|)|-X POST", "post it|send a POST", "it only takes POST"),
      way("curl -X DELETE {x}", "DELETE|a DELETE( request|)|-X DELETE", "send a DELETE"),
      way("curl -X PUT {x}", "PUT|a PUT( request|)|-X PUT", "send a PUT"),
      way(
        "curl -s {x} | jq .",
        "jq|curl and jq",
        "pretty print (it|the json)|pipe it (to|into|through) jq",
        "I can't read the raw json"
      ),
      way("curl -L {x}", "-L|curl -L", "follow redirects"),
      way("hurl {w}.hurl", "{w}.hurl|hurl with {w}.hurl"),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ],
    changes: [{
      names: "port {n}|the port {n}",
      does: "try port {n}",
      facts: "it listens on {n}|the port is {n}",
      replaces: ["{x}", "http://localhost:{n}/"],
      of: ["curl {x}", "http {x}"]
    }]
  },
  {
    kind: "venv",
    tasks: "(make|create|set up) a (virtual environment|venv|virtualenv)|we need a (virtual environment|venv)",
    heldOutTasks: "give the project an environment of its own",
    forbids: "use python -m venv|use venv|call venv",
    closing: "The environment is there.",
    ways: [
      way("python -m venv .venv", "python -m venv|the venv module|python"),
      way("uv venv", "uv|uv venv", "make it with uv", "this is a uv (project|repo)", ["uv.lock"]),
      way("python3 -m venv .venv", "python3|python3 -m venv", "", "there is only python3"),
      way("virtualenv .venv", "virtualenv"),
      way("conda create -n {b}", "conda with the name {b}|a conda env {b}|conda create -n {b}"),
      way("poetry install", "poetry|poetry install", "", "poetry makes its own", ["poetry.lock"]),
      way("pipenv install", "pipenv", "", "", ["Pipfile"]),
      way("pdm venv create", "pdm|pdm venv"),
      way("hatch env create", "hatch|hatch env"),
      way("pixi init", "pixi|pixi init"),
      way(
        "python -m venv {b}",
        "the name {b}|{b} as (the |its |)name|the folder {b}",
        "call it {b}",
        "it should be called {b}"
      ),
      way("python3.{n} -m venv .venv", "python3.{n}|python 3.{n}", "", "it must be python 3.{n}"),
      way("uv venv --python 3.{n}", "uv with python 3.{n}|uv with 3.{n}"),
      way("pyenv virtualenv {b}", "pyenv with the name {b}|pyenv virtualenv {b}"),
      way("{m} venv", "{m}|{m} venv"),
      way("{m} {s}", "{m} {s}")
    ]
  },
  {
    kind: "node-version",
    slots: (rng) => ({ x: String(16 + rng.below(10)) }),
    tasks: "(use|switch to|take) node {x}|(change|set) the node version to {x}|we need node {x}",
    heldOutTasks: "node should be {x} here",
    forbids: "use nvm|call nvm|run nvm",
    closing: "Node {x} is in use.",
    files: ["package.json"],
    ways: [
      way("nvm use {x}", "nvm|nvm use"),
      way("fnm use {x}", "fnm|fnm use", "", "nvm is (slow|not installed), fnm is there"),
      way("nvm install {x}", "nvm install", "install it first", "it isn't installed( yet|)"),
      way("volta pin node@{x}", "volta|volta pin", "pin it with volta"),
      way("mise use node@{x}", "mise|mise use", "", "there is a mise.toml", ["mise.toml"]),
      way("asdf local nodejs {x}", "asdf|asdf local", "", "there is a .tool-versions", [".tool-versions"]),
      way("n {x}", "n \\(the version manager\\)"),
      way("nodenv local {x}", "nodenv"),
      way("pnpm env use -g {x}", "pnpm|pnpm env"),
      way("brew install node@{x}", "brew|homebrew"),
      way("nix shell nixpkgs#nodejs_{x}", "nix|nix shell"),
      way("devbox add nodejs@{x}", "devbox"),
      way("{m} use {x}", "{m}|{m} use"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  },
  {
    kind: "pack",
    slots: (rng) => ({ x: word(rng) }),
    tasks: "(zip|pack|archive|compress) (the folder |){x}/?|make an archive of {x}/",
    heldOutTasks: "I want {x}/ in one file",
    forbids: "use zip|make zip files|call zip",
    closing: "{x} is packed.",
    ways: [
      way("zip -r {x}.zip {x}", "zip|a zip"),
      way(
        "tar czf {x}.tar.gz {x}",
        "tar|a tarball|tar.gz|a tar.gz|gzip|tar czf",
        "make a tarball",
        "zip isn't installed|zip loses the permissions"
      ),
      way("tar cJf {x}.tar.xz {x}", "xz|tar.xz|a tar.xz"),
      way("tar --zstd -cf {x}.tar.zst {x}", "zstd|tar.zst|a tar.zst"),
      way("tar cf {x}.tar {x}", "a plain tar|no compression|tar cf", "leave it uncompressed"),
      way("7z a {x}.7z {x}", "7z|7zip|7-zip"),
      way(
        "git archive -o {x}.zip HEAD {x}",
        "git archive|git",
        "pack only what is tracked",
        "only tracked files belong in it"
      ),
      way("zip -rq {x}.zip {x}", "zip -q|-q", "be quiet"),
      way("zip -r {b}.zip {x}", "the name {b}.zip|{b}.zip", "call it {b}.zip", "it should be {b}.zip"),
      way(
        "zip -r {x}.zip {x} -x \"*/node_modules/*\"",
        "no node_modules",
        "(leave out|skip) node_modules",
        "node_modules must stay out"
      ),
      way("{m} {x}", "{m}"),
      way("{m} {s} {x}", "{m} {s}")
    ]
  }
]
